"""Revisions of a Word document, by the newer official Python SDK, through the running stack (revisions.py beside this)."""

from __future__ import annotations

from pathlib import Path

from support.revised import about, change, comment, deleted, p, r, revised
from support.running import Tenant
from support.sdks import play_python, versions


@versions("sdk", ["2.19.0"], daily=("2.19.0", "postgresql+redis"))
def test_the_sdk_reads_revisions_of_every_kind(sdk: Path, tenant: Tenant, tmp_path: Path) -> None:
    path = tmp_path / "letter.docx"
    loud = "<w:b/><w:rPrChange w:author='Cid'><w:rPr/></w:rPrChange>"
    moves = p(change("moveTo", r("Then this."))) + p(r("x"), change("moveFrom", r("Then this.")))
    body = p(r("Pay "), deleted("100"), change("ins", r("250")), r(" "), about(0, r("euro")), r("!", loud)) + moves
    path.write_bytes(revised(body, comments=comment(0, "Net?")))
    assert play_python("revisions.py", sdk, tenant, "revisions", path)["revisions"] == [
        ["deleted", "100", "Ada", ""],
        ["inserted", "250", "Ada", "250"],
        ["comment", "Net?", "Dora", "euro"],
        ["formatted", "bold", "Cid", "!"],
        ["moved_to", "Then this.", "Ada", "Then this."],
        ["moved_from", "Then this.", "Ada", ""],
    ]
