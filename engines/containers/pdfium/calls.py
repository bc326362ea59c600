"""The calls of PDFium that a page takes thousands of, bound by plain prototypes.

Those of pypdfium2 check every argument, which costs three times as much as the call itself. Handles are integers here, and what
is filled in is given by its address. The interpreter's lock is held: letting go of it costs as much as a call.

What each character, run and path is asked for is `untyped`: turning arguments into types of C costs as much as such a call again,
so handles and addresses are turned once (`argument`, `ctypes.byref`), and an integer is an int of C as it is.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import Any

from pypdfium2 import raw

HANDLE, INT, FLOAT, SIZE = ctypes.c_void_p, ctypes.c_int, ctypes.c_float, ctypes.c_ulong


def bound(name: str, result: Any, *arguments: Any) -> Any:
    """A function of PDFium that takes and gives these types of C."""
    address = ctypes.cast(getattr(raw, name), HANDLE).value
    return ctypes.PYFUNCTYPE(result, *arguments)(address)  # type: ignore[arg-type] # an address is what it takes here


def untyped(name: str, result: Any) -> Any:
    """A function of PDFium that gives this type, and takes arguments as they are."""
    return bound(name, result)


def argument(handle: int | None) -> Any:
    """A handle as `untyped` functions take it."""
    return HANDLE.from_param(handle)


text_of = bound("FPDFText_GetText", INT, HANDLE, INT, INT, HANDLE)
unicode_at = bound("FPDFText_GetUnicode", ctypes.c_uint, HANDLE, INT)
object_at = untyped("FPDFText_GetTextObject", HANDLE)
loose_box_at = untyped("FPDFText_GetLooseCharBox", None)
matrix_at = untyped("FPDFText_GetMatrix", None)
origin_at = untyped("FPDFText_GetCharOrigin", None)
size_at = untyped("FPDFText_GetFontSize", ctypes.c_double)
is_unmapped_at = bound("FPDFText_HasUnicodeMapError", INT, HANDLE, INT)

font_of_text = bound("FPDFTextObj_GetFont", HANDLE, HANDLE)
font_name = bound("FPDFFont_GetBaseFontName", ctypes.c_size_t, HANDLE, HANDLE, ctypes.c_size_t)
font_flags = bound("FPDFFont_GetFlags", INT, HANDLE)
font_weight = bound("FPDFFont_GetWeight", INT, HANDLE)

kind_of = untyped("FPDFPageObj_GetType", INT)
bounds_of = untyped("FPDFPageObj_GetBounds", INT)
matrix_of = untyped("FPDFPageObj_GetMatrix", INT)
fill_of = untyped("FPDFPageObj_GetFillColor", INT)
stroke_of = untyped("FPDFPageObj_GetStrokeColor", INT)
count_of_marks = bound("FPDFPageObj_CountMarks", INT, HANDLE)
mark_of = bound("FPDFPageObj_GetMark", HANDLE, HANDLE, SIZE)
name_of_mark = bound("FPDFPageObjMark_GetName", INT, HANDLE, HANDLE, SIZE, HANDLE)
string_of_mark = bound("FPDFPageObjMark_GetParamStringValue", INT, HANDLE, ctypes.c_char_p, HANDLE, SIZE, HANDLE)

count_of_objects = untyped("FPDFPage_CountObjects", INT)
object_of_page = untyped("FPDFPage_GetObject", HANDLE)
count_in_form = untyped("FPDFFormObj_CountObjects", INT)
object_in_form = bound("FPDFFormObj_GetObject", HANDLE, HANDLE, SIZE)

draw_mode_of = untyped("FPDFPath_GetDrawMode", INT)
count_of_segments = untyped("FPDFPath_CountSegments", INT)
segment_of = untyped("FPDFPath_GetPathSegment", HANDLE)
kind_of_segment = untyped("FPDFPathSegment_GetType", INT)
point_of_segment = untyped("FPDFPathSegment_GetPoint", INT)
is_closing = untyped("FPDFPathSegment_GetClose", INT)

pixels_of = untyped("FPDFImageObj_GetImagePixelSize", INT)


def handle_of(value: Any) -> int:
    """The handle behind a pointer of pypdfium2."""
    return ctypes.cast(value, HANDLE).value or 0


def color_of(read: Callable[..., int], page_object: Any) -> int:
    """The colour that one of `fill_of` and `stroke_of` tells of an `argument`, as 0xRRGGBBAA."""
    parts = (ctypes.c_uint * 4)()
    read(page_object, *(ctypes.byref(parts, at) for at in (0, 4, 8, 12)))
    red, green, blue, alpha = parts
    return (red & 0xFF) << 24 | (green & 0xFF) << 16 | (blue & 0xFF) << 8 | alpha & 0xFF


def utf16(read: Callable[[Any, int], int]) -> str:
    """A text that PDFium writes into a buffer of so many bytes, saying how many it needs, the end of the text included."""
    size = read(None, 0)
    if size <= 2:  # the end alone
        return ""
    buffer = ctypes.create_string_buffer(size)
    read(buffer, size)
    return buffer.raw[: size - 2].decode("utf-16-le", "replace")
