"""The 86 languages a document may be read in, each with the Tesseract data that reads it.

The codes and their order are the API's; `ang` is Angika and `mah` Magahi here, not what ISO 639 says. Where Tesseract
has no data for a language, the data of its script stands in: an approximation, and `is_script_fallback` says so.
"""

from __future__ import annotations

import enum
from typing import Self

SCRIPT_PACKAGES = {"Cyrillic": "cyrl", "Devanagari": "deva", "Bengali": "beng", "Latin": "latn"}
"""Tesseract's script models, and what Debian calls them in package names."""


class Language(enum.StrEnum):
    """A language code of `languages` and `lang`."""

    model: str
    """Name of Tesseract's trained data, as in `tesseract -l`; several are joined with `+`."""
    label: str
    """The language in English."""

    def __new__(cls, code: str, model: str = "", label: str = "") -> Self:
        """Attach the model and the English name to the code; the defaults only let `Language("en")` type-check."""
        member = str.__new__(cls, code)
        member._value_ = code
        member.model = model
        member.label = label
        return member

    AF = "af", "afr", "Afrikaans"
    AZ = "az", "aze", "Azerbaijani"
    BS = "bs", "bos", "Bosnian"
    CS = "cs", "ces", "Czech"
    CY = "cy", "cym", "Welsh"
    DA = "da", "dan", "Danish"
    DE = "de", "deu", "German"
    EN = "en", "eng", "English"
    ES = "es", "spa", "Spanish"
    ET = "et", "est", "Estonian"
    FR = "fr", "fra", "French"
    GA = "ga", "gle", "Irish"
    HR = "hr", "hrv", "Croatian"
    HU = "hu", "hun", "Hungarian"
    ID = "id", "ind", "Indonesian"
    IS = "is", "isl", "Icelandic"
    IT = "it", "ita", "Italian"
    KU = "ku", "kmr", "Kurdish (Latin)"
    LA = "la", "lat", "Latin"
    LT = "lt", "lit", "Lithuanian"
    LV = "lv", "lav", "Latvian"
    MI = "mi", "mri", "Maori"
    MS = "ms", "msa", "Malay"
    MT = "mt", "mlt", "Maltese"
    NL = "nl", "nld", "Dutch"
    NO = "no", "nor", "Norwegian"
    OC = "oc", "oci", "Occitan"
    PI = "pi", "Latin", "Pali (romanised)"
    PL = "pl", "pol", "Polish"
    PT = "pt", "por", "Portuguese"
    RO = "ro", "ron", "Romanian"
    RS_LATIN = "rs_latin", "srp_latn", "Serbian (Latin)"
    SK = "sk", "slk", "Slovak"
    SL = "sl", "slv", "Slovenian"
    SQ = "sq", "sqi", "Albanian"
    SV = "sv", "swe", "Swedish"
    SW = "sw", "swa", "Swahili"
    TL = "tl", "fil", "Tagalog"
    TR = "tr", "tur", "Turkish"
    UZ = "uz", "uzb", "Uzbek"
    VI = "vi", "vie", "Vietnamese"
    AR = "ar", "ara", "Arabic"
    FA = "fa", "fas", "Persian"
    UG = "ug", "uig", "Uyghur"
    UR = "ur", "urd", "Urdu"
    BN = "bn", "ben", "Bengali"
    AS = "as", "asm", "Assamese"
    MNI = "mni", "Bengali", "Manipuri (Bengali script)"
    RU = "ru", "rus", "Russian"
    RS_CYRILLIC = "rs_cyrillic", "srp", "Serbian (Cyrillic)"
    BE = "be", "bel", "Belarusian"
    BG = "bg", "bul", "Bulgarian"
    UK = "uk", "ukr", "Ukrainian"
    MN = "mn", "mon", "Mongolian"
    ABQ = "abq", "Cyrillic", "Abaza"
    ADY = "ady", "Cyrillic", "Adyghe"
    KBD = "kbd", "Cyrillic", "Kabardian"
    AVA = "ava", "Cyrillic", "Avar"
    DAR = "dar", "Cyrillic", "Dargwa"
    INH = "inh", "Cyrillic", "Ingush"
    CHE = "che", "Cyrillic", "Chechen"
    LBE = "lbe", "Cyrillic", "Lak"
    LEZ = "lez", "Cyrillic", "Lezgian"
    TAB = "tab", "Cyrillic", "Tabasaran"
    TJK = "tjk", "tgk", "Tajik"
    HI = "hi", "hin", "Hindi"
    MR = "mr", "mar", "Marathi"
    NE = "ne", "nep", "Nepali"
    BH = "bh", "Devanagari", "Bihari"
    MAI = "mai", "Devanagari", "Maithili"
    ANG = "ang", "Devanagari", "Angika"
    BHO = "bho", "Devanagari", "Bhojpuri"
    MAH = "mah", "Devanagari", "Magahi"
    SCK = "sck", "Devanagari", "Sadri"
    NEW = "new", "Devanagari", "Newari"
    GOM = "gom", "Devanagari", "Goan Konkani"
    SA = "sa", "san", "Sanskrit"
    BGC = "bgc", "Devanagari", "Haryanvi"
    TH = "th", "tha", "Thai"
    CH_SIM = "ch_sim", "chi_sim", "Chinese (simplified)"
    CH_TRA = "ch_tra", "chi_tra", "Chinese (traditional)"
    JA = "ja", "jpn", "Japanese"
    KO = "ko", "kor", "Korean"
    TA = "ta", "tam", "Tamil"
    TE = "te", "tel", "Telugu"
    KN = "kn", "kan", "Kannada"

    @property
    def is_script_fallback(self) -> bool:
        """Whether the script's data stands in for data of the language itself."""
        return self.model in SCRIPT_PACKAGES

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
