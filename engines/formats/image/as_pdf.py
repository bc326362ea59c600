"""Pictures as paper: each frame becomes the page of a PDF; engines/formats/image/__init__.py reads it like a scan."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from PIL import Image, ImageOps

from engines.build.images import opaque
from engines.context import Context, Source
from engines.errors import Code, DocumentError
from engines.salvage import DAMAGE, Losses

EXTENSIONS = ("png", "jpg", "jpeg", "gif", "bmp", "tiff", "tif", "webp", "avif")
ONE_PAGE = {"GIF", "PNG", "WEBP", "AVIF"}
"""Formats whose further frames are an animation, not pages."""
LONG_SIDE = 842.0
"""Height in points of the page (A4) that a picture without a believable resolution is put on."""
QUALITY = 92
"""Of the JPEG inside the PDF; less would blur small letters."""
MOST_FRAMES = 250
"""Frames written at once, at most."""
MOST_PIXELS = 32_000_000
"""Pixels of the frames that are held to be written at once."""
EVERY = 100
"""Frames counted between two looks at whether the work is still wanted."""
EMPTY, DPI_OF_EMPTY = (850, 1100), 100.0
"""Pixels, and pixels an inch, of the page of a frame that cannot be decoded."""
BELIEVABLE_DPI = range(100, 1201)
"""Cameras and screen shots say 72 or 96, whatever their size."""


@contextmanager
def opened_picture(source: Source) -> Iterator[Image.Image]:
    """A picture. Raises DocumentError: DOCUMENT_TOO_LARGE, and FILE_IS_BROKEN for what cannot be decoded."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # the error, at twice as much, is enough
            with Image.open(source.path) as image:
                yield image
    except Image.DecompressionBombError as error:
        raise DocumentError(Code.DOCUMENT_TOO_LARGE, str(error)) from error
    except (OSError, ValueError, SyntaxError) as error:
        # Pillow raises SyntaxError for some broken PNG files
        raise DocumentError(Code.FILE_IS_BROKEN, str(error)[:200]) from error


def frame_count(image: Image.Image, context: Context) -> int:
    """How many pages a picture has; frames that nothing leads to any more do not count."""
    if image.format in ONE_PAGE:
        return 1
    count = 1
    try:
        while True:
            image.seek(count)
            count += 1
            if count % EVERY == 0:
                context.progress(0, count)
    except DAMAGE:  # EOFError is the usual end
        return count


def as_pdf(source: Source, context: Context, losses: Losses | None = None) -> bytes:
    """The picture as a PDF of one page a frame. Raises DocumentError as `opened_picture` does, and TOO_MANY_PAGES."""
    with opened_picture(source) as image:
        count = frame_count(image, context)
        if count > context.limits.max_pages:
            raise DocumentError(Code.TOO_MANY_PAGES, f"{context.limits.max_pages} allowed")
        return paper_of(image, range(1, count + 1), context, losses)


def paper_of(image: Image.Image, numbers: Sequence[int], context: Context, losses: Losses | None = None) -> bytes:
    """A PDF of some frames (from 1). With `losses`, one that cannot be decoded is an empty page, and noted there."""
    target = io.BytesIO()
    for number, (first, dpi, others) in enumerate(batches(frames(image, numbers, losses))):
        context.progress(0, 1)
        options = {} if first.mode == "1" else {"quality": QUALITY}
        append = {"append": number > 0, "save_all": True, "append_images": others}
        first.save(target, "PDF", resolution=dpi, **append, **options)
    return target.getvalue()


def batches(
    frames_with_dpi: Iterator[tuple[Image.Image, float]],
) -> Iterator[tuple[Image.Image, float, list[Image.Image]]]:
    """Frames to be written at once: a first one, its resolution, and further ones like it.

    Each writing reads all that was written before. So many small frames go together, and of large ones few, for they are
    held in memory meanwhile.
    """
    held: list[Image.Image] = []
    kind: tuple[str, float] = ("", 0.0)
    for frame, dpi in frames_with_dpi:
        pixels = frame.width * frame.height * (len(held) + 1)
        if held and (kind != (frame.mode, dpi) or pixels > MOST_PIXELS or len(held) >= MOST_FRAMES):
            yield held[0], kind[1], held[1:]
            held = []
        kind = (frame.mode, dpi)
        held.append(frame.copy())
    if held:
        yield held[0], kind[1], held[1:]


def frames(image: Image.Image, numbers: Sequence[int], losses: Losses | None) -> Iterator[tuple[Image.Image, float]]:
    """Some frames (from 1), upright by their EXIF, without transparency, each with the pixels an inch that its page shall have.

    With `losses`, one that cannot be decoded is an empty page, and noted there.
    """
    for number in numbers:
        if losses is None:
            yield frame_of(image, number)
            continue
        frame = Image.new("1", EMPTY, "white"), DPI_OF_EMPTY
        with losses.part(f"frame {number}", number, Code.IMAGE_UNREADABLE):
            frame = frame_of(image, number)
        yield frame


def frame_of(image: Image.Image, number: int) -> tuple[Image.Image, float]:
    """A frame, counted from 1, decoded, and its pixels an inch. Raises what Pillow does for damaged ones."""
    image.seek(number - 1)
    upright = ImageOps.exif_transpose(image)
    return opaque(upright), resolution(upright)


def resolution(frame: Image.Image) -> float:
    """Pixels an inch: the frame's own where it is that of a scan, else such that its longer side is `LONG_SIDE`."""
    dpi = frame.info.get("dpi", (0, 0))[0]
    if dpi and round(float(dpi)) in BELIEVABLE_DPI:
        return float(dpi)
    return max(frame.width, frame.height) * 72 / LONG_SIDE
