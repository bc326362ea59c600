"""Which pictures of a PDF are kept, and as what: at their own resolution, with their masks, as they are seen."""

from __future__ import annotations

import io
import zlib
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageCms, ImageDraw
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas
from support import papers
from support.rawpdf import FONT, raw_pdf, stream

from engines.document import Document, Page, Picture
from engines.errors import Code, DocumentError

RGB = b"/ColorSpace /DeviceRGB /BitsPerComponent 8 "
GREY = b"/ColorSpace /DeviceGray /BitsPerComponent 8 "
UPRIGHT = b"100 0 0 100 100 300"
NOISE = Image.effect_noise((300, 200), 90).convert("RGB")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "paper.pdf"


def jpeg(image: Image.Image, **options: object) -> bytes:
    target = io.BytesIO()
    image.save(target, "JPEG", **options)
    return target.getvalue()


def arrow() -> Image.Image:
    """Red at its upper edge and blue at the left one, so that it shows how it lies."""
    image = Image.new("RGB", (60, 40), "white")
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, 5, 39), fill="blue")
    draw.rectangle((0, 0, 59, 5), fill="red")
    return image


def paper(
    path: Path,
    data: bytes,
    entries: bytes,
    size: tuple[int, int],
    *more: bytes,
    place: bytes = UPRIGHT,
    rotate: int = 0,
) -> Path:
    """A page of text with one picture, written object by object; the first of further objects has the number 7."""
    text = b"BT /F 12 Tf 72 700 Td (Some words that are enough to be a page of text.) Tj ET"
    content = b"%b q 0 0 1 rg %b cm /I Do Q" % (text, place)
    page = (
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Rotate %d /Contents 4 0 R "
        b"/Resources << /XObject << /I 5 0 R >> /Font << /F 6 0 R >> >> >>" % rotate
    )
    picture = stream(data, b"/Type /XObject /Subtype /Image /Width %d /Height %d %b " % (*size, entries))
    head = [b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>", page, stream(content)]
    path.write_bytes(raw_pdf([*head, picture, FONT, *more]))
    return path


def read(path: Path, **parameters: object) -> Document:
    return papers.read(path, disable_ocr=True, **parameters)


def only(path: Path) -> Picture:
    [page] = read(path).pages
    [picture] = page.images
    return picture


def pixels(picture: Picture) -> Image.Image:
    with Image.open(io.BytesIO(picture.content)) as image:
        image.load()
        assert image.size == (picture.width, picture.height)
        return image


def is_same(one: Image.Image, other: Image.Image) -> bool:
    return ImageChops.difference(one.convert("RGB"), other.convert("RGB")).getbbox() is None


def codes(document: Document) -> list[str]:
    return [note.code for note in document.warnings]


# As what they are kept


@pytest.mark.parametrize("inline", [False, True])
@pytest.mark.parametrize("mode", ["RGB", "L", "1", "P"])
def test_a_picture_comes_out_as_it_went_in_however_small_it_is_printed(path: Path, mode: str, inline: bool) -> None:
    image = (NOISE.quantize(16) if mode == "P" else NOISE.convert(mode)).convert("RGB" if inline else mode)

    def draw(canvas: Canvas) -> None:
        papers.lines(papers.FOX)(canvas)
        if inline:
            canvas.drawInlineImage(image, 72, 300, 60, 40)
        else:
            canvas.drawImage(ImageReader(image), 72, 300, 60, 40)

    picture = only(papers.pdf(path, draw))
    assert (picture.width, picture.height) == (300, 200)
    assert is_same(pixels(picture), image)
    assert picture.box is not None
    assert (picture.box.x, picture.box.y, picture.box.width, picture.box.height) == (72, 452, 60, 40)


@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_a_chart_at_the_resolution_of_print_comes_out_as_it_went_in(path: Path, mode: str) -> None:
    """Many of its rows are alike, below others that are not."""
    chart = Image.new(mode, (1200, 900), "white")
    for at in range(5):
        ImageDraw.Draw(chart).rectangle((100, 80 + 160 * at, 300 + 150 * at, 180 + 160 * at), fill="darkgreen")
    chart.paste(NOISE.convert(mode), (700, 300))
    packed = zlib.compress(chart.tobytes())
    picture = only(paper(path, packed, b"/Filter /FlateDecode " + (RGB if mode == "RGB" else GREY), chart.size))
    assert is_same(pixels(picture), chart)
    assert pixels(picture).mode == mode


def test_what_a_mask_leaves_out_is_transparent(path: Path) -> None:
    seen = Image.linear_gradient("L").resize(NOISE.size)
    image = NOISE.copy()
    image.putalpha(seen)
    draw = papers.together(
        papers.lines(papers.FOX), lambda canvas: canvas.drawImage(ImageReader(image), 72, 300, 60, 40, mask="auto")
    )
    found = pixels(only(papers.pdf(path, draw)))
    assert found.size == NOISE.size
    assert ImageChops.difference(found.getchannel("A"), seen).getextrema()[1] <= 1


@pytest.mark.parametrize("size", [(300, 200), (150, 100)])
def test_a_mask_tells_the_opacity_of_each_pixel_at_whatever_size(path: Path, size: tuple[int, int]) -> None:
    opacity = Image.linear_gradient("L").resize(size)
    mask = stream(
        zlib.compress(opacity.tobytes()),
        b"/Type /XObject /Subtype /Image /Width %d /Height %d /Filter /FlateDecode " % size + GREY,
    )
    entries = b"/Filter /FlateDecode /SMask 7 0 R " + RGB
    seen = pixels(only(paper(path, zlib.compress(NOISE.tobytes()), entries, NOISE.size, mask)))
    difference = ImageChops.difference(seen.getchannel("A"), opacity.resize(NOISE.size))
    assert difference.getextrema()[1] <= (0 if size == NOISE.size else 4)


@pytest.mark.parametrize("profile", [b"/N 3", b"/N 3 /Alternate /DeviceRGB"])
def test_pixels_in_the_colours_of_a_profile_are_kept_as_they_are(path: Path, profile: bytes) -> None:
    entries = b"/Filter /FlateDecode /BitsPerComponent 8 /ColorSpace [ /ICCBased 7 0 R ] "
    made = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    picture = only(paper(path, zlib.compress(NOISE.tobytes()), entries, NOISE.size, stream(made, profile)))
    assert is_same(pixels(picture), NOISE)


def test_a_jpeg_of_grey_that_is_said_to_be_of_colours_cannot_be_decoded(path: Path) -> None:
    page, found = warned(paper(path, jpeg(NOISE.convert("L")), b"/Filter /DCTDecode " + RGB, NOISE.size))
    assert (page.images, found) == ([], [Code.IMAGE_UNREADABLE])


def test_a_jpeg_is_kept_byte_for_byte(path: Path) -> None:
    content = jpeg(NOISE)
    picture = only(paper(path, content, RGB + b"/Filter /DCTDecode", NOISE.size))
    assert (picture.name, picture.media_type, picture.content) == ("img_p0_1.jpg", "image/jpeg", content)
    packed = zlib.compress(content)
    assert only(paper(path, packed, RGB + b"/Filter [/FlateDecode /DCTDecode]", NOISE.size)).content == content


def test_a_jpeg_with_a_mask_is_no_jpeg_any_more(path: Path) -> None:
    mask = Image.new("L", NOISE.size, 0)
    ImageDraw.Draw(mask).rectangle((0, 0, 149, 199), fill=255)
    soft = b"/Type /XObject /Subtype /Image /Width 300 /Height 200 /Filter /FlateDecode " + GREY
    entries = RGB + b"/Filter /DCTDecode /SMask 7 0 R"
    found = pixels(only(paper(path, jpeg(NOISE), entries, NOISE.size, stream(zlib.compress(mask.tobytes()), soft))))
    assert (found.format, found.getpixel((20, 100))[3], found.getpixel((280, 100))[3]) == ("PNG", 255, 0)


def test_a_jpeg_that_is_drawn_in_other_colours_shows_what_the_page_shows(path: Path) -> None:
    grey = Image.new("L", (80, 80), 20)
    entries = GREY + b"/Filter /DCTDecode"
    assert only(paper(path, jpeg(grey), entries, grey.size)).content == jpeg(grey)
    inverted = pixels(only(paper(path, jpeg(grey), entries + b" /Decode [1 0]", grey.size)))
    assert inverted.convert("L").getpixel((40, 40)) == pytest.approx(235, abs=2)
    cyan = Image.new("CMYK", (80, 80), (255, 0, 0, 0))
    entries = b"/ColorSpace /DeviceCMYK /BitsPerComponent 8 /Filter /DCTDecode /Decode [1 0 1 0 1 0 1 0]"
    red, green, blue = pixels(only(paper(path, jpeg(cyan), entries, cyan.size))).convert("RGB").getpixel((40, 40))
    assert red < min(green, blue)


def test_fax_and_stencils_stay_small(path: Path) -> None:
    words = papers.writing("Faxed words", width=800, height=600).convert("1")
    fax = io.BytesIO()
    words.save(fax, "TIFF", compression="group4")
    with Image.open(fax) as tiff:
        start, size = tiff.tag_v2[273][0], tiff.tag_v2[279][0]
        black_is_0 = tiff.tag_v2[262] == 1
    data = fax.getvalue()[start : start + size]
    way = b"/Filter /CCITTFaxDecode /DecodeParms << /K -1 /Columns 800 /Rows 600 /BlackIs1 %b >>"
    way %= b"false" if black_is_0 else b"true"
    picture = only(paper(path, data, b"/ColorSpace /DeviceGray /BitsPerComponent 1 " + way, words.size))
    found = pixels(picture)
    assert found.mode == "1"
    assert ImageChops.logical_xor(found, words).getbbox() is None or is_same(ImageChops.invert(found), words)
    stencil = pixels(only(paper(path, data, b"/ImageMask true /BitsPerComponent 1 " + way, words.size)))
    assert stencil.mode == "P"
    colors = {color for _, color in stencil.convert("RGBA").getcolors() or ()}
    assert (0, 0, 255, 255) in colors
    assert {color[3] for color in colors} == {0, 255}


# How they lie


@pytest.mark.parametrize(
    ("place", "rotate", "angle"),
    [
        (b"90 0 0 60 100 300", 0, 0),
        (b"0 90 -60 0 200 300", 0, 90),
        (b"-90 0 0 -60 200 400", 0, 180),
        (b"0 -90 60 0 100 400", 0, 270),
        (b"0 90 -60 0 200 300", 90, 0),
        (b"90 0 0 60 100 300", 270, 90),
    ],
)
def test_a_picture_lies_as_it_is_seen(path: Path, place: bytes, rotate: int, angle: int) -> None:
    entries = RGB + b"/Filter /FlateDecode"
    paper(path, zlib.compress(arrow().tobytes()), entries, (60, 40), place=place, rotate=rotate)
    assert is_same(pixels(only(path)), arrow().rotate(angle, expand=True))


def test_a_picture_that_is_mirrored_is_kept_mirrored(path: Path) -> None:
    entries = RGB + b"/Filter /FlateDecode"
    paper(path, zlib.compress(arrow().tobytes()), entries, (60, 40), place=b"-90 0 0 60 200 300")
    assert is_same(pixels(only(path)), arrow().transpose(Image.Transpose.FLIP_LEFT_RIGHT))


def test_a_picture_inside_of_a_drawing_is_a_picture(path: Path) -> None:
    def draw(canvas: Canvas) -> None:
        papers.lines(papers.FOX)(canvas)
        canvas.beginForm("drawing")
        canvas.drawImage(ImageReader(NOISE), 10, 10, 60, 40)
        canvas.endForm()
        canvas.translate(100, 200)
        canvas.scale(2, 2)
        canvas.doForm("drawing")

    picture = only(papers.pdf(path, draw))
    assert is_same(pixels(picture), NOISE)
    assert picture.box is not None
    assert (picture.box.x, picture.box.y, picture.box.width, picture.box.height) == (120, 492, 120, 80)


# Which are kept


def with_picture(width: float, height: float, x: float = 72, y: float = 200) -> papers.Draw:
    return papers.together(
        papers.lines(papers.FOX), lambda canvas: canvas.drawImage(ImageReader(NOISE), x, y, width, height)
    )


@pytest.mark.parametrize(
    ("drawing", "count"),
    [
        (with_picture(200, 25), 1),
        (with_picture(200, 24), 0),
        (with_picture(18, 18), 0),
        (with_picture(500, 700, 50, 20), 1),
        (with_picture(papers.WIDTH, papers.HEIGHT, 0, 0), 0),
        (with_picture(papers.WIDTH + 200, papers.HEIGHT + 200, -100, -100), 0),
        (with_picture(100, 100, -200), 0),
        (with_picture(100, 100, -50), 1),
    ],
)
def test_rules_icons_and_the_paper_itself_are_no_pictures(path: Path, drawing: papers.Draw, count: int) -> None:
    [page] = read(papers.pdf(path, drawing)).pages
    assert len(page.images) == count
    assert len([item for item in page.items if item.url]) == count


def test_a_picture_on_a_layer_that_is_switched_off_is_none(path: Path) -> None:
    """`/OC` marks what belongs to a layer (ISO 32000-1, 8.11.3.2)."""
    content = zlib.compress(NOISE.tobytes())
    for state, count in ((b"ON", 1), (b"OFF", 0)):
        paper(path, content, RGB + b"/Filter /FlateDecode", NOISE.size, b"<< /Type /OCG /Name (Shown) >>")
        laid = (
            path.read_bytes()
            .replace(b"/I Do", b"/OC /L BDC /I Do EMC")
            .replace(b"/Font << /F 6 0 R >>", b"/Font << /F 6 0 R >> /Properties << /L 7 0 R >>")
        )
        layers = b"/OCProperties << /OCGs [7 0 R] /D << /%b [7 0 R] >> >>" % state
        path.write_bytes(laid.replace(b"/Catalog", b"/Catalog " + layers))
        assert [len(page.images) for page in read(path).pages] == [count]


def test_one_picture_on_many_pages_has_one_name_and_one_look(path: Path) -> None:
    """Icons are often one black square each, and all of their shapes in the masks."""
    icons = []
    for corner in (0, 100):
        icon = Image.new("RGBA", (200, 200), (0, 0, 0, 0))
        icon.paste((0, 0, 0, 255), (corner, 0, corner + 100, 200))
        icons.append(ImageReader(icon))

    def draw(canvas: Canvas) -> None:
        papers.lines(papers.FOX)(canvas)
        for at, icon in enumerate(icons):
            canvas.drawImage(icon, 72 + 100 * at, 300, 60, 60, mask="auto")

    pages = read(papers.pdf(path, draw, draw)).pages
    assert [[one.name for one in page.images] for page in pages] == 2 * [["img_p0_1.png", "img_p0_2.png"]]
    assert [pixels(one).getpixel((10, 10))[3] for one in pages[1].images] == [255, 0]


# What is wrong with them


def warned(path: Path) -> tuple[Page, list[str]]:
    document = read(path)
    return document.pages[0], codes(document)


@pytest.mark.parametrize("share", [0.9, 0.5, 0.2])
def test_a_jpeg_that_was_cut_off_is_kept_as_far_as_it_goes_and_told(path: Path, share: float) -> None:
    content = jpeg(NOISE)
    paper(path, content[: int(share * len(content))], RGB + b"/Filter /DCTDecode", NOISE.size)
    page, told = warned(path)
    assert (len(page.images), told) == (1, [Code.IMAGE_UNREADABLE])
    with pytest.raises(DocumentError, match="IMAGE_UNREADABLE"):
        read(path, strict_mode_image_extraction=True)


def test_a_jpeg_with_some_bytes_behind_its_end_is_whole(path: Path) -> None:
    paper(path, jpeg(NOISE) + b"\r\n\0\0", RGB + b"/Filter /DCTDecode", NOISE.size)
    assert codes(read(path, strict_mode_image_extraction=True)) == []


@pytest.mark.parametrize("mode", [GREY, RGB])
def test_packed_pixels_that_were_cut_off_are_told(path: Path, mode: bytes) -> None:
    content = zlib.compress(NOISE.convert("L" if mode == GREY else "RGB").tobytes())
    entries = mode + b"/Filter /FlateDecode"
    assert warned(paper(path, content, entries, NOISE.size))[1] == []
    assert warned(paper(path, content[:-2], entries, NOISE.size))[1] == [], "all pixels are there"
    assert warned(paper(path, content[: len(content) // 2], entries, NOISE.size))[1] == [Code.IMAGE_UNREADABLE]


@pytest.mark.parametrize("filter_name", [b"DCTDecode", b"JBIG2Decode", b"JPXDecode"])
def test_what_cannot_be_decoded_is_left_out_and_told(path: Path, filter_name: bytes) -> None:
    page, told = warned(paper(path, b"no picture at all", RGB + b"/Filter /" + filter_name, NOISE.size))
    assert (page.images, told) == ([], [Code.IMAGE_UNREADABLE])
    assert "enough" in page.text


def test_a_picture_of_an_absurd_size_is_not_decoded(path: Path) -> None:
    page, told = warned(paper(path, zlib.compress(bytes(1 << 20)), RGB + b"/Filter /FlateDecode", (60_000, 60_000)))
    assert (page.images, told) == ([], [Code.IMAGE_UNREADABLE])
    page, told = warned(paper(path, zlib.compress(bytes(1 << 26)), RGB + b"/Filter /FlateDecode", (10, 10)))
    assert ([(one.width, one.height) for one in page.images], told) == ([(10, 10)], [])
