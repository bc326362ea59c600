"""A picture as a PDF has it: what PDFium and the file tell of it, its bytes, its pixels."""

from __future__ import annotations

import ctypes
import functools
import io
import warnings
from typing import Any

import pypdfium2
from PIL import Image, ImageChops, ImageStat
from pypdfium2 import raw

from engines.containers.flate import FlateError
from engines.containers.pdfium.picture_files import is_whole_jpeg, png_of_rows, rows_of, unpacked

MOST_BYTES = 256 << 20
"""Of a JPEG after it was unpacked."""
AS_WRITTEN = frozenset(
    {
        raw.FPDF_COLORSPACE_DEVICEGRAY,
        raw.FPDF_COLORSPACE_DEVICERGB,
        raw.FPDF_COLORSPACE_CALGRAY,
        raw.FPDF_COLORSPACE_CALRGB,
        raw.FPDF_COLORSPACE_ICCBASED,
    }
)
"""Spaces of colour in which the bytes of a picture mean what they mean outside of a PDF."""
SAMPLE = 64
"""Pixels of each side of what two readings of a picture are compared by."""
UNLIKE = 24
"""Mean difference of two such readings, of 255, from which they show different things."""
VOID_PIXELS = 256
"""Smaller pictures may well be black: dots and rules."""
DAMAGE = (OSError, ValueError, SyntaxError, Image.DecompressionBombError, Image.DecompressionBombWarning)
"""What Pillow raises for a JPEG that it cannot open."""


