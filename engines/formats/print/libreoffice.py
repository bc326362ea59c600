"""Conversion by LibreOffice, which parses hostile files with the code of thirty years: so it gets a folder and a profile of
its own and sees nothing else, no network, another user than root, as far as the system can do that, and no more time than allowed.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

from engines.containers.zip import Archive, repack
from engines.context import Context
from engines.errors import Code, DocumentError
from engines.formats.print import host_formulas
from engines.sandbox import landlock
from engines.sandbox.procfs import group_memory

NOBODY = 65534
"""The user without rights; on every Linux the same number."""
BEAT_SECONDS = 0.25
"""How often a running conversion looks whether it is still wanted."""
PROFILE = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry" xmlns:xs="http://www.w3.org/2001/XMLSchema">
{items}</oor:items>
"""
ITEM = """<item oor:path="{path}"><prop oor:name="{name}" oor:op="fuse"><value>{value}</value></prop></item>
"""
HERE = "file:///proc/self/cwd"
SAFE = (
    ("/org.openoffice.Office.Common/Security/Scripting", "MacroSecurityLevel", "3"),
    ("/org.openoffice.Office.Common/Security/Scripting", "DisableMacrosExecution", "true"),
    ("/org.openoffice.Office.Common/Security/Scripting", "BlockUntrustedRefererLinks", "true"),
    ("/org.openoffice.Office.Calc/Content/Update", "Link", "2"),
    ("/org.openoffice.Office.Writer/Content/Update", "Link", "0"),
)
"""Settings of the profile: no macro runs, no linked content is fetched."""
RECOMPUTE = (
    ("/org.openoffice.Office.Calc/Formula/Load", "OOXMLRecalcMode", "0"),
    ("/org.openoffice.Office.Calc/Formula/Load", "ODFRecalcMode", "0"),
)
"""Compute every formula anew: by default LibreOffice trusts the values it finds."""

HIDDEN_SLIDES = (("/org.openoffice.Office.Common/Filter/PDF/Export", "ExportHiddenSlides", "true"),)
"""Print hidden slides too."""


