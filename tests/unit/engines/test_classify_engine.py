"""Rules in words find the type of a document without a model."""

from __future__ import annotations

import pytest

from engines.classify import Classification, Rule, classify

INVOICE = Rule("invoice", "A bill that asks for payment of goods or services, with amounts and a due date")
RECEIPT = Rule("receipt", "Proof of a purchase already paid in a shop, with items and total")
CONTRACT = Rule("contract", "A legal agreement between parties with terms, obligations and signatures")
RESUME = Rule("resume", "Curriculum vitae of a person: experience, education and skills")
RULES = (INVOICE, RECEIPT, CONTRACT, RESUME)

DOCUMENTS = {
    "invoice": "INVOICE 1187. Bill to: Meridian Dental. Subtotal 344.80, VAT 68.96. Total due 413.76, payable within 30 days.",
    "receipt": "CORNER MARKET. Milk 1.29, bread 2.49. TOTAL 3.78, CASH 5.00, CHANGE 1.22. Thank you, come again.",
    "contract": "This Agreement is made between the parties. Either party may terminate it in writing. Governing law: Delaware.",
    "resume": "Profile. Work experience: senior nurse. Education: Bachelor of Nursing. Skills: triage. References on request.",
}
POEM = "Shall morning come with silver on the sea, and gulls that turn above the harbour wall."


@pytest.mark.parametrize("kind", list(DOCUMENTS))
def test_a_document_gets_the_type_of_the_rule_it_fits(kind: str) -> None:
    assert classify(DOCUMENTS[kind], RULES).type == kind


def test_the_order_of_the_rules_does_not_matter() -> None:
    assert classify(DOCUMENTS["receipt"], RULES[::-1]) == classify(DOCUMENTS["receipt"], RULES)


def test_types_without_a_known_name_are_found_by_their_description() -> None:
    rules = [Rule("type A", "Soils, clay, erosion and cropping"), Rule("type B", "Telescopes, satellites and planets")]
    assert classify("The clay soil suffers from erosion.", rules).type == "type A"


def test_inflected_words_count_as_one() -> None:
    rules = [Rule("a", "planning of payments"), Rule("b", "description of animals")]
    assert classify("A payment was planned.", rules).type == "a"


def test_the_length_of_a_document_does_not_change_its_type() -> None:
    filler = " The quick brown fox jumps over the lazy dog." * 2000
    assert classify(DOCUMENTS["contract"] + filler, RULES).type == "contract"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Rechnung Nr. 4471, MwSt 19 %, Rechnungsbetrag 339,15 EUR", "invoice"),
        ("Lebenslauf. Berufserfahrung: Pflegerin. Ausbildung. Kenntnisse", "resume"),
        ("Facture n° 12, TVA 20 %, montant à payer", "invoice"),
    ],
)
def test_common_types_are_known_in_other_languages(text: str, kind: str) -> None:
    assert classify(text, RULES).type == kind


def test_rules_may_be_written_in_languages_without_spaces() -> None:
    rules = [Rule("請求書", "支払期限と合計金額が書かれた書類"), Rule("契約書", "当事者間の合意を定めた書類")]
    assert classify("請求書 支払期限 6月30日 合計金額 12,000円", rules).type == "請求書"


def test_what_is_bought_is_told_from_what_is_still_to_be_paid_by_the_looks_of_both() -> None:
    rules = [Rule("paid", "A slip that proves a purchase"), Rule("unpaid", "A request for payment sent by a supplier")]
    slip = "TAX INVOICE\nNASI LEMAK 4.50\nTEH TARIK 1.80\nTOTAL 6.30\nCASH 10.00\nCHANGE 3.70\n"
    bill = "Invoice\nBill to: Reed & Co\nWall repair 450.00\nDue date 4 May\nIBAN GB33 0201\n"
    assert [classify(text, rules).type for text in (slip, bill)] == ["paid", "unpaid"]


def test_the_title_line_tells_one_kind_of_contract_from_another() -> None:
    rules = [
        Rule("lease", "A contract by which premises are let for rent"),
        Rule("employment", "A contract between an employer and an employee"),
        Rule("secrecy", "An agreement to keep information confidential"),
    ]
    body = "\nThis Agreement is made between the parties. Either party may terminate it in writing."
    titles = {"LEASE AGREEMENT": "lease", "EMPLOYMENT AGREEMENT": "employment", "NON-DISCLOSURE AGREEMENT": "secrecy"}
    assert {title: classify(title + body, rules).type for title in titles} == titles


def test_news_is_known_by_how_it_is_told_whatever_it_tells() -> None:
    rules = [
        Rule("news", "Newspaper story"), Rule("abstract", "Summary of a scientific paper"),
        Rule("mail", "E-mail message"), RECEIPT,
    ]  # fmt: skip
    text = "Storm closes harbour. Officials said on Tuesday that ferries would stop. “We have no choice,” the mayor told reporters."
    assert classify(text, rules).type == "news"


# Examples

