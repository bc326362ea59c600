"""The pictures of a page, each at its own resolution: a JPEG as it is, others as PNG, their masks as transparency."""

from __future__ import annotations

import ctypes
import functools
import io
import warnings
import zlib
from collections.abc import Callable, Collection
from typing import Any

import pypdfium2
from PIL import Image, ImageChops, ImageStat
from pypdfium2 import raw

from engines.containers.pdfium.drawings import matrix_of, shapes_of
from engines.containers.pdfium.page import DecodedPicture
from engines.containers.pdfium.picture_facts import PictureFacts
from engines.containers.pdfium.picture_files import is_whole_jpeg, png_of, png_of_rows, rows_of, unpacked
from engines.containers.pdfium.sight import Matrix, Sight, product

MOST_PIXELS = 64_000_000
"""Of a picture, and of all of a page, that are decoded: a sheet of A2 at 300 dpi has 35 million."""
MOST_OF_A_LOGO = 1_000_000
"""Of pictures that are likely to stand on many pages."""
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
"""Spaces of colour in which a JPEG means what it means outside of a PDF."""
SAMPLE = 64
"""Pixels of each side of what two readings of a picture are compared by."""
UNLIKE = 24
"""Mean difference of two such readings, of 255, from which they show different things."""
VOID_PIXELS = 256
"""Smaller pictures may well be black: dots and rules."""
DAMAGE = (OSError, ValueError, SyntaxError, Image.DecompressionBombError, Image.DecompressionBombWarning)
"""What Pillow raises for a JPEG that it cannot open."""


class PictureDecoder:
    """Decodes the pictures of one open document."""

    def __init__(self, document: Any, content: bytes) -> None:
        self._document = document
        self._facts = PictureFacts(content)
        self._files: dict[Any, bytes] = {}
        """The PNG files made so far, by what they show."""

    def pictures_of(self, page: Any, places: Collection[int]) -> dict[int, DecodedPicture]:
        """Pictures of a page by their places among all; a loaded page, which is not to be used for anything else any more."""
        sight, left = Sight(page), MOST_PIXELS
        images = [(one, outer) for kind, one, outer in shapes_of(page) if kind == raw.FPDF_PAGEOBJ_IMAGE]
        found = {}
        for place in places:
            handle, outer = images[place]
            turn = turn_of(product(matrix_of(handle), outer), sight)
            image = _Image(self._document, page, handle, left)
            found[place] = self._picture(image, turn)
            left -= image.decoded
        return found

    def _picture(self, image: _Image, turn: Image.Transpose | None) -> DecodedPicture:
        size = image.width, image.height
        if not image.is_sound:
            return DecodedPicture(b"", "png", *size, is_whole=False)
        is_plain = self._facts.is_plain(image.data)
        jpeg, is_whole = image.jpeg() if image.is_jpeg else (b"", True)
        if jpeg and turn is None and image.is_seen_as(jpeg, is_plain=is_plain):
            return DecodedPicture(jpeg, "jpg", *size, is_whole)
        has_rows = turn is None and is_plain and image.has_rows and not self._facts.is_predicted(image.data)
        if has_rows and (file := self._once(size, image.mode, lambda: image.data, image.png)):
            return DecodedPicture(file, "png", *size)
        is_whole = is_whole and image.is_complete
        pixels = image.pixels(is_plain=is_plain)
        if pixels is None:
            return DecodedPicture(b"", "png", *size, is_whole=False)
        seen = pixels if turn is None else pixels.transpose(turn)
        file = self._once(seen.size, seen.mode, seen.tobytes, lambda: png_of(seen, image.bits))
        return DecodedPicture(file, "png", *seen.size, is_whole)

    def _once(self, size: tuple[int, int], mode: str, content: Callable[[], bytes], make: Callable[[], bytes]) -> bytes:
        """The file of a picture with this content, made once: a logo may stand on every page. Large ones are none."""
        if size[0] * size[1] > MOST_OF_A_LOGO:
            return make()
        key = hash(content()), mode, size
        if key not in self._files:
            self._files[key] = make()
        return self._files[key]


class _Image:
    """An image object of a loaded page, of which so many pixels at most are decoded."""

    def __init__(self, document: Any, page: Any, handle: Any, most: int) -> None:
        self._document, self._page = document, page
        self._raw = ctypes.cast(handle, raw.FPDF_PAGEOBJECT)
        size = ctypes.c_uint(), ctypes.c_uint()
        raw.FPDFImageObj_GetImagePixelSize(self._raw, *size)
        self.width, self.height = (one.value for one in size)
        self.is_sound = 0 < self.width * self.height <= most
        facts = raw.FPDF_IMAGEOBJ_METADATA()
        if self.is_sound:
            raw.FPDFImageObj_GetImageMetadata(self._raw, page.raw, facts)
        self.bits, self._space = facts.bits_per_pixel, facts.colorspace
        self._filters = [self._filter(at) for at in range(raw.FPDFImageObj_GetImageFilterCount(self._raw))]
        self.decoded = 0
        """Pixels that were decoded."""

    def _filter(self, at: int) -> str:
        buffer = ctypes.create_string_buffer(64)
        raw.FPDFImageObj_GetImageFilter(self._raw, at, buffer, len(buffer))
        return buffer.value.decode("ascii", "replace")

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
        return bool(self.bits == 1 and self._space == raw.FPDF_COLORSPACE_UNKNOWN)

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
        if self._space not in AS_WRITTEN or self.bits not in {8, 24}:
            return False
        try:
            with warnings.catch_warnings(), Image.open(io.BytesIO(jpeg)) as own:
                warnings.simplefilter("error", Image.DecompressionBombWarning)
                if own.size != (self.width, self.height) or own.mode not in {"L", "RGB"}:
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
        return self._filters in (["FlateDecode"], ["Fl"]) and self._space in AS_WRITTEN and self.bits in {8, 24}

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
        except (zlib.error, ValueError):
            return b""

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


def turn_of(matrix: Matrix, sight: Sight) -> Image.Transpose | None:
    """How a picture with this matrix has to be turned, by right angles, or mirrored, to lie as it is seen."""
    a, b, c, d, _, _ = matrix
    start, right, up = sight.point(0, 0), sight.point(a, b), sight.point(c, d)
    across = right[0] - start[0], right[1] - start[1]
    upwards = up[0] - start[0], up[1] - start[1]
    lies = abs(across[1]) > abs(across[0])
    first = across[1] > 0 if lies else across[0] > 0
    second = upwards[0] > 0 if lies else upwards[1] < 0
    return TURNS[lies, first, second]


TURNS = {
    (False, True, True): None,
    (False, True, False): Image.Transpose.FLIP_TOP_BOTTOM,
    (False, False, True): Image.Transpose.FLIP_LEFT_RIGHT,
    (False, False, False): Image.Transpose.ROTATE_180,
    (True, True, True): Image.Transpose.ROTATE_270,
    (True, True, False): Image.Transpose.TRANSPOSE,
    (True, False, True): Image.Transpose.TRANSVERSE,
    (True, False, False): Image.Transpose.ROTATE_90,
}
"""By whether the picture lies on a side; whether its upper edge then runs down, else to the right; and whether its left edge then
rises to the right, else upwards."""


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
