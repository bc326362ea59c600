"""Options of parse jobs of the newer official Python SDK, through the running stack (options.py beside this)."""

from __future__ import annotations

from pathlib import Path

from support import papers
from support.offices import SAID, counted, deck, filled_in, stamped
from support.running import Tenant
from support.sdks import play_python, versions


@versions("sdk", ["2.19.0"], daily=("2.19.0", "sqlite+valkey"))
def test_each_option_of_the_sdk_acts(sdk: Path, tenant: Tenant, tmp_path: Path) -> None:
    stamp = stamped("DRAFT")
    papers.pdf(
        tmp_path / "contract.pdf", *(papers.together(stamp, papers.chapter(one, 3)) for one in ("Terms", "Prices"))
    )
    papers.pdf(tmp_path / "transcript.pdf", counted(SAID))
    papers.pdf(tmp_path / "scan.pdf", papers.scan(papers.writing("A page that was scanned")), papers.chapter("Written"))
    papers.pdf(tmp_path / "form.pdf", filled_in)
    (tmp_path / "deck.pptx").write_bytes(deck())
    told = play_python("options.py", sdk, tenant, "options", tmp_path)

    ends = {handling: [page[-1] for page in pages] for handling, pages in told["watermarks"].items()}
    starts = {handling: [page[0] for page in pages] for handling, pages in told["watermarks"].items()}
    assert ends["move_to_end"] == ends["None"] == ["DRAFT", "DRAFT"]
    assert starts["move_to_start"] == ["DRAFT", "DRAFT"]
    assert "DRAFT" not in [*ends["remove"], *starts["remove"], *ends["move_to_start"], *starts["move_to_end"]]
    assert told["lines"] == {str(number): text for number, text in enumerate(SAID, 1)}
    assert told["slides"] == {
        "False": [[[1, "# Opening"], [2, "# Closing"]], 2],
        "True": [[[1, "# Opening"], [2, "# For the board alone"], [3, "# Closing"]], 3],
    }
    mean, least, scored, total = told["confidence"]
    assert 0.5 < least <= mean <= 1
    assert (scored, total) == (1, 2)
    assert told["forms"] == {
        "fields": {
            "Full name": ["text", "Ada Berg", None],
            "street": ["text", None, True],
            "Sails": ["checkbox", True, None],
            "Port": ["single_select", None, None],
            "Days": ["multi_select", None, None],
            "Boat": ["single_select", None, None],
        },
        "page": [612, 792, ["other"]],
    }
    assert told["pictures"] == [0, 0, 0, 1]
    assert "Input should be one of fast, cost_effective, agentic, agentic_plus" in told["unknown_tier"]
