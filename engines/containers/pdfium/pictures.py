"""The pictures of a page, each at its own resolution: a JPEG as it is, others as PNG, their masks as transparency."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from PIL import Image
from pypdfium2 import raw

from engines.containers.pdfium.drawings import matrix_of, shapes_of
from engines.containers.pdfium.page import DecodedPicture
from engines.containers.pdfium.picture_facts import PictureFacts
from engines.containers.pdfium.picture_files import png_of
from engines.containers.pdfium.picture_objects import PictureObject
from engines.containers.pdfium.sight import Matrix, Sight, product

MOST_PIXELS = 64_000_000
"""Of a picture, and of all of a page, that are decoded: a sheet of A2 at 300 dpi has 35 million."""
MOST_OF_A_LOGO = 1_000_000
"""Of pictures that are likely to stand on many pages."""


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
            image = PictureObject(self._document, page, handle, left)
            found[place] = self._picture(image, turn)
            left -= image.decoded
        return found

    def _picture(self, image: PictureObject, turn: Image.Transpose | None) -> DecodedPicture:
        size = image.width, image.height
        if not image.is_sound:
            return DecodedPicture(b"", "png", *size, is_whole=False)
        is_plain, image.depth = self._facts.is_plain(image.data), self._facts.depth(image.data)
        jpeg, is_whole = image.jpeg() if image.is_jpeg else (b"", True)
        opacity = b"" if is_plain else self._facts.mask_of(image.data, size)
        if jpeg and turn is None and not opacity and image.is_seen_as(jpeg, is_plain=is_plain):
            return DecodedPicture(jpeg, "jpg", *size, is_whole)
        has_rows = turn is None and is_plain and image.has_rows and not self._facts.is_predicted(image.data)
        if has_rows and (file := self._once(size, image.mode, lambda: image.data, image.png)):
            return DecodedPicture(file, "png", *size)
        is_whole = is_whole and image.is_complete
        pixels = image.masked(opacity) or image.pixels(is_plain=is_plain)
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
