"""No regular expression of Sheaf's own takes more than in proportion to a text: hostile documents would hold a worker with it.

The expressions are found in the sources, whichever they are, and each is run, in the way that the sources run it, on texts that are
made of its own pieces. Processor time is compared for a text and a multiple of it, never with a clock.
"""

from __future__ import annotations

import ast
import importlib
import re
import time
from collections.abc import Callable, Iterator
from itertools import product
from typing import Any

import pytest
from support.places import ROOT

from engines.build import inline
from engines.build.markdown import MarkdownReader
from engines.build.page_builder import PageBuilder
from engines.formats.html import css, source
from engines.formats.pdf import blocks
from engines.formats.print import libreoffice
from engines.passes import labels

ROOMS = ("app", "engines", "models", "schemas", "storage", "tasks")
METHODS = ("search", "match", "fullmatch", "sub", "split", "findall", "finditer")

Run = Callable[[str], object]
"""Applies an expression, or a function around some, to a text."""


def run_of(pattern: re.Pattern[Any], method: str) -> Run:
    """How the sources apply a pattern: bytes are encoded texts, a replacement leaves nothing."""
    apply = getattr(pattern, method)

    def run(text: str) -> object:
        subject = text.encode("latin-1", "replace") if isinstance(pattern.pattern, bytes) else text
        done = apply(type(subject)(), subject) if method == "sub" else apply(subject)
        return sum(1 for _ in done) if method == "finditer" else done

    return run


Call = tuple[str, str, ast.Call]
"""A call of a method of something that has a name: the name, the method, the call."""


def calls(tree: ast.Module) -> list[Call]:
    return [
        (node.func.value.id, node.func.attr, node)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.attr in (*METHODS, "compile")
    ]


MADE = {"engines.formats.print.libreoffice.ways_to": libreoffice.ways_to("/tmp/sheaf")}
"""Patterns that are made when they are needed, by the function that makes them."""


def found() -> dict[str, tuple[re.Pattern[Any], str]]:
    """Each pattern of the sources and the method that applies it, by where it stands."""
    files = {
        path: calls(ast.parse(path.read_text(encoding="utf-8")))
        for room in ROOMS
        for path in (ROOT / room).rglob("*.py")
    }
    uses = {(name, method) for held in files.values() for name, method, _ in held if method in METHODS}
    patterns: dict[str, tuple[re.Pattern[Any], str]] = {}
    for path, held in files.items():
        module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for name, method, call in held:
            if name == "re" and method in METHODS:
                text = ast.literal_eval(call.args[0])  # a pattern that is put together has a name
                flags = re.DOTALL if any("DOTALL" in ast.unparse(one) for one in call.args) else 0
                patterns[f"{module}:{text}"] = (re.compile(text, flags), method)
        if compiled := sum((name, method) == ("re", "compile") for name, method, _ in held):
            named = {k: v for k, v in vars(importlib.import_module(module)).items() if isinstance(v, re.Pattern)}
            named |= {k: v for k, v in MADE.items() if k.startswith(f"{module}.")}
            assert len(named) >= compiled, f"{module}: a pattern has no name, and is not in MADE"
            own = {(name, method) for name, method, _ in held}
            for name, pattern in named.items():
                for method in METHODS:
                    if (name, method) in (own if any(one == name for one, _ in own) else uses):
                        patterns[f"{module}.{name}.{method}"] = (pattern, method)
    return patterns | {f"{name}.sub": (pattern, "sub") for name, pattern in MADE.items()}


PATTERNS = found()


SYNTAX = re.compile(r"\(\?(?:P?<\w+>|<?[:=!>])|[*+?]|\{[\d,]*\}|\\[dDwWsSbBZ]|[\[\](){}|.^$]")
"""What is no literal in a pattern; of an escaped character, which is one, see `pieces`."""


def pieces(pattern: str) -> list[str]:
    """Texts of which a hostile document for this pattern would be made: its own literals, and what classes stand for."""
    hidden = re.sub(r"\\([^\w\s])", lambda found: chr(0xE000 + ord(found[1])), pattern)  # so that they are no syntax
    literals = [
        re.sub("[\ue000-\uf8ff]", lambda found: chr(ord(found[0]) - 0xE000), one) for one in SYNTAX.split(hidden)
    ]
    return list(dict.fromkeys([*list(dict.fromkeys(filter(None, literals)))[:12], " ", "a", "1", "\n", "[", "<", "."]))


def attacks(pattern: str) -> Iterator[tuple[str, str, str]]:
    """What a hostile text begins with, repeats, and ends with, so that nothing fits at last."""
    parts = pieces(pattern)
    for start, pump in product(["", *parts], parts):
        yield start, pump, "\0!"
        yield start, pump, "!x"
    for first, second in product(parts, parts):
        yield "", first + second, "\0!"
        yield "", first + second + " ", "\0!"
    for first, second, third in product(parts[:8], parts[:8], [*parts[:4], " "]):
        yield first + second, third, "\0!"


