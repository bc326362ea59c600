"""Makes the example documents anew: `python examples/make_documents.py [folder]`.

All of them belong to Norrvik Kayaks, a small boatyard that does not exist. The same versions of the libraries make the
same bytes, so that a change of the examples is a change somebody meant.
"""

from __future__ import annotations

import sys
from pathlib import Path

import files
import office
import paper

MAKERS = {
    "invoice.pdf": paper.invoice,
    "article.pdf": paper.article,
    "form.pdf": paper.form,
    "report.pdf": paper.report,
    "scan.pdf": paper.scan,
    "receipt.png": paper.receipt,
    "contract.docx": office.contract,
    "minutes.docx": office.minutes,
    "slides.pptx": office.slides,
    "budget.xlsx": office.budget,
    "page.html": files.page,
    "mail.eml": files.mail,
    "data.csv": files.data,
    "notes.md": files.notes,
    "letter.rtf": files.letter,
    "handbook.epub": files.handbook,
}


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent / "documents"
    folder.mkdir(parents=True, exist_ok=True)
    for name, make in MAKERS.items():
        content = make()
        (folder / name).write_bytes(content)
        print(f"{name:16} {len(content):7} bytes")


if __name__ == "__main__":
    main()
