"""Small real documents, each with bytes of its own: what the jobs of the suite are made of."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterator

from examples import files, office, paper

Document = tuple[str, bytes]
"""A file's name and content."""


def mixture(count: int) -> Iterator[Document]:
    """So many documents, all kinds taking turns, so that any stretch of a job costs about the same."""
    originals = [(ending, make(), own) for ending, make, own in KINDS]
    for number in range(count):
        ending, content, own = originals[number % len(originals)]
        yield f"{number:05}.{ending}", own(content, number)


def remarked(content: bytes, number: int) -> bytes:
    """A PDF with a comment after its end, which readers pass over."""
    return content + f"\n% copy {number}\n".encode()


def zipped(content: bytes, number: int) -> bytes:
    """An office document whose archive has a comment."""
    target = io.BytesIO(content)
    with zipfile.ZipFile(target, "a") as archive:
        archive.comment = f"copy {number}".encode()
    return target.getvalue()


def numbered(content: bytes, number: int) -> bytes:
    """A text that ends with its number."""
    return content + f"\nCopy {number}\n".encode()


def closed(content: bytes, number: int) -> bytes:
    """A web page with its number in a last paragraph."""
    return content.replace(b"</main>", f"<p>Copy {number}</p></main>".encode())


def identified(content: bytes, number: int) -> bytes:
    """A mail with a message id of its own."""
    return content.replace(b"<20260422-0841@", f"<20260422-0841-{number}@".encode())


def tabled(content: bytes, number: int) -> bytes:
    """A table with a last row of its own."""
    return content + f"2026-03-26;Copy {number};2,0;9,9;8,0\n".encode()


KINDS: list[tuple[str, Callable[[], bytes], Callable[[bytes, int], bytes]]] = [
    ("pdf", paper.invoice, remarked),
    ("html", files.page, closed),
    ("docx", office.minutes, zipped),
    ("csv", files.data, tabled),
    ("xlsx", office.budget, zipped),
    ("eml", files.mail, identified),
    ("pdf", paper.form, remarked),
    ("md", files.notes, numbered),
]
"""Ending, what makes the original, and what makes a copy its own."""
