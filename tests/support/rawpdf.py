"""PDFs written object by object, for what no library would write: missing pages, broken pictures."""

from __future__ import annotations

from collections.abc import Sequence

FONT = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"


def raw_pdf(objects: Sequence[bytes]) -> bytes:
    """A PDF of these objects, numbered from 1; the first is its catalog."""
    body, offsets = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, start=1):
        offsets.append(len(body))
        body += b"%d 0 obj\n%b\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    size = len(objects) + 1
    trailer = b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (size, len(body))
    return body + b"xref\n0 %d\n0000000000 65535 f \n" % size + table + trailer


def stream(content: bytes, entries: bytes = b"") -> bytes:
    """A stream object."""
    return b"<< /Length %d %b>>\nstream\n%b\nendstream" % (len(content), entries, content)


def with_missing_pages(good: int, missing: int) -> bytes:
    """Pages that say "A good page", and after them some that the file only promises."""
    kids = b" ".join([b"3 0 R"] * good + [b"99 0 R"] * missing)
    page = (
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 300] /Contents 4 0 R /Resources << /Font << /F 5 0 R >> >> >>"
    )
    return raw_pdf(
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Kids [%b] /Count %d >>" % (kids, good + missing),
            page,
            stream(b"BT /F 12 Tf 50 50 Td (A good page) Tj ET"),
            FONT,
        ]
    )


def with_picture(data: bytes, kind: bytes) -> bytes:
    """A page of text with a picture of 50 by 50 pixels, the bytes of which may be anything."""
    page = (
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R "
        b"/Resources << /XObject << /I 5 0 R >> /Font << /F 6 0 R >> >> >>"
    )
    text = b"BT /F 12 Tf 72 700 Td (Some words that are enough to be a page of text.) Tj ET"
    picture = (
        b"/Type /XObject /Subtype /Image /Width 50 /Height 50 /ColorSpace /DeviceRGB /BitsPerComponent 8 /Filter /%b "
    )
    return raw_pdf(
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            page,
            stream(text + b" q 100 0 0 100 100 300 cm /I Do Q"),
            stream(data, picture % kind),
            FONT,
        ]
    )
