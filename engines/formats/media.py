"""Pictures inside documents: named, measured, and kept when the job wants them."""

from __future__ import annotations

import io
import warnings
from collections import Counter

from PIL import Image

from engines.document import Box, ImageKind, Picture
from engines.document import Warning as Note
from engines.errors import SENTENCES, Code
from engines.parameters import ParseParameters, takes_pictures_out

MOST_PICTURES = 35
"""Pictures kept of one page; the hosted service has the same bound."""
KEPT_AS_IS = {"PNG": "png", "JPEG": "jpg", "GIF": "gif", "WEBP": "webp"}
"""Formats every browser shows; others are kept as PNG."""


class Album:
    """The pictures of one document."""

    def __init__(self, parameters: ParseParameters) -> None:
        self.is_open = takes_pictures_out(parameters)
        self.warnings: list[Note] = []
        self._count: Counter[int] = Counter()

    def picture(self, content: bytes, page: int, box: Box | None = None) -> Picture | None:
        """The picture of these bytes on a page (from 1).

        None when pictures are not wanted, the page has its share, or the bytes are no picture that can be decoded.
        """
        if not self.is_open or self._count[page] >= MOST_PICTURES:
            return None
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error", Image.DecompressionBombWarning)
                content, extension, (width, height) = browsable(content)
        except (
            OSError,
            ValueError,
            SyntaxError,
            Image.DecompressionBombError,
            Image.DecompressionBombWarning,
        ):
            # Pillow raises SyntaxError for some broken PNG files
            self.warnings.append(Note(Code.IMAGE_UNREADABLE, SENTENCES[Code.IMAGE_UNREADABLE], page))
            return None
        self._count[page] += 1
        name = f"img_p{page - 1}_{self._count[page]}.{extension}"
        media_type = f"image/{'jpeg' if extension == 'jpg' else extension}"
        return Picture(name, ImageKind.EMBEDDED, box, width, height, content, media_type)


def browsable(content: bytes) -> tuple[bytes, str, tuple[int, int]]:
    """The bytes of a picture in a format that browsers show, its extension, and its size in pixels."""
    with Image.open(io.BytesIO(content)) as image:
        extension = KEPT_AS_IS.get(image.format or "")
        if extension:
            return content, extension, image.size
        target = io.BytesIO()
        image.convert("RGBA" if "A" in image.getbands() else "RGB").save(target, "PNG")
        return target.getvalue(), "png", image.size
