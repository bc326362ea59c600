"""The inside of a reader by RapidOCR: `python -m engines.ocr.rapidocr_child`, started by engines.ocr.rapid only.

It reads the path of a picture from each line of its standard input and answers with a line of JSON: `{"words": …}`, each as
the fields of PictureWord but its block, or `{"error": name}`. It ends with its input, and when nothing comes for a while.
"""

from __future__ import annotations

import json
import os
import select
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

IDLE_SECONDS = 60.0
"""Without a picture; then it gives back its memory, which is up to 1 GB."""
MODELS = {"Det.model_path": "PP-OCRv6_det_small.onnx", "Rec.model_path": "PP-OCRv6_rec_small.onnx"}
"""Of the package. They are named, since RapidOCR downloads those that nobody names and that are not there."""
ABOVE, BELOW = 0.13, 0.08
"""Shares of the height of a line as it is found that lie beyond its ink."""

Quad = Sequence[Sequence[float]]
Bounds = tuple[float, float, float, float]


def main() -> None:
    """Answer until the input ends."""
    sys.addaudithook(refuse_network)
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what a library prints is no answer
    engine: Any = None
    for path in paths():
        try:
            engine = engine or made()
            answer: dict[str, Any] = {"words": list(words_of(engine(path)))}
        except Exception as error:  # noqa: BLE001 - whatever it was, the parent is told
            answer = {"error": type(error).__name__}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


def refuse_network(event: str, _arguments: object) -> None:
    """Let everything fail that would reach another machine: no package downloads a model here."""
    if event in {"socket.connect", "socket.getaddrinfo", "socket.sendto"}:
        raise PermissionError("a reader of pictures has no network")


def paths() -> Iterator[str]:
    """The pictures that come."""
    while select.select([0], [], [], IDLE_SECONDS)[0]:
        line = sys.stdin.readline()
        if not line:
            return
        yield line.rstrip("\n")


def made() -> Any:
    """A reader with the models of its package, on one thread. Raises FileNotFoundError when one is missing."""
    import rapidocr  # noqa: PLC0415 - an extra, and half of its time to start

    folder = Path(rapidocr.__file__).parent / "models"
    files = {name: folder / file for name, file in MODELS.items()}
    if any(not file.is_file() for file in files.values()):
        raise FileNotFoundError
    threads = "EngineConfig.onnxruntime"
    return rapidocr.RapidOCR(
        params={
            "Global.log_level": "critical",
            "Global.use_cls": False,  # pages are turned as a whole
            "Global.return_word_box": True,
            "Global.return_single_char_box": True,
            f"{threads}.intra_op_num_threads": 1,
            f"{threads}.inter_op_num_threads": 1,
            **{name: str(file) for name, file in files.items()},
        }
    )


def words_of(result: Any) -> Iterator[dict[str, Any]]:
    """The words of a result, line by line; each is where its characters are."""
    lines = zip(result.txts or (), result.boxes if result.txts else (), result.scores or (), strict=True)
    by_line = list(result.word_results or ())
    for number, (text, quad, score) in enumerate(lines):
        characters = by_line[number] if len(by_line) == len(result.txts) else ()
        for word, bounds, sure in parted(text, quad, float(score), characters):
            left, top, right, bottom = bounds
            height = bottom - top
            place = {"x": left, "y": top + ABOVE * height, "width": right - left}
            place["height"] = (1 - ABOVE - BELOW) * height
            yield {"text": word, **place, "confidence": sure, "line": number, "stretch": text}


def parted(
    text: str, quad: Quad, score: float, characters: Sequence[tuple[str, float, Quad]]
) -> Iterator[tuple[str, Bounds, float]]:
    """The words of a line, which blanks part, each with its bounds and how sure it is."""
    known = "".join(one[0] for one in characters) == "".join(text.split())
    left, top, right, bottom = bounds_of([quad])
    at = used = 0
    for word in text.split():
        at = text.index(word, at)
        own = characters[used : used + len(word)] if known else ()
        if own:
            sure = sum(float(one[1]) for one in own) / len(own)
            yield word, bounds_of([one[2] for one in own]), sure
        else:
            width = (right - left) / len(text)
            yield word, (left + at * width, top, left + (at + len(word)) * width, bottom), score
        at, used = at + len(word), used + len(word)


def bounds_of(quads: Sequence[Quad]) -> Bounds:
    """The smallest upright rectangle around some others, which may lean."""
    across = [float(point[0]) for quad in quads for point in quad]
    down = [float(point[1]) for quad in quads for point in quad]
    return min(across), min(down), max(across), max(down)


if __name__ == "__main__":
    main()
