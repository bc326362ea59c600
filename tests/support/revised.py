"""Word documents with tracked changes and comments, written out of WordprocessingML, and what is told of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from support.engine_runs import written
from support.specimens import archive

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
NAMESPACES = (
    f'xmlns:w="{W}" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" '
    'xmlns:w14="http://schemas.microsoft.com/office/word/2010/wordml" '
    'xmlns:w15="http://schemas.microsoft.com/office/word/2012/wordml"'
)
RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
KINDS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
ROOTS = {"comments": "comments", "commentsExtended": "w15:commentsEx", "header": "hdr", "footnotes": "footnotes"}
STYLES = (
    '<w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:name w:val="Normal"/></w:style>'
    '<w:style w:type="paragraph" w:styleId="Heading1"><w:name w:val="heading 1"/></w:style>'
)


def revised(body: str, **parts: str) -> bytes:
    """A document with this in its body, and what is in its other parts, such as `header`, each with the id `rNAME`."""
    parts = {"styles": STYLES, **parts}
    related = "".join(f'<Relationship Id="r{name}" Type="{KINDS}/{name}" Target="{name}.xml"/>' for name in parts)
    return archive({
        "_rels/.rels": f'<Relationships xmlns="{RELATIONS}"><Relationship Id="r1" Type="{KINDS}/officeDocument" '
        'Target="word/document.xml"/></Relationships>',
        "word/_rels/document.xml.rels": f'<Relationships xmlns="{RELATIONS}">{related}</Relationships>',
        "word/document.xml": f"<w:document {NAMESPACES}><w:body>{body}</w:body></w:document>",
        **{f"word/{name}.xml": part(name, content) for name, content in parts.items()},
    })  # fmt: skip


def part(name: str, content: str) -> str:
    root = ROOTS.get(name, name)
    root = root if ":" in root else f"w:{root}"
    return f"<{root} {NAMESPACES}>{content}</{root}>"


def p(*content: str, properties: str = "") -> str:
    """A paragraph."""
    return f"<w:p>{f'<w:pPr>{properties}</w:pPr>' if properties else ''}{''.join(content)}</w:p>"


def r(text: str, properties: str = "") -> str:
    """A run."""
    return f'<w:r>{f"<w:rPr>{properties}</w:rPr>" if properties else ""}<w:t xml:space="preserve">{text}</w:t></w:r>'


def by(author: str = "Ada", day: int = 1) -> str:
    """Whose change it is, and of which day."""
    return f'w:id="1" w:author="{author}" w:date="2026-05-{day:02}T10:00:00Z"'


def change(tag: str, *content: str, author: str = "Ada", day: int = 1) -> str:
    """A change, such as `ins`, of what is in it."""
    return f"<w:{tag} {by(author, day)}>{''.join(content)}</w:{tag}>"


def deleted(text: str, tag: str = "del", author: str = "Ada", day: int = 1) -> str:
    """A text that was deleted, or moved away."""
    return change(tag, f'<w:r><w:delText xml:space="preserve">{text}</w:delText></w:r>', author=author, day=day)


def about(key: int, *content: str) -> str:
    """Something that a comment is about."""
    end = f'<w:commentRangeEnd w:id="{key}"/><w:r><w:commentReference w:id="{key}"/></w:r>'
    return f'<w:commentRangeStart w:id="{key}"/>{"".join(content)}{end}'


def comment(key: int, *lines: str, author: str = "Dora") -> str:
    """A comment of some paragraphs, of which the last is known as `keyN`."""
    named = "".join(f'<w:p w14:paraId="{key:08}">{r(line)}</w:p>' for line in lines)
    return f'<w:comment w:id="{key}" w:author="{author}">{named}</w:comment>'


def table(*rows: Iterable[str], changes: Mapping[int, str] | None = None) -> str:
    """A table with a paragraph in each cell; `changes` are properties of rows, by number."""
    lines = (
        f"<w:tr><w:trPr>{(changes or {}).get(number, '')}</w:trPr>{''.join(f'<w:tc>{p(cell)}</w:tc>' for cell in row)}</w:tr>"
        for number, row in enumerate(rows)
    )
    return f"<w:tbl>{''.join(lines)}</w:tbl>"


Told = tuple[str, str, str]
"""Kind, content, and what it is about."""


def told(path: Path, content: bytes, **parameters: Any) -> list[Told]:
    """The revisions of all pages, each found where it says that it is."""
    return [told_of(one, page["md"]) for page in pages(path, content, **parameters) for one in page["revisions"]]


def pages(path: Path, content: bytes, **parameters: Any) -> list[dict[str, Any]]:
    """The pages of a document read with its revisions, with the same text as without."""
    path.write_bytes(content)
    *plain, _ = written(path, **parameters)
    *annotated, found = written(path, annotate_revisions=True, **parameters)
    assert annotated == plain
    return found


def told_of(revision: dict[str, Any], markdown: str) -> Told:
    """What a revision tells; its places are those of its target in the Markdown of its page, marks of formatting aside."""
    spans = revision["targetSpans"] or [revision]
    assert revision["target"] == "\n".join(span["target"] for span in spans)
    if all(span["startIndex"] is not None for span in spans):
        for span in spans:
            assert plain(cut(markdown, span)) == plain(span["target"])
        assert revision["startIndex"] == min(span["startIndex"] for span in spans)
        assert revision["endIndex"] == max(span["endIndex"] for span in spans)
    return revision["type"], revision["content"], revision["target"]


def cut(markdown: str, span: dict[str, Any]) -> str:
    """What stands between the indices of a span, which count in UTF-16."""
    return markdown.encode("utf-16-le")[2 * span["startIndex"] : 2 * span["endIndex"]].decode("utf-16-le")


def plain(text: str) -> str:
    """A text without what Markdown and the form of its lines add to it."""
    for mark in ("**", "*", "\\", "`", "<br/>"):
        text = text.replace(mark, "")
    return "".join(text.split())
