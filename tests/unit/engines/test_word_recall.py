"""Which words of PDFs that others made come out: the first figure of their quality (benchmarks/recall.py)."""

from __future__ import annotations

from statistics import fmean

import pytest
from support.corpus import of_corpus

from benchmarks.recall import EXCEPTIONS, LEAST, recalled_of
from engines.tools import find_tools


@pytest.mark.parametrize(
    ("folder", "pooled", "mean"),
    [(("pdf-bench",), 0.998, 0.998), (("hostile", "pdfjs"), 0.995, 0.96)],
    ids=["pdf-bench", "pdfjs"],
)
def test_nearly_every_word_that_pdfium_has_comes_out(folder: tuple[str, ...], pooled: float, mean: float) -> None:
    found = recalled_of(of_corpus(*folder), find_tools())
    kept, whole = (sum(one[at] for one in found.values()) for at in (0, 1))
    assert kept >= pooled * whole
    shares = {name: one / of for name, (one, of) in found.items()}
    assert fmean(shares.values()) >= mean
    poor = {name for name, share in shares.items() if share < LEAST}
    assert poor - EXCEPTIONS.keys() == set(), "no document loses much without a reason"
    assert EXCEPTIONS.keys() & shares.keys() <= poor, "what is mended is no exception any more"
