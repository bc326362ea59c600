"""What the body of a Word document refers to, and what of it is asked for."""

from __future__ import annotations

from dataclasses import dataclass

from engines.build.images import ImageStore
from engines.containers.ooxml import Element
from engines.containers.zip import Archive, Relation, relations
from engines.formats.docx.comments import comments_of
from engines.formats.docx.notes import Notes, notes_of
from engines.formats.docx.revisions import DocxRevisions
from engines.formats.docx.styles import DocxStyles, Numbering


@dataclass(slots=True)
class Parts:
    """What the body of a document refers to."""

    archive: Archive
    relations: dict[str, Relation]
    """By id."""
    styles: DocxStyles
    numbering: Numbering
    notes: Notes
    image_store: ImageStore
    revisions: DocxRevisions | None = None
    """None when there are none that anybody asks for."""

    def target(self, relation: str) -> str:
        """The name of the part, or the address, that a relation's id means; empty when there is no such relation."""
        return self.relations.get(relation, Relation("", "")).target


def main_part(archive: Archive) -> str:
    """The name of the part that holds the text."""
    targets = (one.target for one in relations(archive, "").values() if one.kind == "officeDocument")
    return next(targets, "word/document.xml")


def document_parts(
    archive: Archive, main: str, root: Element | None, image_store: ImageStore, *, with_changes: bool
) -> Parts:
    """What the body refers to; `root` is the part that it stands in. Comments are told always, tracked changes `with_changes`."""
    related = relations(archive, main)
    by_kind = {one.kind: one.target for one in related.values()}

    def part(kind: str) -> Element | None:
        return archive.referred_xml(by_kind.get(kind, ""))

    styles = DocxStyles(part("styles"))
    notes = notes_of({kind: part(f"{kind}s") for kind in ("footnote", "endnote")}, part("settings"))
    parts = Parts(archive, related, styles, Numbering(part("numbering"), styles), notes, image_store)
    if with_changes or "comments" in by_kind:
        texts = [*([] if root is None else root), *notes.texts.values()]
        comments = comments_of(part("comments"), part("commentsExtended"), texts, styles)
        if with_changes or comments:
            parts.revisions = DocxRevisions(styles, comments, tells_changes=with_changes)
    return parts