@contextmanager
def converted(
    path: Path, extension: str, target: str, context: Context, settings: tuple[tuple[str, str, str], ...] = ()
) -> Iterator[Path]:
    """Convert a document; the result lives as long as the context.

    `extension` is that of the document, `target` that of the result, with an export filter after a colon where the
    default is not the right one. Raises DocumentError: LIBREOFFICE_UNAVAILABLE, CONVERSION_FAILED, TIMEOUT.
    """
    if context.tools.soffice is None:
        raise DocumentError(Code.LIBREOFFICE_UNAVAILABLE)
    with tempfile.TemporaryDirectory(prefix="sheaf-convert-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        source = f"document.{extension}"
        host_formulas.copy_without_questions(path, folder / source)
        prepare_profile(folder / "profile", SAFE + settings)
        run_confined(context.tools.soffice, arguments_of(folder, source, target), folder, context)
        results = sorted((folder / "output").glob("document.*"))
        if not results:
            raise DocumentError(Code.CONVERSION_FAILED)
        result, unasked = results[0], folder / f"unasked.{target}"
        if target == "xlsx" and host_formulas.copy_without_answers(result, unasked):
            # formulas of the old formats cannot be read beforehand: so the others are computed again without the answers
            with recomputed(unasked, context) as again:
                yield again
        else:
            yield result if target == "pdf" else placeless(result, folder)


def recomputed(path: Path, context: Context) -> AbstractContextManager[Path]:
    """A workbook with all formulas computed, but for those that ask about this machine. Raises as `converted` does."""
    return converted(path, "xlsx", "xlsx", context, RECOMPUTE)


def placeless(result: Path, folder: Path) -> Path:
    """A document that LibreOffice wrote, where what it names beside itself is named as its owner did: `other.doc`."""
    places = ways_to(urlsplit(place_of(folder)).path)
    with Archive(result) as archive:
        read = {part: archive.read(part) or b"" for part in archive.names if part.endswith((".xml", ".rels"))}
    parts = {part: places.sub(b"", data) for part, data in read.items() if places.search(data)}
    if not parts:
        return result
    repack(result, folder / result.name, parts)
    return folder / result.name


def ways_to(place: str) -> re.Pattern[bytes]:
    """What stands before the name of a file in a folder, from the root or from anywhere else."""
    return re.compile(rb"(?:file://)?(?:(?<!\.\./)(?:\.\./)+|/)" + re.escape(place.strip("/")).encode() + rb"/")


def prepare_profile(profile: Path, settings: tuple[tuple[str, str, str], ...]) -> None:
    """Write a new profile with these settings: path in the registry, name and value of each."""
    user = profile / "user"
    user.mkdir(parents=True)
    items = "".join(ITEM.format(path=path, name=name, value=value) for path, name, value in settings)
    (user / "registrymodifications.xcu").write_text(PROFILE.format(items=items), encoding="utf-8")


def arguments_of(folder: Path, source: str, target: str) -> list[str]:
    """The arguments of one conversion, of a document in its folder to another in `output` there."""
    # by its own path: those whose profiles have one name would hand their documents to each other
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    switches = ["--headless", "--norestore", "--nolockcheck", "--nodefault", "--nofirststartwizard"]
    return [profile, *switches, "--convert-to", target, "--outdir", "output", f"{place_of(folder)}/{source}"]


def place_of(folder: Path) -> str:
    """The folder's URL as the programs that work in it are told: where it lies is nothing a document may learn and show.

    It is the working directory of whoever asks, under a name that is the same on every Linux.
    """
    return HERE if Path("/proc/self/cwd").exists() else folder.as_uri()


@cache
def wall() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The words before a command that take the network from it, and those that take root's rights; empty where that cannot be."""
    as_nobody = ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "--no-new-privs", "--")
    as_root = [(("unshare", "--net", "--"), as_nobody), ((), as_nobody)]
    for network, rights in as_root if os.geteuid() == 0 else [(("unshare", "-rn", "--"), ())]:
        choice = [*network, *rights, "true"]
        if (
            shutil.which(choice[0]) and subprocess.run(choice, capture_output=True, check=False).returncode == 0  # noqa: S603 - fixed words only
        ):
            return network, rights
    return (), ()


def run_confined(program: str, arguments: list[str], folder: Path, context: Context) -> None:
    """Run a program to its end, in a folder that is all it sees, with the network and root's rights taken from it.

    Raises DocumentError: TIMEOUT, CONVERSION_FAILED for want of memory; and what `context.progress` raises to stop the
    work. Its processes are then killed.
    """
    network, rights = wall()
    if rights:
        for one in (folder, *folder.rglob("*")):
            os.chown(one, NOBODY, NOBODY)
    environment = {
        "HOME": str(folder),
        "TMPDIR": str(folder),
        "PATH": os.environ.get("PATH", os.defpath),
        "LANG": "C.UTF-8",
        "TZ": "UTC",
    }
    fence = [sys.executable, "-I", "-S", landlock.__file__, str(folder), program]
    process = subprocess.Popen(  # noqa: S603 - no shell; the document's name is ours
        [*network, *fence, *rights, program, *arguments], cwd=folder, env=environment, start_new_session=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    deadline = time.monotonic() + context.limits.conversion_seconds
    try:
        while process.poll() is None:
            if time.monotonic() > deadline:
                raise DocumentError(
                    Code.TIMEOUT, f"{Path(program).stem} needed more than {context.limits.conversion_seconds:g} s"
                )
            if group_memory(process.pid) > context.limits.conversion_memory_mb << 20:
                raise DocumentError(
                    Code.CONVERSION_FAILED, f"it takes more than {context.limits.conversion_memory_mb} MB of memory"
                )
            context.progress(0, 1)
            with suppress(subprocess.TimeoutExpired):
                process.wait(BEAT_SECONDS)
    finally:
        # what LibreOffice started may outlive it; once all are gone, there is no group left to kill
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
