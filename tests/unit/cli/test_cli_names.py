"""Names that files on this machine have, and names that servers and documents give: none leads elsewhere or stops a run."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from app.cli.documents import find_documents
from app.cli.outputs import pictures


@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        (b"bad\xff.txt", "bad\\xff.txt"),
        (b"new\nline.txt", "new\\nline.txt"),
        (b"esc\x1b[31m.txt", "esc\\x1b[31m.txt"),
        ("naïve ü.txt".encode(), "naïve ü.txt"),
        (b"[/bold].txt".replace(b"/", b""), "[bold].txt"),
    ],
)
def test_any_file_has_a_name_that_can_be_sent_and_shown(tmp_path: Path, stored: bytes, shown: str) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + stored))
    path.write_text("hello")
    [found] = find_documents([tmp_path])
    assert (found.path, found.name) == (path, shown)


@pytest.mark.parametrize("name", ["../evil.png", "/etc/evil", "..", ".", "", ".hidden", "a/b.png", "a\\b.png", "a\nb"])
def test_a_picture_whose_name_leads_elsewhere_is_not_fetched(name: str) -> None:
    result = {"pages": [{"images": [{"name": name}, {"name": "img_p0_1.png"}]}]}
    assert list(pictures(result)) == ["img_p0_1.png"]
