"""What is drawn on a page: lines and rectangles along its edges, of which tables and boxes are made, and where pictures are."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise, repeat
from typing import Any

from pypdfium2 import raw

from engines.containers.pdfium import calls
from engines.containers.pdfium.boxes import Bounds
from engines.containers.pdfium.layers import hidden_objects
from engines.containers.pdfium.page import DrawnPath, PlacedPicture
from engines.containers.pdfium.sight import IDENTITY, Matrix, Sight, product

SHOWN = frozenset({raw.FPDF_PAGEOBJ_PATH, raw.FPDF_PAGEOBJ_IMAGE, raw.FPDF_PAGEOBJ_SHADING})
MOST_OBJECTS = 20_000
"""Objects of a page that are looked at."""
MOST_SEGMENTS = 400
"""Segments of a path above which it is a picture."""
DEEPEST = 5
"""Forms within forms that are looked into."""
STRAIGHT = 0.5
"""Points by which a line may lean."""
DOT = (1.0, 8.0)
"""Points from which and up to which a small shape is wide."""
ROUND = 0.25
"""Share of its width by which its height may differ."""
WHITE = 0xFFFFFF
"""The colour of paper, which many programs paint below everything; PDFium says it of patterns too."""

Point = tuple[float, float]


@dataclass(slots=True)
class Drawings:
    """What is drawn on a page but text."""

    paths: list[DrawnPath] = field(default_factory=list)
    """Straight lines and rectangles, in the order in which they are drawn."""
    pictures: list[PlacedPicture] = field(default_factory=list)
    dots: list[Bounds] = field(default_factory=list)
    """Places of small shapes that are as wide as high, curved ones as well."""
    ink: Bounds | None = None
    """What all of it stands within, curves and shades as well; None without any."""


def drawings_of(
    page: Any, sight: Sight, hidden: Callable[[], frozenset[str]] | None, *, has_characters: bool
) -> Drawings:
    """What is drawn on a page, as it is seen; where there are no characters, text and white fills count as drawn as well.

    `hidden` names the layers that are switched off; None of a document without layers.
    """
    found = Drawings()
    inked: list[Bounds] = []
    for kind, one, outer in shapes_of(page, SHOWN if has_characters else SHOWN | {raw.FPDF_PAGEOBJ_TEXT}):
        if kind == raw.FPDF_PAGEOBJ_PATH:
            look = _look(one)
            if look is None:
                continue
            found.paths += _parts(one, look, outer, sight)
            if has_characters and look[0] and look[2] >> 8 == WHITE:
                continue
        elif kind == raw.FPDF_PAGEOBJ_IMAGE:
            is_hidden = bool(hidden and hidden_objects([one], hidden))
            found.pictures.append(_picture(one, product(matrix_of(one), outer), sight, is_hidden=is_hidden))
            if is_hidden:
                continue
        bounds = _bounds(one, outer)
        inked.append(bounds)
        if kind == raw.FPDF_PAGEOBJ_PATH and _is_dot(bounds):
            found.dots.append(sight.bounds(*bounds))
    if inked:
        lefts, bottoms, rights, tops = zip(*inked, strict=True)
        found.ink = sight.bounds(min(lefts), min(bottoms), max(rights), max(tops))
    return found


def _is_dot(bounds: Bounds) -> bool:
    """Whether something that stands within these is small, and as wide as high."""
    width, height = bounds[2] - bounds[0], bounds[3] - bounds[1]
    return DOT[0] <= width <= DOT[1] and abs(height - width) <= ROUND * width


def _bounds(page_object: Any, outer: Matrix) -> Bounds:
    """What an object stands within: left, bottom, right and top in the space of the page's content."""
    at = (ctypes.c_float * 4)()
    calls.bounds_of(page_object, *(ctypes.byref(at, 4 * side) for side in range(4)))
    if outer is IDENTITY:
        return tuple(at)
    left, bottom, right, top = at
    a, b, c, d, e, f = outer
    return _around([(a * x + c * y + e, b * x + d * y + f) for x in (left, right) for y in (bottom, top)])


def shapes_of(page: Any, kinds: frozenset[int] = SHOWN) -> Iterator[tuple[int, Any, Matrix]]:
    """The objects of a page, and of its forms, of these kinds: the kind of each, itself, and the matrix of what it stands in."""
    return _shapes(calls.argument(calls.handle_of(page.raw)), kinds, 0, IDENTITY)


