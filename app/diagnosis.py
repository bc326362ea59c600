"""What of this machine Sheaf can use, as `sheaf doctor` tells it: looked at from outside, and without changing anything."""

from __future__ import annotations

import enum
import os
import platform
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path

import sqlalchemy as sa

from app import commands, preflight
from engines.ocr.choice import can_read, engines_here, needed
from engines.parameters.languages import Language
from engines.sandbox import landlock
from engines.tools import Tools
from engines.version import ENGINE_VERSION
from models import migration
from settings import Settings
from storage import StorageError
from tasks.context import tools_of

ANSWER_SECONDS = 10
"""How long a program may take to say its version."""
LITTLE_MB, TOO_LITTLE_MB = 2048, 256
"""Free space of a disk below which it is told, and below which nothing can be processed."""
MB = 1 << 20
SAMPLES = {
    "Arabic": "ar",
    "Bengali": "bn",
    "Chinese": "zh-cn",
    "Devanagari": "hi",
    "Japanese": "ja",
    "Korean": "ko",
    "Thai": "th",
}
"""Of scripts that need a font of their own: a language of each, as fontconfig calls it."""


class State(enum.StrEnum):
    """How a part is."""

    GOOD = "ok"
    LACKS = "lacks"
    """It works, and less than it could."""
    FAILS = "fails"
    """Sheaf cannot run so."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What there is to tell of one part."""

    part: str
    state: State
    found: str
    advice: str = ""
    """What to do; empty where nothing needs to be done."""
    details: dict[str, str] = field(default_factory=dict)
    """More of it, for programs."""


def findings(settings: Settings) -> Iterator[Finding]:
    """All parts, one after the other."""
    tools = tools_of(settings)
    yield Finding(
        "sheaf",
        State.GOOD,
        f"{metadata.version('sheaf')}, engines {ENGINE_VERSION}, Python {platform.python_version()}",
    )
    yield from (tesseract(tools), rapidocr(tools), languages(tools))
    yield program(
        "libreoffice", tools.soffice, "page images, old formats and formulas: packages libreoffice-*, `make system`"
    )
    yield program("chromium", tools.chromium, "rendered HTML: package chromium, `make system`")
    yield fonts()
    yield from (database(settings), broker(settings), store(settings))
    yield from disks(settings)
    yield isolation(settings)


def tesseract(tools: Tools) -> Finding:
    """The command and its data."""
    if tools.tesseract is None:
        return Finding("tesseract", State.LACKS, "not found", "install tesseract-ocr (`make system`)")
    if tools.tessdata is None:
        return Finding("tesseract", State.LACKS, "no data found", "install tesseract-ocr-eng, or set TESSDATA_PREFIX")
    found = f"{version_of(tools.tesseract)}, {len(tools.ocr_models)} data files in {tools.tessdata}"
    return Finding(
        "tesseract", State.GOOD, found, details={"program": tools.tesseract, "data": " ".join(sorted(tools.ocr_models))}
    )


def rapidocr(tools: Tools) -> Finding:
    """The other OCR engine; an extra, so that nothing is wrong without it."""
    return Finding("rapidocr", State.GOOD, tools.rapidocr or "not installed (the extra `ocr`)")


def languages(tools: Tools) -> Finding:
    """The languages of pictures, and what those need that cannot be read."""
    engines = engines_here(tools)
    unread = [one for one in Language if not any(can_read(engine, one, tools) for engine in engines)]
    missing = {str(one): needed(one, tools) for one in unread}
    by = " and ".join(engines) or "no engine"
    found = f"{len(Language) - len(missing)} of {len(Language)} by {by}, SHEAF_OCR_ENGINE={tools.ocr_engine}"
    if not missing:
        return Finding("languages", State.GOOD, found)
    named = ", ".join(f"{code} ({what})" for code, what in missing.items())
    advice = f"`make system-languages` installs all of Tesseract's data; missing: {named}"
    return Finding("languages", State.LACKS, found, advice, missing)


def program(part: str, path: str | None, without: str) -> Finding:
    """A program that is found at run time."""
    if path is None:
        return Finding(part, State.LACKS, "not found", without)
    return Finding(part, State.GOOD, f"{version_of(path)}, {path}")


