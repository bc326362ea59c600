"""Which engine reads pictures for a job, and in which of the languages that it asks for (decision 59)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from engines.errors import Code, DocumentError
from engines.ocr.engine import OcrEngine
from engines.ocr.rapid import RapidOcr
from engines.ocr.tesseract import Tesseract
from engines.parameters import ParseParameters
from engines.parameters.languages import Language, languages_of
from engines.tools import OcrChoice, Tools

BETTER_BY_RAPIDOCR = frozenset({Language.CH_SIM, Language.CH_TRA, Language.JA})
"""Languages in which RapidOCR makes far fewer errors; in the others it makes as many, and takes five times as long."""


@dataclass(frozen=True, slots=True)
class Reading:
    """How pictures are read for a job."""

    engine: OcrEngine | None
    """None where nothing here can read them."""
    missing: tuple[Language, ...] = ()
    """Languages that were asked for and that it does not read."""
    why: str = ""
    """What the missing ones need."""
    second: OcrEngine | None = None
    """Whom to ask about a page of which the first can make little; None where there is nobody who reads these languages."""

    @property
    def shortage(self) -> DocumentError | None:
        """What there is to tell of it; None when nothing is missing."""
        if self.engine is None:
            return DocumentError(Code.OCR_UNAVAILABLE)
        return DocumentError(Code.OCR_LANGUAGE_UNAVAILABLE, self.why) if self.missing else None


def reading_of(parameters: ParseParameters, tools: Tools) -> Reading:
    """How to read pictures for this job on this machine, in as many of its languages as can be.

    Raises DocumentError: OCR_LANGUAGE_UNAVAILABLE when it can be none of them, and others than English were asked for. So it
    is to be called only for a document that needs it.
    """
    languages = languages_of(parameters.lang, parameters.languages)
    choice = chosen(languages, tools)
    missing = tuple(one for one in languages if choice is None or not can_read(choice, one, tools))
    why = "; ".join(f"{one.label} needs {needed(one, tools)}" for one in missing)
    if len(missing) == len(languages) and missing != (Language.EN,):
        raise DocumentError(Code.OCR_LANGUAGE_UNAVAILABLE, why)
    if choice is None or len(missing) == len(languages):
        return Reading(None, missing, why)
    read = [one for one in languages if one not in missing]
    return Reading(engine_of(choice, read, tools), missing, why, second_to(choice, read, tools))


def second_to(choice: OcrChoice, languages: Sequence[Language], tools: Tools) -> OcrEngine | None:
    """RapidOCR beside Tesseract, where it reads all that this reads: handwriting and photographs of paper are its strength."""
    is_here = choice is OcrChoice.TESSERACT and OcrChoice.RAPIDOCR in engines_here(tools)
    is_able = all(can_read(OcrChoice.RAPIDOCR, one, tools) for one in languages)
    return engine_of(OcrChoice.RAPIDOCR, languages, tools) if is_here and is_able else None


def chosen(languages: Sequence[Language], tools: Tools) -> OcrChoice | None:
    """The engine that reads most of these languages, the better one for the first of them where several do; None of none."""

    def worth(engine: OcrChoice) -> tuple[int, bool]:
        is_better = (engine is OcrChoice.RAPIDOCR) is (languages[0] in BETTER_BY_RAPIDOCR)
        return sum(can_read(engine, one, tools) for one in languages), is_better

    return max(engines_here(tools), key=worth, default=None)


def engines_here(tools: Tools) -> list[OcrChoice]:
    """The engines of this machine that may be used."""
    present = {OcrChoice.TESSERACT: bool(tools.tesseract and tools.tessdata), OcrChoice.RAPIDOCR: bool(tools.rapidocr)}
    return [one for one, is_here in present.items() if is_here and tools.ocr_engine in {OcrChoice.AUTO, one}]


def can_read(engine: OcrChoice, language: Language, tools: Tools) -> bool:
    """Whether an engine of this machine has what a language needs."""
    if engine is OcrChoice.RAPIDOCR:
        return language.is_in_rapidocr
    return model_of(language, tools.ocr_models) is not None


def needed(language: Language, tools: Tools) -> str:
    """What would have to be there to read a language."""
    extra = "Sheaf's extra `ocr`"
    if tools.ocr_engine is OcrChoice.RAPIDOCR:
        return extra if language.is_in_rapidocr else "another SHEAF_OCR_ENGINE than rapidocr"
    package = language.package if tools.tesseract else f"tesseract-ocr and {language.package}"
    return f"{package} or {extra}" if tools.ocr_engine is OcrChoice.AUTO and language.is_in_rapidocr else package


def engine_of(choice: OcrChoice, languages: Sequence[Language], tools: Tools) -> OcrEngine:
    """An engine of this machine, for these languages, which it has."""
    if choice is OcrChoice.RAPIDOCR:
        return RapidOcr()
    models = [model for one in languages if (model := model_of(one, tools.ocr_models))]
    return Tesseract(tools.tesseract or "", tools.tessdata or "", "+".join(dict.fromkeys(models)))


def model_of(language: Language, present: frozenset[str]) -> str | None:
    """The name under which this machine has Tesseract's data of a language; script data stands in a folder on some systems."""
    return next((name for name in (language.model, f"script/{language.model}") if name in present), None)