def _picture(image: Any, matrix: Matrix, sight: Sight, *, is_hidden: bool) -> PlacedPicture:
    """A picture fills the unit square of its own space (ISO 32000-1, 8.9.5)."""
    a, b, c, d, e, f = matrix
    size = (ctypes.c_uint * 2)()
    calls.pixels_of(image, ctypes.byref(size), ctypes.byref(size, 4))
    corners = [sight.point(a * x + c * y + e, b * x + d * y + f) for x in (0, 1) for y in (0, 1)]
    return PlacedPicture(_around(corners), size[0], size[1], is_hidden=is_hidden)


def _shapes(container: Any, kinds: frozenset[int], depth: int, outer: Matrix) -> Iterator[tuple[int, Any, Matrix]]:
    count, get = (
        (calls.count_in_form, calls.object_in_form) if depth else (calls.count_of_objects, calls.object_of_page)
    )
    found = map(get, repeat(container), range(min(count(container), MOST_OBJECTS)))
    for one in map(calls.argument, found):
        kind = calls.kind_of(one)
        if kind in kinds:
            yield kind, one, outer
        elif kind == raw.FPDF_PAGEOBJ_FORM and depth < DEEPEST:
            yield from _shapes(one, kinds, depth + 1, product(matrix_of(one), outer))


def matrix_of(page_object: Any) -> Matrix:
    """The matrix of an object in what it stands in."""
    matrix = (ctypes.c_float * 6)()
    calls.matrix_of(page_object, ctypes.byref(matrix))
    a, b, c, d, e, f = matrix
    return a, b, c, d, e, f


Look = tuple[bool, bool, int]
"""Whether a path is filled, whether it is stroked, and the colour of the fill, or of the stroke without one."""


def _look(path: Any) -> Look | None:
    """How a path looks; None of one that nobody sees."""
    modes = (ctypes.c_int * 2)()
    calls.draw_mode_of(path, ctypes.byref(modes), ctypes.byref(modes, 4))
    filled, stroked = bool(modes[0]), bool(modes[1])
    color = calls.color_of(calls.fill_of if filled else calls.stroke_of, path)
    return (filled, stroked, color) if (filled or stroked) and color & 0xFF else None


def _parts(path: Any, look: Look, outer: Matrix, sight: Sight) -> list[DrawnPath]:
    """The lines and rectangles that a path is; none of one with curves."""
    count = calls.count_of_segments(path)
    if not 2 <= count <= MOST_SEGMENTS:
        return []
    filled, stroked, color = look
    found: list[DrawnPath] = []
    for points in _subpaths(path, count, product(matrix_of(path), outer), sight):
        if any(abs(a[0] - b[0]) >= STRAIGHT and abs(a[1] - b[1]) >= STRAIGHT for a, b in pairwise(points)):
            continue
        corners = {(round(x), round(y)) for x, y in points}
        if len(corners) <= 4 and (len(points) >= 4 or filled):
            found.append(DrawnPath(_around(points), filled, stroked, color))
        elif stroked:
            found += [DrawnPath(_around(pair), filled=False, stroked=True, color=color) for pair in pairwise(points)]
    return found


def _subpaths(path: Any, count: int, matrix: Matrix, sight: Sight) -> list[list[Point]]:
    """The corners of each part of a path as they are seen; none at all when it has curves."""
    a, b, c, d, e, f = matrix
    at = (ctypes.c_float * 2)()
    first, second = ctypes.byref(at), ctypes.byref(at, 4)
    found: list[list[Point]] = []
    for segment in map(calls.argument, map(calls.segment_of, repeat(path), range(count))):
        kind = calls.kind_of_segment(segment)
        if kind == raw.FPDF_SEGMENT_BEZIERTO:
            return []
        calls.point_of_segment(segment, first, second)
        x, y = at
        point = sight.point(a * x + c * y + e, b * x + d * y + f)
        if kind == raw.FPDF_SEGMENT_MOVETO or not found:
            found.append([point])
        else:
            found[-1].append(point)
            if calls.is_closing(segment):
                found[-1].append(found[-1][0])
    return found


def _around(points: list[Point] | tuple[Point, Point]) -> Bounds:
    xs, ys = [point[0] for point in points], [point[1] for point in points]
    return min(xs), min(ys), max(xs), max(ys)
