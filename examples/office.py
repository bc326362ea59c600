"""Office documents: a contract, minutes, slides and a budget."""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile

import docx
import openpyxl
import pptx
from docx.document import Document
from openpyxl.styles import Alignment, Font, PatternFill
from pptx.util import Inches, Pt

MODIFIED = re.compile(rb"(<dcterms:modified[^>]*>)[^<]*")
MADE = dt.datetime(2026, 4, 14, 9, 0, tzinfo=dt.UTC)


def settled(content: bytes) -> bytes:
    """The same archive with every part dated alike, so that its bytes do not depend on the hour."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            part = zipfile.ZipInfo(name, (2026, 4, 14, 9, 0, 0))
            part.compress_type = zipfile.ZIP_DEFLATED
            # openpyxl writes the hour of saving whatever it is told
            new.writestr(part, MODIFIED.sub(rb"\g<1>2026-04-14T09:00:00Z", old.read(name)))
    return target.getvalue()


def saved(document: Document | pptx.presentation.Presentation, title: str) -> bytes:
    """The bytes of a document with fixed properties."""
    properties = document.core_properties
    properties.author, properties.title, properties.last_modified_by = "Norrvik Kayaks", title, "Norrvik Kayaks"
    properties.created = properties.modified = MADE
    target = io.BytesIO()
    document.save(target)
    return settled(target.getvalue())


def table(document: Document, rows: list[tuple[str, ...]]) -> docx.table.Table:
    """Add a table with lines around its cells."""
    made = document.add_table(rows=0, cols=len(rows[0]), style="Table Grid")
    for row in rows:
        for cell, text in zip(made.add_row().cells, row, strict=True):
            cell.text = text
    return made


def contract() -> bytes:
    document = docx.Document()
    document.add_heading("Supply contract", 0)
    document.add_paragraph(
        "between Norrvik Kayaks AB (the Supplier) and Storholmen Sea School (the Customer), effective from 1 May 2026."
    )
    document.add_heading("1 Subject", 1)
    document.add_paragraph("The Supplier builds and delivers kayaks as listed in the table below.")
    prices = table(document, [
        ("Model", "Quantity", "Price each (SEK)", "Delivery"),
        ("Skarv 520", "4", "18 900", "21 April 2026"),
        ("Tern 470", "6", "14 500", "5 June 2026"),
        ("Total price (SEK)", "", "162 600", ""),
    ])  # fmt: skip
    prices.cell(3, 0).merge(prices.cell(3, 1))
    prices.cell(3, 2).merge(prices.cell(3, 3))
    document.add_heading("2 Obligations", 1)
    document.add_heading("2.1 Of the Supplier", 2)
    for text, depth in (
        ("Deliver free of charge to the pier of the Customer.", 1),
        ("Guarantee every hull for five years:", 1),
        ("against cracks and leaks,", 2),
        ("against fading of the colour,", 2),
        ("but not against rocks.", 2),
        ("Keep spare hatches in stock for ten years.", 1),
    ):
        document.add_paragraph(text, "List Bullet" if depth == 1 else "List Bullet 2")
    document.add_heading("2.2 Of the Customer", 2)
    for text in ("Pay within thirty days.", "Inspect each boat on the day it arrives.", "Report damage in writing."):
        document.add_paragraph(text, "List Number")
    document.add_heading("3 Termination", 1)
    paragraph = document.add_paragraph("Either party may end this contract with ")
    paragraph.add_run("three months' notice").bold = True
    paragraph.add_run(" at the end of a calendar month. Boats already in the mould are delivered and paid.")
    return saved(document, "Supply contract")


def minutes() -> bytes:
    document = docx.Document()
    document.add_heading("Minutes of the workshop meeting", 0)
    document.add_paragraph("Tuesday 7 April 2026, 8.30 to 9.15, in the canteen")
    document.add_paragraph("Present: head of the workshop, both apprentices, sales, accounts. Apologies: none.")
    document.add_heading("Decisions", 1)
    for text in (
        "The oven is serviced in week 17; no hulls are cured on the Wednesday and Thursday.",
        "Blue gelcoat is ordered for sixty boats, because the supplier raises its prices in May.",
        "The open day is held on 30 May.",
    ):
        document.add_paragraph(text, "List Number")
    document.add_heading("Actions", 1)
    table(document, [
        ("What", "Who", "When"),
        ("Book the oven service", "Head of the workshop", "10 April"),
        ("Order gelcoat", "Accounts", "13 April"),
        ("Poster for the open day", "Apprentices", "30 April"),
    ])  # fmt: skip
    document.add_page_break()
    document.add_heading("Next meeting", 1)
    document.add_paragraph("Tuesday 5 May 2026, 8.30, same place.")
    return saved(document, "Minutes of the workshop meeting")


def slides() -> bytes:
    deck = pptx.Presentation()
    first = deck.slides.add_slide(deck.slide_layouts[0])
    first.shapes.title.text = "The season ahead"
    first.placeholders[1].text = "Norrvik Kayaks, spring meeting 2026"
    first.notes_slide.notes_text_frame.text = "Welcome everybody and mention the coffee."
    second = deck.slides.add_slide(deck.slide_layouts[1])
    second.shapes.title.text = "What we want to reach"
    frame = second.placeholders[1].text_frame
    frame.text = "Sell 280 kayaks"
    for text, level in (
        ("one third of them abroad", 1),
        ("Answer every mail within a day", 0),
        ("Insulate the workshop", 0),
    ):
        paragraph = frame.add_paragraph()
        paragraph.text, paragraph.level = text, level
    second.notes_slide.notes_text_frame.text = "The number of kayaks is the board's, not ours."
    third = deck.slides.add_slide(deck.slide_layouts[5])
    third.shapes.title.text = "Fairs and dates"
    rows = [("Fair", "City", "Date"), ("Boat days", "Norrvik", "30 May"), ("Sea and shore", "Bergen", "12 June")]
    grid = third.shapes.add_table(3, 3, Inches(1), Inches(2), Inches(8), Inches(1.5)).table
    for number, row in enumerate(rows):
        for column, text in enumerate(row):
            grid.cell(number, column).text = text
    box = third.shapes.add_textbox(Inches(1), Inches(4.2), Inches(8), Inches(1))
    box.text_frame.text = "Two people travel to each fair, with one boat on the roof."
    box.text_frame.paragraphs[0].font.size = Pt(20)
    return saved(deck, "The season ahead")


def budget() -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Budget 2026"
    sheet.append(["Budget 2026 (kSEK)", None, None, None])
    sheet.merge_cells("A1:D1")
    sheet["A1"].font, sheet["A1"].alignment = Font(bold=True, size=14), Alignment(horizontal="center")
    sheet.append(["Account", "Plan", "Actual Q1", "Share"])
    accounts = [("Materials", 2140, 488), ("Wages", 2310, 571), ("Energy", 96, 41), ("Fairs and travel", 120, 12)]
    for account, plan, actual in accounts:
        sheet.append([account, plan, actual, round(actual / plan, 3)])
    plan, actual = (sum(one[column] for one in accounts) for column in (1, 2))
    sheet.append(["Total", plan, actual, round(actual / plan, 3)])
    for row in sheet.iter_rows(min_row=3, min_col=4, max_col=4):
        row[0].number_format = "0.0%"
    for cell in sheet[2]:
        cell.font, cell.fill = Font(bold=True), PatternFill("solid", fgColor="DDE7EE")
    sheet.column_dimensions["A"].width = 24
    staff = book.create_sheet("Staff")
    staff.append(["Role", "Since", "Hours a week"])
    for role, since, hours in (("Head of the workshop", 2014, 40), ("Boatbuilder", 2018, 40), ("Accounts", 2020, 24)):
        staff.append([role, dt.date(since, 3, 1), hours])
    book.properties.creator = "Norrvik Kayaks"
    book.properties.created = book.properties.modified = MADE.replace(tzinfo=None)
    target = io.BytesIO()
    book.save(target)
    return settled(target.getvalue())