def cpu(run: Run, text: str, times: int = 1) -> float:
    """The least processor time that a run took, in seconds."""
    return min(spent(run, text) for _ in range(times))


def spent(run: Run, text: str) -> float:
    began = time.thread_time()
    run(text)
    return time.thread_time() - began


def grows_too_fast(run: Run, start: str, pump: str, end: str = "\0!") -> bool:
    """Whether sixteen times the text takes more than 64 times the time, twice in a row.

    In proportion it would be 16 times, and with the caches of a busy machine overrun 40; with the square of the text 256 times.
    """

    def text(size: int) -> str:
        return start + pump * (size // len(pump)) + end

    length = 3000 if cpu(run, text(750)) < 0.001 else 750
    if (short := cpu(run, text(length))) < 0.0001 or cpu(run, text(4 * length)) < 6 * short:
        return False
    length = 750  # what grows with the square of a longer text takes seconds
    while cpu(run, text(length)) < 0.0004:
        length *= 2
        if length > 1_000_000:
            return False
    return all(cpu(run, text(16 * length)) > 64 * cpu(run, text(length), 2) for _ in range(2))


def worst(run: Run, pattern: str) -> tuple[str, str, str] | None:
    """The first text, by its three parts, for which a run takes more than in proportion; None when there is none."""
    return next((attack for attack in attacks(pattern) if grows_too_fast(run, *attack)), None)


def test_patterns_with_names_and_without_are_found() -> None:
    assert {"engines.formats.html.source.TAG.sub", "engines.formats.html.source.TAG.finditer"} <= PATTERNS.keys()
    assert "engines.parameters.patterns:/(.+)/([a-z]*)" in PATTERNS


@pytest.mark.parametrize("place", PATTERNS)
def test_a_pattern_takes_time_in_proportion_to_the_text(place: str) -> None:
    pattern, method = PATTERNS[place]
    text = pattern.pattern.decode() if isinstance(pattern.pattern, bytes) else pattern.pattern
    assert worst(run_of(pattern, method), text) is None


ONCE = {
    "comment": (r"/\*.*?\*/", "sub"),
    "rule": (r"([^{}@]+)\{([^{}]*)\}", "findall"),
    "tag": (r"<(/?)([a-zA-Z][a-zA-Z0-9]*)[^>]*>", "sub"),
    "formula": (r"\$\$.+\$\$|\\\[.+\\\]", "search"),
}
"""Some of the patterns that Sheaf once had, each of which took time with the square of a text in a way of its own."""


@pytest.mark.parametrize("name", ONCE)
def test_the_patterns_of_earlier_would_be_found_out(name: str) -> None:
    text, method = ONCE[name]
    assert worst(run_of(re.compile(text, re.DOTALL), method), text) is not None


def read_markdown(text: str) -> None:
    """Read a text as Markdown."""
    MarkdownReader(PageBuilder(), lambda _address, _alt: None).read(text)


CSS = [
    "/* ",
    "/*",
    "{",
    "}",
    "a{",
    "@media{",
    "@media ",
    "@a",
    "a{b{}",
    '"',
    "'\n",
    "\\",
    '"\\',
    ";",
    "<!--",
    "a{b:c;",
    "b:c;",
]
FUNCTIONS: dict[str, tuple[Run, list[str]]] = {
    "rules_in": (lambda text: list(css.rules_in(text)), CSS),
    "rules_in, in a rule": (lambda text: list(css.rules_in("a{" + text)), CSS),
    "escape": (inline.escape, ["[", "](", "[a](", "]", "_", "\\", "<", "[]("]),
    "plain": (blocks.plain, ["[", "[a](", "[a]((", "![", "*", "](", "[a](b(c)"]),
    "has_formula": (labels.has_formula, ["\\[", "$$", "$", "\\]\\["]),
    "read_markdown": (
        read_markdown,
        ["[", "![](", "`", "*a **a ", "> ", "<!--", "_a", "[^1]: ", "a\n- ", "|a", "$$\n"],
    ),
    "nesting": (source.nesting, ["<a", "</a", "<a ", "<", "<a>", "<a x='"]),
}


@pytest.mark.parametrize(("run", "pumps"), FUNCTIONS.values(), ids=FUNCTIONS)
def test_what_reads_with_several_patterns_takes_time_in_proportion_too(run: Run, pumps: list[str]) -> None:
    assert [pump for pump in pumps if grows_too_fast(run, "", pump)] == []
