"""Small forms with files, read by the parser of the `multipart` package; all others by werkzeug's own.

Werkzeug compiles two regular expressions for each request, since the boundary is part of them; that, and what it does for
each part, cost a small upload more than its hash and its way to the disk.
"""

from __future__ import annotations

import io
from typing import IO, Any

from multipart import (  # type: ignore[import-untyped] # multipart has no types
    MultipartError,
    MultipartSegment,
    PushMultipartParser,
)
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.formparser import FormDataParser

MULTIPART = "multipart/form-data"
SMALL_BYTES = 500_000
"""A form up to this size is read at once: werkzeug keeps the files of such a form in memory, too."""

Parsed = tuple[IO[bytes], MultiDict[str, Any], MultiDict[str, Any]]
"""The rest of the stream, the fields, the files."""


class UnusualError(Exception):
    """A form is not written as almost all clients write theirs."""


class FormParser(FormDataParser):
    """Werkzeug's parser of forms, with a shorter way for small and usual ones."""

    def parse(
        self, stream: IO[bytes], mimetype: str, content_length: int | None, options: dict[str, str] | None = None
    ) -> Parsed:
        """See werkzeug."""
        if mimetype == MULTIPART and content_length is not None and content_length <= SMALL_BYTES:
            body = stream.read(content_length)
            if len(body) < content_length:  # a raw stream may give less than it is asked for
                body += stream.read()
            try:
                fields, files = read_usual(body, (options or {}).get("boundary", ""))
                return stream, self.cls(fields), self.cls(files)
            except (MultipartError, UnusualError):
                stream = io.BytesIO(body)
        return super().parse(stream, mimetype, content_length, options)


def read_usual(body: bytes, boundary: str) -> tuple[list[tuple[str, str]], list[tuple[str, FileStorage]]]:
    """The fields and the files of a form. Raises UnusualError and MultipartError for what another parser should look at."""
    fields: list[tuple[str, str]] = []
    files: list[tuple[str, FileStorage]] = []
    unexpected = f"--{boundary}".encode()
    content = b""
    with PushMultipartParser(boundary, max_segment_count=100) as parser:
        for event in parser.parse(body):
            if isinstance(event, MultipartSegment):
                segment, content = event, b""
                is_plain = segment.charset is None and "*=" not in segment["Content-Disposition"]
                if not is_plain:  # encodings of their own, of the value or of the name
                    raise UnusualError
            elif event is not None:
                content = event
                if content.startswith(unexpected):  # a part without an empty line, and so without a body
                    raise UnusualError
            elif segment.filename is None:
                fields.append((segment.name, content.decode(errors="replace")))
            else:
                files.append((segment.name, FileStorage(io.BytesIO(content), segment.filename, segment.name)))
    return fields, files