class PictureObject:
    """An image object of a loaded page, of which so many pixels at most are decoded."""

    def __init__(self, document: Any, page: Any, handle: Any, most: int) -> None:
        self._document, self._page = document, page
        self._raw = ctypes.cast(handle, raw.FPDF_PAGEOBJECT)
        size = ctypes.c_uint(), ctypes.c_uint()
        raw.FPDFImageObj_GetImagePixelSize(self._raw, *size)
        self.width, self.height = (one.value for one in size)
        self.is_sound = 0 < self.width * self.height <= most
        self.depth = 0
        """Bits of its pixels where the file says that they are of AS_WRITTEN; else PDFium does, in the time of a small page."""
        self._filters = [self._filter(at) for at in range(raw.FPDFImageObj_GetImageFilterCount(self._raw))]
        self.decoded = 0
        """Pixels that were decoded."""

    def _filter(self, at: int) -> str:
        buffer = ctypes.create_string_buffer(64)
        raw.FPDFImageObj_GetImageFilter(self._raw, at, buffer, len(buffer))
        return buffer.value.decode("ascii", "replace")

    @functools.cached_property
    def _told(self) -> tuple[int, int]:
        facts = raw.FPDF_IMAGEOBJ_METADATA()
        raw.FPDFImageObj_GetImageMetadata(self._raw, self._page.raw, facts)
        return facts.bits_per_pixel, facts.colorspace

    @property
    def bits(self) -> int:
        """Of a pixel."""
        return self.depth or self._told[0]

    @property
    def _is_as_written(self) -> bool:
        """Whether its bytes, unpacked, are grey or RGB."""
        return bool(self.depth) or (self._told[0] in {8, 24} and self._told[1] in AS_WRITTEN)

    @property
    def is_jpeg(self) -> bool:
        """Whether its bytes are those of a JPEG, packed once more perhaps."""
        return self._filters[-1:] in (["DCTDecode"], ["DCT"])

    @property
    def _is_flate(self) -> bool:
        return self._filters[-1:] in (["FlateDecode"], ["Fl"])

    @property
    def _is_stencil(self) -> bool:
        """Whether it is a mask through which a colour is painted: it has no colours of its own."""
        return not self.depth and self._told == (1, raw.FPDF_COLORSPACE_UNKNOWN)

    @functools.cached_property
    def data(self) -> bytes:
        """What the document has of it, packed."""
        size = raw.FPDFImageObj_GetImageDataRaw(self._raw, None, 0)
        buffer = (ctypes.c_ubyte * size)()
        raw.FPDFImageObj_GetImageDataRaw(self._raw, buffer, size)
        return bytes(buffer)

    def jpeg(self) -> tuple[bytes, bool]:
        """The bytes of its JPEG file, none where they cannot be unpacked, and whether the file is whole."""
        content, _ = unpacked(self.data, self._filters[:-1], MOST_BYTES)
        return content, is_whole_jpeg(content)

    def is_seen_as(self, jpeg: bytes, *, is_plain: bool) -> bool:
        """Whether a JPEG shows by itself what the page shows of it; `is_plain` when nothing is known to speak against that."""
        try:
            with warnings.catch_warnings(), Image.open(io.BytesIO(jpeg)) as own:
                warnings.simplefilter("error", Image.DecompressionBombWarning)
                if own.size != (self.width, self.height) or own.mode not in {"L", "RGB"}:
                    return False
                if self.depth != 8 * len(own.mode):
                    self.depth = 0
                if not self._is_as_written:
                    return False
                if is_plain:
                    return True
                seen = self._drawn(SAMPLE, SAMPLE)
                own.draft("RGB", (2 * SAMPLE, 2 * SAMPLE))
                return seen is not None and is_alike(seen, own.convert("RGB").resize((SAMPLE, SAMPLE), reducing_gap=2))
        except DAMAGE:
            return False

    @functools.cached_property
    def _unpacked(self) -> tuple[bytes, bool]:
        """What is packed by nothing but Flate, and whether it came to its end; nothing of other pictures."""
        return unpacked(self.data, self._filters, self._needed) if self._is_flate else (b"", True)

    @property
    def _needed(self) -> int:
        """Bytes of all of its pixels."""
        return int(self.height * ((self.width * self.bits + 7) // 8))

    @property
    def is_complete(self) -> bool:
        """Whether all of its pixels are there, as far as it can be told."""
        content, is_ended = self._unpacked
        return is_ended or len(content) >= self._needed

    @property
    def mode(self) -> str:
        """That of its rows, as Pillow calls it."""
        return "L" if self.bits == 8 else "RGB"

    @property
    def has_rows(self) -> bool:
        """Whether its pixels may be there row by row."""
        return self._filters in (["FlateDecode"], ["Fl"]) and self._is_as_written

    def rows(self) -> bytes:
        """Its pixels row by row where the document has them so; nothing of another one."""
        content, _ = self._unpacked if self.has_rows else (b"", True)
        self.decoded = self.width * self.height
        return content if len(content) == self._needed else b""

    def png(self) -> bytes:
        """A PNG of these; nothing where there are not as many as there should be."""
        self.decoded = self.width * self.height
        try:
            return png_of_rows(rows_of(self.data, self.width * len(self.mode)), self.mode, (self.width, self.height))
        except (FlateError, ValueError):
            return b""

    def masked(self, opacity: bytes) -> Image.Image | None:
        """The picture with the opacity of each pixel; None where its pixels are not there row by row, or none is seen."""
        if not opacity.strip(b"\0") or not (rows := self.rows()):
            return None
        size = self.width, self.height
        image = Image.frombytes(self.mode, size, rows).convert("RGB")
        image.putalpha(Image.frombytes("L", size, opacity))
        return image

    def pixels(self, *, is_plain: bool) -> Image.Image | None:
        """The decoded picture; None when there is nothing to be seen of it."""
        self.decoded = self.width * self.height
        if is_plain and (rows := self.rows()):
            return Image.frombytes(self.mode, (self.width, self.height), rows)
        image = self._bitmap() if is_plain and not self._is_stencil else self._drawn(self.width, self.height)
        return None if image is None or self._is_void(image) else image

    def _drawn(self, width: int, height: int) -> Image.Image | None:
        """The picture drawn upright with so many pixels, what its mask leaves out transparent."""
        raw.FPDFImageObj_SetMatrix(self._raw, width, 0, 0, height, 0, 0)
        return _pillow(raw.FPDFImageObj_GetRenderedBitmap(self._document.raw, self._page.raw, self._raw))

    def _bitmap(self) -> Image.Image | None:
        """The picture without regard to a mask: a quarter of the memory for one without colours."""
        return _pillow(raw.FPDFImageObj_GetBitmap(self._raw))

    def _is_void(self, image: Image.Image) -> bool:
        """Whether nothing is to be seen of a picture, which is what data come to that PDFium cannot decode."""
        if image.mode == "RGBA" and image.getchannel("A").getextrema() == (0, 0):
            return True
        is_coded = bool(self._filters) and not self._is_flate and not self._is_stencil
        return is_coded and image.width * image.height >= VOID_PIXELS and image.convert("L").getextrema() == (0, 0)


def is_alike(seen: Image.Image, own: Image.Image) -> bool:
    """Whether a picture as it is seen is opaque, and in the colours of the picture as it is."""
    if seen.mode == "RGBA" and seen.getchannel("A").getextrema()[0] != 255:
        return False
    difference = ImageChops.difference(seen.convert("RGB"), own)
    return max(ImageStat.Stat(difference).mean) < UNLIKE


def _pillow(bitmap: Any) -> Image.Image | None:
    """A bitmap of PDFium for Pillow, and the bitmap freed; None of none."""
    if not bitmap:
        return None
    held = pypdfium2.PdfBitmap.from_raw(bitmap)
    try:
        image: Image.Image = held.to_pil().copy()
    finally:
        held.close()
    return image
