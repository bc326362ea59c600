"""`annotate_links`: not set, a document keeps the links it is written with; false leaves their addresses out of all kinds."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.reading import read

from engines.context import Source
from engines.parameters import ParseParameters
from engines.passes.links import without_addresses
from engines.request import EngineRequest, run

ADDRESS = "https://norrvik.example/a_(b)"
KINDS = {
    "a.html": f'<p>See <a href="{ADDRESS}">the yard</a>.</p><table><tr><td><a href="{ADDRESS}">the yard</a><td>x</table>',
    "a.md": f"See [the yard](<{ADDRESS}>).",
    "a.adoc": f"See {ADDRESS}[the yard].",
    "a.eml": f'Subject: x\nContent-Type: text/html\n\n<p>See <a href="{ADDRESS}">the yard</a>.</p>',
}


@pytest.mark.parametrize("name", KINDS)
def test_addresses_are_left_out_where_the_job_says_so(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_text(KINDS[name], encoding="utf-8")

    def shown(**parameters: bool) -> str:
        source = Source(path=path, name=name)
        return run(EngineRequest(source=source, parameters=ParseParameters(**parameters))).outputs["output.md"].decode()

    assert ADDRESS in shown()
    assert ADDRESS in shown(annotate_links=True)
    assert ADDRESS not in shown(annotate_links=False)
    assert "the yard" in shown(annotate_links=False)


@pytest.mark.parametrize(
    ("markdown", "plain"),
    [
        ("See [a **b**](https://x.example) and `[c](d)`", "See a **b** and `[c](d)`"),
        (r"\[no](link) ![a](b.png)", r"\[no](link) ![a](b.png)"),
        ("```\n[a](b)\n```\n[c](d)", "```\n[a](b)\n```\nc"),
        ("[a](<https://x.example/a b>)[b](https://x.example/a_(b))", "ab"),
    ],
)
def test_code_pictures_and_escaped_brackets_stay(markdown: str, plain: str) -> None:
    assert without_addresses(markdown) == plain


def test_links_of_a_page_are_listed_in_any_case(tmp_path: Path) -> None:
    for wanted in (None, False, True):
        page = read(tmp_path, "a.html", KINDS["a.html"], annotate_links=wanted).pages[0]
        assert [one.url for one in page.links] == [ADDRESS, ADDRESS]
