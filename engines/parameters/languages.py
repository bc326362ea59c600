"""The 86 languages a document may be read in, each with what reads it.

The codes and their order are the API's; `ang` is Angika and `mah` Magahi here, not what ISO 639 says. Where Tesseract
has no data for a language, the data of its script stands in: an approximation, and `is_script_fallback` says so.
"""

from __future__ import annotations

import enum
from typing import Self

SCRIPT_PACKAGES = {"Cyrillic": "cyrl", "Devanagari": "deva", "Bengali": "beng", "Latin": "latn"}
"""Tesseract's script models, and what Debian calls them in package names."""

RAPIDOCR_SCRIPTS = frozenset({"Latin", "Chinese", "Japanese"})
"""What the models read that are inside of RapidOCR's package: the list of their characters has no others."""
BEYOND_RAPIDOCR = frozenset({"vi", "pi"})
"""Languages of these scripts whose letters are not all on that list: of Vietnamese one in seven is missing."""


class Language(enum.StrEnum):
    """A language code of `languages` and `lang`."""

    model: str
    """Name of Tesseract's trained data, as in `tesseract -l`; several are joined with `+`."""
    label: str
    """The language in English."""
    writing: str
    """The script in which it is read here."""

    def __new__(cls, code: str, model: str = "", label: str = "", writing: str = "") -> Self:
        """Attach these to the code; the defaults only let `Language("en")` type-check."""
        member = str.__new__(cls, code)
        member._value_ = code
        member.model = model
        member.label = label
        member.writing = writing
        return member

    AF = "af", "afr", "Afrikaans", "Latin"
    AZ = "az", "aze", "Azerbaijani", "Latin"
    BS = "bs", "bos", "Bosnian", "Latin"
    CS = "cs", "ces", "Czech", "Latin"
    CY = "cy", "cym", "Welsh", "Latin"
    DA = "da", "dan", "Danish", "Latin"
    DE = "de", "deu", "German", "Latin"
    EN = "en", "eng", "English", "Latin"
    ES = "es", "spa", "Spanish", "Latin"
    ET = "et", "est", "Estonian", "Latin"
    FR = "fr", "fra", "French", "Latin"
    GA = "ga", "gle", "Irish", "Latin"
    HR = "hr", "hrv", "Croatian", "Latin"
    HU = "hu", "hun", "Hungarian", "Latin"
    ID = "id", "ind", "Indonesian", "Latin"
    IS = "is", "isl", "Icelandic", "Latin"
    IT = "it", "ita", "Italian", "Latin"
    KU = "ku", "kmr", "Kurdish (Latin)", "Latin"
    LA = "la", "lat", "Latin", "Latin"
    LT = "lt", "lit", "Lithuanian", "Latin"
    LV = "lv", "lav", "Latvian", "Latin"
    MI = "mi", "mri", "Maori", "Latin"
    MS = "ms", "msa", "Malay", "Latin"
    MT = "mt", "mlt", "Maltese", "Latin"
    NL = "nl", "nld", "Dutch", "Latin"
    NO = "no", "nor", "Norwegian", "Latin"
    OC = "oc", "oci", "Occitan", "Latin"
    PI = "pi", "Latin", "Pali (romanised)", "Latin"
    PL = "pl", "pol", "Polish", "Latin"
    PT = "pt", "por", "Portuguese", "Latin"
    RO = "ro", "ron", "Romanian", "Latin"
    RS_LATIN = "rs_latin", "srp_latn", "Serbian (Latin)", "Latin"
    SK = "sk", "slk", "Slovak", "Latin"
    SL = "sl", "slv", "Slovenian", "Latin"
    SQ = "sq", "sqi", "Albanian", "Latin"
    SV = "sv", "swe", "Swedish", "Latin"
    SW = "sw", "swa", "Swahili", "Latin"
    TL = "tl", "fil", "Tagalog", "Latin"
    TR = "tr", "tur", "Turkish", "Latin"
    UZ = "uz", "uzb", "Uzbek", "Latin"
    VI = "vi", "vie", "Vietnamese", "Latin"
    AR = "ar", "ara", "Arabic", "Arabic"
    FA = "fa", "fas", "Persian", "Arabic"
    UG = "ug", "uig", "Uyghur", "Arabic"
    UR = "ur", "urd", "Urdu", "Arabic"
    BN = "bn", "ben", "Bengali", "Bengali"
    AS = "as", "asm", "Assamese", "Bengali"
    MNI = "mni", "Bengali", "Manipuri (Bengali script)", "Bengali"
    RU = "ru", "rus", "Russian", "Cyrillic"
    RS_CYRILLIC = "rs_cyrillic", "srp", "Serbian (Cyrillic)", "Cyrillic"
    BE = "be", "bel", "Belarusian", "Cyrillic"
    BG = "bg", "bul", "Bulgarian", "Cyrillic"
    UK = "uk", "ukr", "Ukrainian", "Cyrillic"
    MN = "mn", "mon", "Mongolian", "Cyrillic"
    ABQ = "abq", "Cyrillic", "Abaza", "Cyrillic"
    ADY = "ady", "Cyrillic", "Adyghe", "Cyrillic"
    KBD = "kbd", "Cyrillic", "Kabardian", "Cyrillic"
    AVA = "ava", "Cyrillic", "Avar", "Cyrillic"
    DAR = "dar", "Cyrillic", "Dargwa", "Cyrillic"
    INH = "inh", "Cyrillic", "Ingush", "Cyrillic"
    CHE = "che", "Cyrillic", "Chechen", "Cyrillic"
    LBE = "lbe", "Cyrillic", "Lak", "Cyrillic"
    LEZ = "lez", "Cyrillic", "Lezgian", "Cyrillic"
    TAB = "tab", "Cyrillic", "Tabasaran", "Cyrillic"
    TJK = "tjk", "tgk", "Tajik", "Cyrillic"
    HI = "hi", "hin", "Hindi", "Devanagari"
    MR = "mr", "mar", "Marathi", "Devanagari"
    NE = "ne", "nep", "Nepali", "Devanagari"
    BH = "bh", "Devanagari", "Bihari", "Devanagari"
    MAI = "mai", "Devanagari", "Maithili", "Devanagari"
    ANG = "ang", "Devanagari", "Angika", "Devanagari"
    BHO = "bho", "Devanagari", "Bhojpuri", "Devanagari"
    MAH = "mah", "Devanagari", "Magahi", "Devanagari"
    SCK = "sck", "Devanagari", "Sadri", "Devanagari"
    NEW = "new", "Devanagari", "Newari", "Devanagari"
    GOM = "gom", "Devanagari", "Goan Konkani", "Devanagari"
    SA = "sa", "san", "Sanskrit", "Devanagari"
    BGC = "bgc", "Devanagari", "Haryanvi", "Devanagari"
    TH = "th", "tha", "Thai", "Thai"
    CH_SIM = "ch_sim", "chi_sim", "Chinese (simplified)", "Chinese"
    CH_TRA = "ch_tra", "chi_tra", "Chinese (traditional)", "Chinese"
    JA = "ja", "jpn", "Japanese", "Japanese"
    KO = "ko", "kor", "Korean", "Korean"
    TA = "ta", "tam", "Tamil", "Tamil"
    TE = "te", "tel", "Telugu", "Telugu"
    KN = "kn", "kan", "Kannada", "Kannada"

    @property
    def is_script_fallback(self) -> bool:
        """Whether the script's data stands in for data of the language itself."""
        return self.model in SCRIPT_PACKAGES

    @property
    def is_in_rapidocr(self) -> bool:
        """Whether RapidOCR reads it."""
        return self.writing in RAPIDOCR_SCRIPTS and self not in BEYOND_RAPIDOCR

    @property
    def package(self) -> str:
        """The Debian package that holds the data."""
        script = SCRIPT_PACKAGES.get(self.model)
        return f"tesseract-ocr-script-{script}" if script else f"tesseract-ocr-{self.model.replace('_', '-')}"


def languages_of(lang: str | None, languages: list[Language] | None) -> list[Language]:
    """Resolve the two parameters: `languages` when given, else `lang`, else English; the main language comes first.

    Raises ValueError when `lang` is not one of the 86 codes.
    """
    return list(languages) if languages else [Language(lang or Language.EN)]
