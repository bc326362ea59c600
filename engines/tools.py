"""Finds the programs and data of this machine that some formats need; none of them is ever required or downloaded."""

from __future__ import annotations

import enum
import os
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path


class OcrChoice(enum.StrEnum):
    """What reads text in pictures: an engine, or whichever is best for a language."""

    AUTO = "auto"
    TESSERACT = "tesseract"
    RAPIDOCR = "rapidocr"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """Programs and data found on this machine; None means absent (find_tools finds them)."""

    tesseract: str | None = None
    tessdata: str | None = None
    """Directory that holds `*.traineddata`."""
    ocr_models: frozenset[str] = frozenset()
    """Names of the trained data there, such as `eng` or `Cyrillic`."""
    rapidocr: str = ""
    """Version of the package; empty when it is not installed."""
    ocr_engine: OcrChoice = OcrChoice.AUTO
    """Which of the OCR engines may be used."""
    soffice: str | None = None
    chromium: str | None = None


TESSERACT_PLACES = ("/usr/local/bin/tesseract", "/opt/homebrew/bin/tesseract")
TESSDATA_PLACES = (
    "/usr/share/tesseract-ocr/*/tessdata",
    "/usr/share/tessdata",
    "/usr/share/tesseract/tessdata",
    "/usr/local/share/tessdata",
    "/opt/homebrew/share/tessdata",
)
"""Where packages put Tesseract's data: Debian, then Fedora, Arch, builds from source, Homebrew."""

NO_LANGUAGES = frozenset({"osd", "equ"})
"""Trained data that reads no text: page orientation, and formulas."""

SOFFICE_NAMES = ("soffice", "libreoffice")
SOFFICE_PLACES = (
    "/usr/lib/libreoffice/program/soffice",
    "/opt/libreoffice*/program/soffice",
    "/Applications/LibreOffice.app/Contents/MacOS/soffice",
)
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
CHROMIUM_PLACES = (
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)


def find_tools(*, tessdata: str = "", soffice: str = "", chromium: str = "", ocr_engine: str = "auto") -> Tools:
    """Look for everything: `tessdata` is a directory, `soffice` and `chromium` are programs, as a path or a name on PATH; empty
    means anywhere. `ocr_engine` is one of OcrChoice.

    A place that is given is the only one looked at, so a wrong one means absence.
    """
    directory = find_tessdata(tessdata or os.environ.get("TESSDATA_PREFIX", ""))
    return Tools(
        tesseract=find_program("", ("tesseract",), TESSERACT_PLACES),
        tessdata=str(directory) if directory else None,
        ocr_models=models_in(directory) if directory else frozenset(),
        rapidocr=version_of("rapidocr"),
        ocr_engine=OcrChoice(ocr_engine),
        soffice=find_program(soffice, SOFFICE_NAMES, SOFFICE_PLACES),
        chromium=find_program(chromium, CHROMIUM_NAMES, CHROMIUM_PLACES),
    )


def find_tessdata(place: str = "") -> Path | None:
    """The directory with Tesseract's data: the one given (or its `tessdata`), else the newest of the usual places."""
    places = [Path(place), Path(place, "tessdata")] if place else paths_like(TESSDATA_PLACES)
    return next((place for place in places if models_in(place)), None)


def models_in(directory: Path) -> frozenset[str]:
    """Names of the trained data that read text, as Tesseract is told them: `eng`, `Cyrillic`, `script/Cyrillic`."""
    paths = [*directory.glob("*.traineddata"), *directory.glob("script/*.traineddata")]
    return frozenset(path.relative_to(directory).with_suffix("").as_posix() for path in paths) - NO_LANGUAGES


def version_of(package: str) -> str:
    """The version of a package; empty when it is not installed."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return ""


def find_program(program: str, names: Iterable[str], places: Iterable[str]) -> str | None:
    """The program given (a path, or a name on PATH), else the first of the names on PATH, else the usual places."""
    if program:
        return shutil.which(program)
    candidates = [*names, *(str(path) for path in paths_like(places))]
    return next(filter(None, map(shutil.which, candidates)), None)


def paths_like(patterns: Iterable[str]) -> list[Path]:
    """Absolute paths that fit the patterns, the highest version first."""
    return [path for one in patterns for path in sorted(Path("/").glob(one.lstrip("/")), reverse=True)]
