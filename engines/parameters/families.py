"""Kinds of documents, as far as they decide what a parameter can mean."""

from __future__ import annotations

import enum


class Family(enum.StrEnum):
    """What a document is made of; the value is how documentation names it."""

    PDF = "PDF"
    IMAGE = "images"
    WORD = "text documents"
    SLIDES = "presentations"
    SHEETS = "spreadsheets"
    WEB = "web pages"
    BOOK = "e-books"
    MAIL = "e-mails"
    TEXT = "plain text"


EVERY = tuple(Family)
FIXED = (Family.PDF, Family.IMAGE)
"""Documents whose content has exact places on pages of a fixed size."""
OFFICE = (Family.WORD, Family.SLIDES, Family.SHEETS)
"""Documents of office programs, which hold the numbers behind their charts."""
PRINTED = (*FIXED, Family.WORD, Family.SLIDES, Family.WEB)
"""Documents of which a picture of each page can be made."""
NOT_SHEETS = tuple(family for family in Family if family is not Family.SHEETS)
"""All but spreadsheets, which have a pipeline of their own."""
PAGED = (*FIXED, Family.WORD, Family.SLIDES)
"""Documents of pages or slides."""
