"""The calibration curve of the classifier as a picture: how often answers of a confidence are right."""

from __future__ import annotations

from collections.abc import Sequence

SIDE, MARGIN = 320, 48
BANDS = ((0.0, 0.2), (0.2, 0.4), (0.4, 0.6), (0.6, 0.8), (0.8, 0.9), (0.9, 0.97), (0.97, 1.001))


def calibration_picture(answers: Sequence[tuple[float, bool]]) -> str:
    """An SVG of the share of right answers over their confidence; each band of answers is a disc as large as it is many."""
    points = []
    for low, high in BANDS:
        band = [(confidence, right) for confidence, right in answers if low <= confidence < high]
        if band:
            mean = sum(confidence for confidence, _ in band) / len(band)
            points.append((mean, sum(right for _, right in band) / len(band), len(band)))
    line = " ".join(f"{x_of(mean):.1f},{y_of(right):.1f}" for mean, right, _ in points)
    discs = "".join(
        f'<circle cx="{x_of(mean):.1f}" cy="{y_of(right):.1f}" r="{3 + 14 * (number / len(answers)) ** 0.5:.1f}" '
        f'fill="#2563eb" fill-opacity=".55"><title>{number} answers: {right:.3f} right at {mean:.2f}</title></circle>'
        for mean, right, number in points
    )
    ticks = "".join(
        f'<text x="{x_of(at):.0f}" y="{SIDE + MARGIN + 18}" text-anchor="middle">{at:g}</text>'
        f'<text x="{MARGIN - 8}" y="{y_of(at) + 4:.0f}" text-anchor="end">{at:g}</text>'
        f'<path d="M{x_of(at):.0f} {MARGIN}V{SIDE + MARGIN}M{MARGIN} {y_of(at):.0f}H{SIDE + MARGIN}" stroke="#ddd"/>'
        for at in (0, 0.2, 0.4, 0.6, 0.8, 1)
    )
    width = SIDE + 2 * MARGIN
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {width}" width="{width}" height="{width}" '
        f'font-family="sans-serif" font-size="12"><rect width="100%" height="100%" fill="#fff"/>{ticks}'
        f'<path d="M{MARGIN} {SIDE + MARGIN}L{SIDE + MARGIN} {MARGIN}" stroke="#888" stroke-dasharray="4 4"/>'
        f'<polyline points="{line}" fill="none" stroke="#2563eb"/>{discs}'
        f'<text x="{width / 2:.0f}" y="{width - 8}" text-anchor="middle">confidence</text>'
        f'<text x="14" y="{width / 2:.0f}" text-anchor="middle" transform="rotate(-90 14 {width / 2:.0f})">'
        f"share that is right ({len(answers)} answers)</text></svg>\n"
    )


def x_of(confidence: float) -> float:
    return MARGIN + SIDE * confidence


def y_of(right: float) -> float:
    return MARGIN + SIDE * (1 - right)
