"""How well scans are read, script by script: `python -m benchmarks.scripts [LANGUAGE…]`.

Texts of benchmarks/scripts.yaml are drawn with Noto's fonts (on Debian and Ubuntu the packages fonts-noto-core and fonts-noto-cjk),
in one column and in two, clean and with noise and 2° of skew, and read by Sheaf and by the `tesseract` command with the same data
in one run. Printed are character error rates: edits over the length of the text, runs of white space being one blank, or none in
scripts that have no blanks between words. What a script lacks on this machine is said, and it is left out.
"""

from __future__ import annotations

import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

import yaml
from PIL import Image, ImageChops, ImageDraw, ImageFont, features

from engines.context import Source
from engines.parameters import ParseParameters
from engines.parameters.languages import Language
from engines.request import EngineRequest, run
from engines.tools import find_tools

FONTS = Path("/usr/share/fonts")
DPI = 200
PAGE = (1654, 2339)
"""A4 in pixels."""
MARGIN, GUTTER = 160, 90
SIZE, LEADING = 32, 60
NOISE = 24
"""Shades of grey by which a pixel is darker at most."""
ALLOWED = 0.02
"""How much higher our rate may be on one column."""
SKEW = 2.0
MARKS = re.compile(r"^#+ |^- |[*|\\\\]|<br/>", re.MULTILINE)
"""Of Markdown."""
READERS = ("command", "sheaf")


@dataclass(frozen=True, slots=True)
class Script:
    """A text in one language, and what it is drawn with."""

    language: Language
    label: str
    font: Path
    articles: tuple[str, ...]
    face: int = 0
    unspaced: bool = False

    @property
    def lacks(self) -> str:
        """What this machine has not got to draw or to read it; nothing when all is there."""
        if not self.font.exists():
            return "fonts-noto-cjk" if "CJK" in self.font.name else "fonts-noto-core"
        models = find_tools().ocr_models
        return "" if {self.language.model, f"script/{self.language.model}"} & models else self.language.model


@dataclass(frozen=True, slots=True)
class Kind:
    """How a text is put on its page."""

    columns: int
    is_clean: bool

    def __str__(self) -> str:
        return f"{self.columns} column{'s' * (self.columns > 1)}, {'clean' if self.is_clean else 'noise and skew'}"


KINDS = [Kind(columns, is_clean) for columns in (1, 2) for is_clean in (True, False)]


def main(wanted: Sequence[str]) -> None:
    """Measure and print."""
    if not features.check("raqm"):
        sys.exit("scripts: this Pillow cannot shape text (libraqm), nothing is measured")
    if not shutil.which("tesseract"):
        sys.exit("scripts: there is no tesseract command to compare with, nothing is measured")
    print(f"character error rates, the command's and Sheaf's\n{'':22}" + "".join(f"{kind!s:>26}" for kind in KINDS))
    rates: dict[tuple[str, Kind], list[float]] = {}
    seconds = dict.fromkeys(READERS, 0.0)
    for script in scripts(wanted):
        if script.lacks:
            print(f"{script.label:22}  left out: it needs {script.lacks}")
            continue
        row = f"{script.label:22}"
        for kind in KINDS:
            found = errors_of(script, kind, seconds)
            for reader, rate in zip(READERS, found, strict=True):
                rates.setdefault((reader, kind), []).append(rate)
            row += cells(*found)
        print(row, flush=True)
    if rates:
        print(f"{'mean':22}" + "".join(cells(*(fmean(rates[reader, kind]) for reader in READERS)) for kind in KINDS))
        spent_by = {reader: f"{count:.1f}" for reader, count in seconds.items()}
        print(f"CPU seconds: command {spent_by['command']}, Sheaf {spent_by['sheaf']}")


def cells(theirs: float, ours: float) -> str:
    """Two rates of a row, and a mark where ours is the higher one by more than what is allowed."""
    return f"{theirs:17.3f} {ours:6.3f}{'!' if ours > theirs + ALLOWED else ' ':2}"


def scripts(wanted: Sequence[str]) -> Iterator[Script]:
    """The scripts of the file, or those of these languages."""
    for code, one in yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8")).items():
        if not wanted or code in wanted:
            more = {name: one[name] for name in ("face", "unspaced") if name in one}
            yield Script(Language(code), one["label"], FONTS / one["font"], tuple(one["articles"]), **more)


