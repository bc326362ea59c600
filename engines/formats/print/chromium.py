"""Web pages and drawings printed by Chromium, which shows what the source alone does not: their look.

A page is printed as if it were alone in the world: no network, no scripts, and nothing else of this machine. Frames and
redirects are taken out of it and a content policy forbids whatever is left, because a local page may show local files.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from html import escape
from pathlib import Path

from engines.context import Context
from engines.errors import Code, DocumentError
from engines.formats.html.source import tree_of
from engines.formats.print.libreoffice import place_of, run_confined

POLICY = (
    '<!doctype html><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" '
    "content=\"default-src 'none'; img-src data:; font-src data:; style-src 'unsafe-inline'\">"
)
REMOVED = (
    "script", "iframe", "frame", "frameset", "object", "embed", "base", "link", "meta", "portal", "fencedframe",
    "noscript", "noframes", "noembed", "template",
)  # fmt: skip
"""Elements that load or lead to something else, and those whose content is markup to some readers and text to others."""
MOST_READINGS = 8
EQUIV = re.compile("http-equiv", re.IGNORECASE)
SWITCHES = (
    "--headless", "--disable-gpu", "--disable-dev-shm-usage", "--no-pdf-header-footer", "--no-first-run",
    "--disable-background-networking", "--disable-extensions", "--disable-crash-reporter",
    "--no-sandbox",  # it cannot be set up inside the wall, which takes network and rights away instead
)  # fmt: skip


@contextmanager
def printed_by_chromium(markup: str, context: Context) -> Iterator[bytes]:
    """A web page or SVG drawing as PDF.

    Raises DocumentError: CHROMIUM_UNAVAILABLE, CONVERSION_FAILED, TIMEOUT.
    """
    if context.tools.chromium is None:
        raise DocumentError(Code.CHROMIUM_UNAVAILABLE)
    with tempfile.TemporaryDirectory(prefix="sheaf-print-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        page, target = folder / "page.html", folder / "page.pdf"
        page.write_text(POLICY + harmless(markup), encoding="utf-8")
        profile = f"--user-data-dir={folder / 'profile'}"
        output = f"--print-to-pdf={target}"
        run_confined(
            context.tools.chromium, [*SWITCHES, profile, output, f"{place_of(folder)}/page.html"], folder, context
        )
        if not target.is_file() or not target.stat().st_size:
            raise DocumentError(Code.CONVERSION_FAILED, "Chromium printed nothing")
        yield target.read_bytes()


def harmless(markup: str) -> str:
    """The page without what loads or leads to anything else.

    What is taken out of a page that breaks its own rules may make something else of the rest, so it is read again until nothing
    is left to take out. No policy forbids a page to lead on by `<meta http-equiv=refresh>`, so this name stands nowhere: with a
    reference in it, it reads the same where it is text, and is no such attribute.
    """
    for _ in range(MOST_READINGS):
        tree = tree_of(markup)
        if tree.css_first(",".join(REMOVED)) is None:
            return EQUIV.sub("http&#45;equiv", tree.html or "")
        tree.strip_tags(list(REMOVED))
        markup = tree.html or ""
    return escape(tree_of(markup).text())