SHEETS = (
    "Hive 4: queen seen, brood on five frames, supers full.",
    "Hive 9: no queen seen, two frames of brood, mites.",
)
TRIPS = (
    "Left mooring 08:10, wind NE 4, two reefs, log 31 miles.",
    "Anchored 16:40, wind SW 5, log 22 miles, reefed twice.",
)


def test_examples_tell_types_apart_that_their_rules_do_not() -> None:
    rules = [Rule("A", "Sheets of the first sort", SHEETS), Rule("B", "Sheets of the second sort", TRIPS)]
    assert classify("Hive 12: queen marked, brood on three frames.", rules).type == "A"
    assert classify("Left anchorage 06:30, wind N 3, log 12 miles.", rules).type == "B"


def test_examples_say_what_a_rule_means_that_says_nothing() -> None:
    rules = [
        Rule("A", "Documents of one sort", (DOCUMENTS["receipt"], "SHOP 24. Tea 1.10. TOTAL 1.10. CASH 2.00. CHANGE 0.90")),
        Rule("B", "Documents of one sort", (DOCUMENTS["resume"], "Curriculum vitae. Work experience: cook. Education: school")),
    ]  # fmt: skip
    found = classify("KIOSK. Paper 2.20. TOTAL 2.20. CASH 5.00. CHANGE 2.80. Thank you.", rules)
    assert found.type == "A"
    assert found.confidence > 0.8


def test_a_corrected_answer_changes_the_next_one() -> None:
    text = DOCUMENTS["receipt"]
    corrected = Rule("invoice", INVOICE.description, (text, text.replace("Milk", "Eggs")))
    assert classify(text, RULES).type == "receipt"
    assert (
        classify(text.replace("bread", "tea"), (corrected, *RULES[1:])).confidence != classify(text, RULES).confidence
    )


def test_that_a_type_has_examples_is_told_in_the_reasoning() -> None:
    rules = [Rule("A", "Sheets of the first sort", SHEETS), Rule("B", "Sheets of the second sort", TRIPS)]
    assert "likeness to its examples" in classify("Hive 2: queen seen.", rules).reasoning


# Confidence


@pytest.mark.parametrize("text", [*DOCUMENTS.values(), POEM, "", "total " * 10_000])
def test_confidence_lies_between_0_and_1(text: str) -> None:
    assert 0 <= classify(text, RULES).confidence <= 1


def test_a_clear_case_is_surer_than_a_weak_one() -> None:
    clear = classify(DOCUMENTS["invoice"], RULES).confidence
    assert clear > 0.5 > classify("The total of all good things", RULES, threshold=0).confidence


def test_below_the_threshold_there_is_no_type_but_the_nearest_is_told() -> None:
    found = classify("The total of all good things", RULES, threshold=0.5)
    assert found.type is None
    assert 0 < found.confidence < 0.5
    assert "nearest is 'receipt'" in found.reasoning


def test_one_rule_can_be_met_and_missed() -> None:
    assert classify(DOCUMENTS["invoice"], [INVOICE]).type == "invoice"
    assert classify(POEM, [INVOICE]).type is None


def test_two_rules_of_one_type_are_two_ways_to_meet_it() -> None:
    rules = [
        Rule("money", "Invoices with amounts and a due date"),
        Rule("money", "Receipts of a shop: cash, change, total"),
        CONTRACT,
    ]
    assert [classify(DOCUMENTS[one], rules).type for one in ("invoice", "receipt")] == ["money", "money"]
    assert "Next best: 'money'" not in classify(DOCUMENTS["invoice"], rules).reasoning


# Reasoning


def test_the_reasoning_names_what_was_found_and_the_next_best_type() -> None:
    reasoning = classify(DOCUMENTS["invoice"], RULES).reasoning
    assert reasoning.startswith("Matches 'invoice' at 0.")
    assert "found bill to, invoice, bill, sums of money" in reasoning
    assert "Next best: 'receipt' at 0." in reasoning


@pytest.mark.parametrize("text", ["", " \n\t "])
def test_a_document_without_text_has_no_type(text: str) -> None:
    assert classify(text, RULES) == Classification(None, 0.0, "The document has no text to judge by.")


def test_a_document_that_shares_no_word_with_the_rules_has_no_type() -> None:
    found = classify("1 2 3 %%% zzz", RULES)
    assert (found.type, found.confidence) == (None, 0.0)


def test_a_rule_without_any_word_is_never_met() -> None:
    assert classify("the of and", [Rule("--", "- - - - - - - -")]).type is None


# The file


def test_the_name_of_the_file_decides_where_the_text_does_not() -> None:
    text = "Reed & Co, Leeds. Wall repair."
    assert [classify(text, RULES, threshold=0, name=name).type for name in ("invoice_17.pdf", "receipt 17.pdf")] == [
        "invoice",
        "receipt",
    ]


def test_a_file_of_mail_is_mail() -> None:
    rules = [Rule("mail", "An e-mail message between people"), *RULES]
    text = "The total of the shop is still wrong, I think."
    assert classify(text, rules, shown={"#mail-file": 1.0}).type == "mail"
