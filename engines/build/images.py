"""Pictures inside documents: named, measured, and kept when the job wants them."""

from __future__ import annotations

import io
import warnings
from collections import Counter

from PIL import Image

from engines.amplification import spend_picture
from engines.document import Box, ImageKind, Picture
from engines.errors import Code
from engines.parameters import ParseParameters, takes_pictures_out
from engines.salvage import Losses

MOST_PICTURES = 35
"""Pictures kept of one page; the hosted service has the same bound."""
KEPT_AS_IS = {"PNG": "png", "JPEG": "jpg", "GIF": "gif", "WEBP": "webp"}
"""Formats every browser shows; others are kept as PNG."""


class ImageStore:
    """The pictures of one document; those that cannot be decoded are among its losses."""

    def __init__(self, parameters: ParseParameters, losses: Losses | None = None) -> None:
        self.is_open = takes_pictures_out(parameters)
        self.losses = losses or Losses()
        self._count: Counter[int] = Counter()
        self._seen: Counter[int] = Counter()

    def picture(self, content: bytes, page: int, box: Box | None = None) -> Picture | None:
        """The picture of these bytes on a page (from 1), named such as `img_p0_1.png`: its page from 0, its number there from 1.

        None when pictures are not wanted, the page has its share, or the bytes are no picture that can be decoded.
        """
        if not self.is_open or self._count[page] >= MOST_PICTURES:
            return None
        self._seen[page] += 1
        image: tuple[bytes, str, tuple[int, int]] | None = None
        with (
            self.losses.part(f"picture {self._seen[page]}", page, Code.IMAGE_UNREADABLE),
            warnings.catch_warnings(),
        ):
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            image = browsable(content)
        if image is None:
            return None
        content, extension, (width, height) = image
        if not spend_picture(len(content)):
            self.losses.note(f"picture {self._seen[page]}", page, Code.TOO_MANY_PICTURES)
            return None
        self._count[page] += 1
        name = f"img_p{page - 1}_{self._count[page]}.{extension}"
        media_type = f"image/{'jpeg' if extension == 'jpg' else extension}"
        return Picture(name, ImageKind.EMBEDDED, box, width, height, content, media_type)


def browsable(content: bytes) -> tuple[bytes, str, tuple[int, int]]:
    """The bytes of a picture in a format that browsers show, its extension, and its width and height in pixels.

    Raises what Pillow raises for a damaged picture (engines.salvage.DAMAGE).
    """
    with Image.open(io.BytesIO(content)) as image:
        extension = KEPT_AS_IS.get(image.format or "")
        if extension:
            size = image.size
            decode(image)
            return content, extension, size
        target = io.BytesIO()
        image.convert("RGBA" if "A" in image.getbands() else "RGB").save(target, "PNG")
        return target.getvalue(), "png", image.size


def decode(image: Image.Image) -> None:
    """Look whether a picture can be decoded to its end, as cheaply as that can be had. Raises what Pillow does for damaged ones."""
    if image.format == "JPEG":
        image.draft("L", (max(1, image.width // 8), max(1, image.height // 8)))
    image.load()


def opaque(frame: Image.Image) -> Image.Image:
    """The frame on white, grey or coloured."""
    if frame.mode in {"1", "L", "RGB"}:
        return frame
    if frame.mode in {"I", "I;16", "F"}:
        return frame.convert("L")
    if not frame.has_transparency_data:
        return frame.convert("RGB")
    layer = frame.convert("RGBA")
    page = Image.new("RGB", frame.size, "white")
    page.paste(layer, mask=layer.getchannel("A"))
    return page
