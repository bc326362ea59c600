"""A ZIP archive of documents as one: each of its members is a part of the result, under a heading with its name.

Members that cannot be read are told of and left out. How many there are, how large they are together, and how many archives stand
inside of each other is bounded.
"""

from __future__ import annotations

import shutil
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from engines.build.assemble import chosen, document_of
from engines.build.inline import InlineRun
from engines.build.page_builder import PageBuilder
from engines.checkpoints import Checkpoints
from engines.containers.encoding import decode
from engines.containers.zip import DAMAGED, ENCRYPTED
from engines.context import Context, Source, no_progress
from engines.document import Document, Notice, Page
from engines.errors import SENTENCES, Code, DocumentError
from engines.formats.image import renumber
from engines.parameters import ParseParameters
from engines.salvage import Losses

MEDIA_TYPE = "application/zip"
UNSEEN = ("__MACOSX/", ".DS_Store", "Thumbs.db", "desktop.ini")
"""What programs put into archives for themselves."""
UTF_8 = 0x800
"""The flag of a member whose name is UTF-8."""


@dataclass(slots=True)
class Budget:
    """What may still be unpacked of one document, with all archives inside of it."""

    depth: int
    """Archives inside of each other."""
    members: int
    size: int
    """Bytes."""

    def spend(self, members: Sequence[zipfile.ZipInfo]) -> None:
        """Take note of the members of an archive. Raises DocumentError: DOCUMENT_TOO_LARGE."""
        self.members -= len(members)
        self.size -= sum(one.file_size for one in members)
        if self.members < 0:
            raise DocumentError(Code.DOCUMENT_TOO_LARGE, "more members than SHEAF_ARCHIVE_MEMBERS allows")
        if self.size < 0:
            raise DocumentError(Code.DOCUMENT_TOO_LARGE, f"{-self.size >> 20} MiB too many, unpacked")


_budget: ContextVar[Budget] = ContextVar("archive")

ReadMember = Callable[[Source, ParseParameters, Context], Document]


def read_archive(source: Source, parameters: ParseParameters, context: Context, read_member: ReadMember) -> Document:
    """Read an archive whose members `read_member` reads.

    Raises DocumentError: FILE_IS_BROKEN, DOCUMENT_TOO_LARGE for more members, bytes or archives in archives than the limits of
    `context` allow, NO_DATA_FOUND_IN_FILE, TOO_MANY_PAGES.
    """
    limits = context.limits
    budget = _budget.get(None) or Budget(limits.archive_depth, limits.archive_members, limits.archive_mb << 20)
    if not budget.depth:
        raise DocumentError(Code.DOCUMENT_TOO_LARGE, "archives inside of too many others")
    token = _budget.set(budget)
    budget.depth -= 1
    try:
        with zipfile.ZipFile(source.path) as archive:
            inner = replace(parameters, target_pages=None, max_pages=None)
            reader = ArchiveReader(archive, inner, context, read_member)
            budget.spend(reader.members)
            every = list(reader.pages())
    except (zipfile.BadZipFile, NotImplementedError) as error:
        raise DocumentError(Code.FILE_IS_BROKEN, str(error)) from error
    finally:
        budget.depth += 1
        _budget.reset(token)
    if not every and reader.losses.first is not None:
        raise reader.losses.first
    pages, total = chosen(every, parameters, context)
    document = document_of(pages, MEDIA_TYPE, total, losses=reader.losses)
    kept = {page.number for page in pages}
    document.warnings += [one for one in reader.warnings if one.page is None or one.page in kept]
    document.degraded = reader.degraded
    return document


class ArchiveReader:
    """Reads the members of one archive, in its order."""

    def __init__(
        self, archive: zipfile.ZipFile, parameters: ParseParameters, context: Context, read_member: ReadMember
    ) -> None:
        self.archive = archive
        self.parameters = parameters
        self.context = replace(context, progress=no_progress, checkpoints=Checkpoints(), probe_pages=False)
        self.progress = context.progress
        self.read_member = read_member
        self.losses = Losses()
        self.warnings: list[Notice] = []
        """Of members, their pages counted over the whole archive."""
        self.degraded = False
        self.count = 0
        """Of pages so far."""
        self.members = [one for one in archive.infolist() if not one.is_dir() and not is_unseen(one.filename)]

    def pages(self) -> Iterator[Page]:
        """The pages of all members, counted from 1, the first of each under its name."""
        with tempfile.TemporaryDirectory(prefix="sheaf-archive-", ignore_cleanup_errors=True) as folder:
            for number, member in enumerate(self.members):
                self.progress(number, len(self.members))
                document = self._read(member, Path(folder) / "member")
                if document is None:
                    continue
                self.warnings += [
                    replace(one, page=one.page + self.count if one.page else None) for one in document.warnings
                ]
                self.degraded = self.degraded or document.degraded
                for place, page in enumerate(document.pages):
                    renumber(page, range(self.count + 1, self.count + max(one.number for one in document.pages) + 1))
                    if not place:
                        name_page(page, shown_name(member))
                    yield page
                self.count += len(document.pages)

    def _read(self, member: zipfile.ZipInfo, path: Path) -> Document | None:
        """A member as a document; None for one that cannot be read, which is told."""
        name = shown_name(member)
        if member.flag_bits & ENCRYPTED:
            self._leave_out(name, DocumentError(Code.FILE_IS_PROTECTED))
            return None
        try:
            with self.archive.open(member) as packed, path.open("wb") as file:
                shutil.copyfileobj(packed, file)
            return self.read_member(Source(path=path, name=PurePosixPath(name).name), self.parameters, self.context)
        except DocumentError as error:
            self._leave_out(name, error)
        except DAMAGED as error:
            self._leave_out(name, DocumentError(Code.FILE_IS_BROKEN, str(error)[:200]))
        finally:
            path.unlink(missing_ok=True)
        return None

    def _leave_out(self, name: str, error: DocumentError) -> None:
        """Tell that a member could not be read."""
        self.losses.first = self.losses.first or error
        self.warnings.append(Notice(Code.PART_UNREADABLE, f"{name}: {SENTENCES[error.code]}"))


def is_unseen(name: str) -> bool:
    """Whether a member is none of the documents."""
    return (
        name.startswith(UNSEEN[0])
        or PurePosixPath(name).name in UNSEEN[1:]
        or PurePosixPath(name).name.startswith("._")
    )


def shown_name(member: zipfile.ZipInfo) -> str:
    """The name of a member; archives of old have it in the encoding of their system, which is not told."""
    name = member.filename
    if not (name.isascii() or member.flag_bits & UTF_8):
        name = decode(name.encode("cp437", "replace"))
    return name.replace("\\", "/")


def name_page(page: Page, name: str) -> None:
    """Put the name of a member above its first page."""
    builder = PageBuilder()
    builder.heading(1, [InlineRun(name)])
    page.items = [*builder.items, *page.items]
    page.text = f"{name}\n\n{page.text}".strip()
    if page.markdown is not None:
        page.markdown = f"# {name}\n\n{page.markdown}"
