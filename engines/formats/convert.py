"""Conversion by LibreOffice, which parses hostile files with the code of thirty years: so it gets a folder and a profile of
its own, no network where the system can take it away, another user than root, and no more time than allowed.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from functools import cache
from pathlib import Path

from engines.context import Context
from engines.errors import Code, DocumentError

NOBODY = 65534
"""The user without rights; on every Linux the same number."""
BEAT_SECONDS = 0.5
"""How often a running conversion looks whether it is still wanted."""
PROFILE = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry" xmlns:xs="http://www.w3.org/2001/XMLSchema">
{items}</oor:items>
"""
ITEM = """<item oor:path="{path}"><prop oor:name="{name}" oor:op="fuse"><value>{value}</value></prop></item>
"""
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
        source = folder / f"document.{extension}"
        shutil.copyfile(path, source)
        output = folder / "output"
        prepare_profile(folder / "profile", SAFE + settings)
        run(command(context.tools.soffice, folder, source, target, output), folder, context)
        results = sorted(output.glob("document.*")) if output.is_dir() else []
        if not results:
            raise DocumentError(Code.CONVERSION_FAILED)
        yield results[0]


def recomputed(path: Path, context: Context) -> AbstractContextManager[Path]:
    """A workbook with all formulas computed. Raises as `converted` does."""
    return converted(path, "xlsx", "xlsx", context, RECOMPUTE)


def prepare_profile(profile: Path, settings: tuple[tuple[str, str, str], ...]) -> None:
    """Write the settings of a new profile."""
    user = profile / "user"
    user.mkdir(parents=True)
    items = "".join(ITEM.format(path=path, name=name, value=value) for path, name, value in settings)
    (user / "registrymodifications.xcu").write_text(PROFILE.format(items=items), encoding="utf-8")


def command(soffice: str, folder: Path, source: Path, target: str, output: Path) -> list[str]:
    """The command line of one conversion."""
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    switches = ["--headless", "--norestore", "--nolockcheck", "--nodefault", "--nofirststartwizard"]
    return [*wall(), soffice, profile, *switches, "--convert-to", target, "--outdir", str(output), str(source)]


@cache
def wall() -> tuple[str, ...]:
    """What stands before a command to take the network and root's rights from it; empty where the system has no such means."""
    as_nobody = ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "--no-new-privs", "--")
    choices = [("unshare", "--net", "--", *as_nobody), as_nobody] if os.geteuid() == 0 else [("unshare", "-rn", "--")]
    for choice in choices:
        if (
            shutil.which(choice[0])
            and subprocess.run(  # noqa: S603 - fixed words only
                [*choice, "true"], capture_output=True, check=False
            ).returncode
            == 0
        ):
            return choice
    return ()


def run(arguments: list[str], folder: Path, context: Context) -> None:
    """Run a conversion to its end.

    Raises DocumentError: TIMEOUT; and what `context.progress` raises to stop the work. Its processes are then killed.
    """
    if wall() and os.geteuid() == 0:
        for one in (folder, *folder.rglob("*")):
            os.chown(one, NOBODY, NOBODY)
    environment = {
        "HOME": str(folder),
        "TMPDIR": str(folder),
        "PATH": os.environ.get("PATH", os.defpath),
        "LANG": "C.UTF-8",
    }
    process = subprocess.Popen(  # noqa: S603 - no shell; the document's name is ours, see `converted`
        arguments, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    deadline = time.monotonic() + context.limits.conversion_seconds
    try:
        while process.poll() is None:
            if time.monotonic() > deadline:
                raise DocumentError(
                    Code.TIMEOUT, f"LibreOffice needed more than {context.limits.conversion_seconds:g} s"
                )
            context.progress(0, 1)
            with suppress(subprocess.TimeoutExpired):
                process.wait(BEAT_SECONDS)
    finally:
        # what LibreOffice started may outlive it; once all are gone, there is no group left to kill
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