def errors_of(script: Script, kind: Kind, seconds: dict[str, float]) -> tuple[float, float]:
    """The error rates of the command and of Sheaf."""
    truth = plain("\n".join(script.articles), script)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "page.png")
        page_of(script, kind).save(path, dpi=(DPI, DPI))
        found = []
        for reader in (by_command, by_sheaf):
            before = spent()
            text = reader(path, script)
            seconds[READERS[len(found)]] += spent() - before
            if "--show" in sys.argv:
                print(f"--- {script.label}, {kind}, {reader.__name__}\n{text}")
            found.append(distance(truth, plain(text, script)) / len(truth))
    return found[0], found[1]


def spent() -> float:
    """CPU seconds of this process and those it has started."""
    return sum(os.times()[:4])


def page_of(script: Script, kind: Kind) -> Image.Image:
    """The picture of a page."""
    page = Image.new("L", PAGE, 255)
    draw = ImageDraw.Draw(page)
    font = ImageFont.truetype(str(script.font), SIZE, index=script.face, layout_engine=ImageFont.Layout.RAQM)
    width = (PAGE[0] - 2 * MARGIN - (kind.columns - 1) * GUTTER) // kind.columns
    lefts = [MARGIN + number * (width + GUTTER) for number in range(kind.columns)]
    is_leftward = "Arabic" in script.label
    parts = [script.articles] if kind.columns == 1 else [script.articles[:1], script.articles[1:]]
    for left, articles in zip(lefts[::-1] if is_leftward else lefts, parts, strict=True):
        top = 2 * MARGIN
        for article in articles:
            for line in wrapped(article, font, width):
                start = left + width - font.getlength(line) if is_leftward else left
                draw.text((start, top), line, fill=20, font=font)
                top += LEADING
            top += LEADING // 2
    return page if kind.is_clean else worn(page)


def wrapped(article: str, font: ImageFont.FreeTypeFont, width: int) -> Iterator[str]:
    """The lines of a text in a column."""
    line = ""
    for word in article.split(" "):
        for at, part in enumerate(word.split("|")):
            longer = f"{line} {part}" if line and not at else line + part
            if line and font.getlength(longer) > width:
                yield line
                line = part
            else:
                line = longer
    yield line


def worn(page: Image.Image) -> Image.Image:
    """A page as from a poor scanner: askew, with noise."""
    turned = page.rotate(SKEW, Image.Resampling.BICUBIC, fillcolor=255)
    chance = random.Random(5)
    noise = Image.frombytes("L", PAGE, chance.randbytes(PAGE[0] * PAGE[1])).point(lambda shade: shade * NOISE // 255)
    return ImageChops.subtract(turned, noise)


def by_command(path: Path, script: Script) -> str:
    """What the command prints."""
    tools = find_tools()
    model = next(one for one in (script.language.model, f"script/{script.language.model}") if one in tools.ocr_models)
    command = ["tesseract", str(path), "-", "--tessdata-dir", str(tools.tessdata), "-l", model, "--dpi", str(DPI)]
    environment = os.environ | {"OMP_THREAD_LIMIT": "1"}
    return subprocess.run(command, capture_output=True, check=True, env=environment).stdout.decode()


def by_sheaf(path: Path, script: Script) -> str:
    """The Markdown of this project, without its marks."""
    parameters = ParseParameters(languages=[script.language])
    work = EngineRequest(source=Source(path=path, name=path.name), parameters=parameters, tools=find_tools())
    return MARKS.sub("", run(work).outputs["output.md"].decode())


def plain(text: str, script: Script) -> str:
    """A text as it is compared."""
    return ("" if script.unspaced else " ").join(text.replace("|", "").split())


def distance(one: str, other: str) -> int:
    """Edits from one text to another (Levenshtein's distance, by the bits of whole numbers after Myers, 1999)."""
    places: dict[str, int] = {}
    for at, letter in enumerate(one):
        places[letter] = places.get(letter, 0) | 1 << at
    whole, last, count = (1 << len(one)) - 1, 1 << len(one) - 1, len(one)
    up, down = whole, 0
    for letter in other:
        same = places.get(letter, 0)
        across = (((same & up) + up) ^ up) | same
        vertical = same | down
        more, less = down | ~(across | up) & whole, up & across
        count += bool(more & last) - bool(less & last)
        more, less = (more << 1 | 1) & whole, less << 1 & whole
        up, down = less | ~(vertical | more) & whole, more & vertical
    return count


if __name__ == "__main__":
    main([one for one in sys.argv[1:] if not one.startswith("-")])
