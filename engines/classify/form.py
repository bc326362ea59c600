"""How a text looks: shares of sentences, amounts, labels and the like, as marks `#…` with a strength from 0 to 1."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence

LABEL = re.compile(r"^\s*(?:[-*•]\s*)?(?:\*\*)?[A-ZÀ-Þ][\w .,/'()&#-]{1,30}:")
BULLET = re.compile(r"^\s*(?:[-*•▪·◦●–]|\(?[a-z]\))\s+\S")
NUMBERED = re.compile(
    r"^\s*(?:\d{1,2}(?:\.\d{1,2})*[.)]|\d{1,2}\.\d{1,2}|§\s*\d|article\s+\w+|section\s+\d)", re.IGNORECASE
)
SENTENCE = re.compile(r"[.!?]['\"”’)]?(?=\s|$)")
SPEAKER = re.compile(r"^[A-Z][\w .]{0,25}:\s+\S")
MAIL_HEAD = re.compile(r"(?:^|(?<=\s))(From|To|Cc|Bcc|Sent|Subject|Message-ID|Reply-To):", re.MULTILINE)
GREETING = re.compile(r"\s*(?:(?:Hi|Hello|Hey|Dear|Good (?:morning|afternoon))\b[^.\n]{0,40}[,!:]|[A-Z][a-z]+,)\s")
SIGN_OFF = re.compile(
    r"(?:[.!?)]|\b(?:[Tt]hanks|[Rr]egards|[Cc]heers|[Ll]ove),?)\s+[A-Za-z]{2,12}(?: [A-Z][a-z]+)?\s*$"
)
"""At the start and at the end of what one person writes to another."""
IMPERATIVE = re.compile(
    r"(?:^|[.:;]\s+)(?:\d+[.)]?\s+)?(?:add|adjust|attach|bake|beat|blend|bring|check|chop|click|close|combine|connect|cook|"
    r"cover|cut|disconnect|do not|drain|download|ensure|fill|fit|fold|heat|hold|insert|install|leave|lift|make sure|mix|"
    r"open|place|plug|pour|preheat|press|pull|push|put|refit|remove|replace|reset|select|serve|set|slide|slip|spoon|stir|"
    r"switch|take|tap|tighten|turn|use|wait|whisk|wipe)\b",
    re.IGNORECASE | re.MULTILINE,
)
AMOUNT = re.compile(r"(?<![\d.,])\d{1,3}(?:[., ]?\d{3})*[.,]\d{2}(?![\d%])")
CLOCK = re.compile(r"\b\d{1,2}[:.]\d{2}(?::\d{2})?\s?(?:[ap]\.?m\.?)?\b", re.IGNORECASE)
YEAR_SPAN = re.compile(
    r"[12][09]\d\d\s?(?:[-–—]|to|until)\s?(?:(?:\w{3,9}\.? )?(?:19|20)\d\d|[Pp]resent|[Cc]urrent|[Nn]ow|[Tt]oday)\b"
    r"|[Ss]ince (?:19|20)\d\d|\bto (?:[Pp]resent|[Cc]urrent)\b"
)
QUOTATION = re.compile(r"[“\"«„][^”\"»“]{12,300}[”\"»“]")
MEASURE = re.compile(
    r"\b\d+(?:[.,/]\d+)?\s?(?:mg|ml|g|kg|mm|cm|m|l|oz|lb|lbs|mcg|mL|°|deg|V|W|A|Hz|GHz|tbsp|tsp|cups?|minutes|mins)\b"
)
DATELINE = re.compile(
    r"^[A-Z][A-Za-z .,]{2,40}(?:\([A-Za-z]+\)\s*)?\s?[-–—]{1,2}\s+[A-Z\"“]|\((?:Reuters|AP|AFP|CNN|UPI)\)", re.MULTILINE
)
PATTERNS: Mapping[str, tuple[re.Pattern[str], float]] = {
    "#amounts": (AMOUNT, 0.06),
    "#clock": (CLOCK, 0.02),
    "#yearspan": (YEAR_SPAN, 0.01),
    "#quotes": (QUOTATION, 0.006),
    "#units": (MEASURE, 0.015),
    "#imperative": (IMPERATIVE, 0.025),
    "#dateline": (DATELINE, 0.004),
}
"""Mark → what it is counted by, and how many for each word are full strength."""
PIECES: Mapping[str, tuple[tuple[str, ...], float]] = {
    "#percent": (("%", "percent", "per cent"), 0.012),
    "#citations": (("et al", "doi", "[1", "[2", "[3", "[4", "[5", "(19", "(20"), 0.008),
    "#code": (("()", "==", "!=", "->", "::", "``", "{", ";\n", "</"), 0.02),
    "#many": (("patients", "subjects", "participants", " cases", "samples", "mice", "rats"), 0.02),
    "#blanks": (("____", "......", "☐", "□", "[ ]"), 0.02),
    "#questions": (("? ", "?\n"), 0.012),
}
"""Mark → pieces of text it is counted by, and how many for each word are full strength."""
WORDS: Mapping[str, tuple[frozenset[str], float]] = {
    "#first": (frozenset({"i", "my", "me", "i'm", "myself", "mine"}), 0.03),
    "#we": (frozenset({"we", "our", "us"}), 0.02),
    "#second": (frozenset({"you", "your", "yours"}), 0.025),
    "#third": (frozenset({"he", "she", "his", "her", "him", "they", "their"}), 0.03),
    "#said": (
        frozenset(
            {"said", "told", "says", "added", "warned", "announced", "claimed", "admitted", "insisted", "denied"}
            | {"according", "accused", "reported"}
        ),
        0.012,
    ),
    "#shall": (
        frozenset({"shall", "hereby", "hereto", "herein", "hereof", "thereof", "hereunder", "hereinafter", "whereas"}),
        0.012,
    ),
}
"""Mark → words it is counted by, and how many for each word of the text are full strength."""

MEANINGS: Mapping[str, str] = {
    "#amounts": "sums of money",
    "#blanks": "blanks to fill in",
    "#bullets": "lists",
    "#caps": "lines in capitals",
    "#citations": "citations",
    "#clock": "times of day",
    "#code": "program text",
    "#dateline": "a dateline",
    "#first": "words of one who writes of themselves",
    "#fields": "fields to fill in",
    "#fragments": "short lines without sentences",
    "#greeting": "a greeting",
    "#headings": "headings",
    "#imperative": "orders what to do",
    "#labels": "labelled fields",
    "#landscape": "pages wider than high",
    "#long": "much text",
    "#mail-file": "a file of mail",
    "#mailhead": "header lines of mail",
    "#many": "words about many that were studied",
    "#narrow": "a narrow strip of paper",
    "#numbered": "numbered clauses",
    "#percent": "percentages",
    "#pictures": "pictures",
    "#prose": "sentences",
    "#questions": "questions",
    "#quoted": "quoted lines of mail",
    "#quotes": "quotations",
    "#said": "words of reported speech",
    "#second": "words that address the reader",
    "#scan": "pages that are pictures",
    "#shall": "words of legal language",
    "#sheet-file": "a file of sheets",
    "#short": "little text",
    "#signoff": "a name at the end",
    "#slides-file": "a file of slides",
    "#speakers": "speakers' names before what they say",
    "#table": "columns",
    "#tables": "tables",
    "#third": "words about others",
    "#tiny": "small paper",
    "#units": "measures",
    "#we": "words of a group that writes of itself",
    "#yearspan": "spans of years",
}
"""The marks in words."""


def form_of(text: str, words: Sequence[str]) -> dict[str, float]:
    """The marks of a text, whose words in lower case are given; those that it does not have are left out."""
    size = max(30, len(words))
    marks = {mark: len(pattern.findall(text)) / size / full for mark, (pattern, full) in PATTERNS.items()}
    for mark, (chosen_pieces, full) in PIECES.items():
        marks[mark] = sum(text.count(piece) for piece in chosen_pieces) / size / full
    counts = Counter(words)
    for mark, (chosen, full) in WORDS.items():
        marks[mark] = sum(counts[one] for one in chosen) / size / full
    marks |= marks_of_lines([line for line in text.splitlines() if line.strip()])
    heads = len(set(MAIL_HEAD.findall(text[:2000])))
    marks["#mailhead"] = heads / 3 if heads > 1 else 0.0
    marks["#greeting"] = float(GREETING.match(text) is not None)
    marks["#signoff"] = float(SIGN_OFF.search(text[-80:]) is not None)
    sentences = len(SENTENCE.findall(text))
    marks["#prose"] = (sentences * 14 / size) * (1 - marks["#fragments"]) if sentences > 1 else 0.0
    marks["#short"] = 1 - size / 250
    marks["#long"] = size / 2500
    return {mark: min(1.0, strength) for mark, strength in marks.items() if strength > 0.05}


def marks_of_lines(lines: Sequence[str]) -> dict[str, float]:
    """The marks that are shares of lines."""
    if not lines:
        return {"#fragments": 0.0}
    number = max(4, len(lines))

    def share(pattern: re.Pattern[str]) -> float:
        return sum(bool(pattern.match(line)) for line in lines) / number

    return {
        "#labels": share(LABEL) * 2.5,
        "#bullets": share(BULLET) * 2.5,
        "#numbered": share(NUMBERED) * 2.5,
        "#speakers": share(SPEAKER) * 1.2 - 0.4,
        "#quoted": sum(line.lstrip().startswith(">") for line in lines) / number * 4,
        "#fragments": sum(len(line) < 60 and not SENTENCE.search(line) for line in lines) / number,
        "#table": sum("|" in line or "\t" in line or "   " in line.strip() for line in lines) / number,
        "#caps": sum(line.isupper() for line in lines) / number * 1.5,
    }