def version_of(path: str) -> str:
    """The first line of what a program says of its version."""
    try:
        said = subprocess.run(  # noqa: S603 - a program of this machine that settings or PATH name
            [path, "--version"], capture_output=True, text=True, timeout=ANSWER_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"it does not say its version ({type(error).__name__})"
    lines = (said.stdout or said.stderr).strip().splitlines()
    return lines[0] if lines else "it does not say its version"


def fonts() -> Finding:
    """The fonts with which LibreOffice and Chromium draw pages."""
    lister = shutil.which("fc-list")
    if lister is None:
        return Finding(
            "fonts",
            State.LACKS,
            "fc-list not found",
            "install fontconfig and fonts: pages of office files are drawn by them",
        )

    def listed(*arguments: str) -> list[str]:
        command = [lister, *arguments, "family"]
        said = subprocess.run(command, capture_output=True, text=True, timeout=ANSWER_SECONDS, check=False)  # noqa: S603 - as above
        return sorted(set(said.stdout.splitlines()))

    missing = [script for script, language in SAMPLES.items() if not listed(f":lang={language}")]
    found = f"{len(listed(':'))} families"
    if not missing:
        return Finding("fonts", State.GOOD, found)
    return Finding(
        "fonts", State.LACKS, f"{found}, none for {', '.join(missing)}", "install fonts-noto-core and fonts-noto-cjk"
    )


def database(settings: Settings) -> Finding:
    """Whether it answers, and has the schema of this version."""
    url = settings.effective_database_url()
    shown = sa.make_url(url).render_as_string() if is_url(url) else "SHEAF_DATABASE_URL"
    try:
        preflight.check_database(settings)
        difference = migration.difference(url)
    except preflight.PartError as error:
        return Finding("database", State.FAILS, str(error), "see docs/configuration.md")
    except sa.exc.DBAPIError as error:
        return Finding(
            "database", State.FAILS, f"{shown}: {type(error.orig).__name__}", "start it, or correct SHEAF_DATABASE_URL"
        )
    if difference and settings.database_url:
        return Finding("database", State.FAILS, f"{shown}: {difference}", "`sheaf migrate`")
    return Finding("database", State.GOOD, f"{shown}{', made or migrated at the next start' if difference else ''}")


def is_url(url: str) -> bool:
    """Whether SQLAlchemy takes it for one."""
    try:
        sa.make_url(url)
    except sa.exc.ArgumentError:
        return False
    return True


def broker(settings: Settings) -> Finding:
    """The one that is named, else the program of the embedded one."""
    try:
        if settings.broker_url:
            preflight.reach_broker(settings)
            return Finding("broker", State.GOOD, "SHEAF_BROKER_URL answers")
        return Finding("broker", State.GOOD, f"embedded: {commands.valkey_program()}")
    except (preflight.PartError, FileNotFoundError) as error:
        return Finding("broker", State.FAILS, str(error), "start it, or correct SHEAF_BROKER_URL")


def store(settings: Settings) -> Finding:
    """Whether the store answers; a folder must be one that can be written to."""
    advice = "correct SHEAF_STORAGE_URL and its credentials"
    url = settings.effective_storage_url()
    try:
        if url.startswith("file:///"):
            folder = nearest(Path(url.removeprefix("file://")))
            is_writable = folder.is_dir() and os.access(folder, os.W_OK | os.X_OK)
            return (
                Finding("storage", State.GOOD, url)
                if is_writable
                else Finding("storage", State.FAILS, f"{folder} cannot be written to", advice)
            )
        preflight.check_store(settings).exists("doctor/probe")
    except (preflight.PartError, StorageError) as error:
        return Finding("storage", State.FAILS, str(error), advice)
    return Finding("storage", State.GOOD, f"{url.partition('://')[0]} answers")


def disks(settings: Settings) -> Iterator[Finding]:
    """Free space where things are kept and where documents are unpacked."""
    for part, folder in (("disk", nearest(Path(settings.data_dir))), ("temporary files", Path(tempfile.gettempdir()))):
        free = shutil.disk_usage(folder).free // MB
        state = State.FAILS if free < TOO_LITTLE_MB else State.LACKS if free < LITTLE_MB else State.GOOD
        yield Finding(part, state, f"{free:,} MB free at {folder}", "" if state is State.GOOD else "make room")


def nearest(path: Path) -> Path:
    """The folder, or the nearest above it that is there."""
    return next((one for one in (path, *path.parents) if one.exists()), Path("/"))


def isolation(settings: Settings) -> Finding:
    """How documents are kept apart from the service and from each other."""
    means = "small documents in the worker" if settings.isolation == "auto" else "each document in a process of its own"
    found = f"SHEAF_ISOLATION={settings.isolation}: {means}"
    if landlock.is_offered():
        return Finding("isolation", State.GOOD, f"{found}; programs see their own folder only (Landlock)")
    return Finding(
        "isolation",
        State.LACKS,
        f"{found}; no Landlock here",
        "Linux 5.13 or later keeps LibreOffice and Chromium from other files",
    )
