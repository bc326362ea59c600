"""What libraries do not promise is used in one place each, of a library that is pinned to one version."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
import textwrap
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from support.places import ROOT

ROOMS = ("app", "tasks", "schemas", "models", "engines", "storage")


@dataclass(frozen=True)
class Seam:
    """The one file that may use what a package does not promise: names with an underscore, and modules it does not document."""

    package: str
    file: str
    names: frozenset[str] = frozenset()
    modules: tuple[str, ...] = ()


SEAMS = (
    Seam("gunicorn", "app/server.py", modules=("gunicorn.glogging", "gunicorn.workers", "gunicorn.http.errors")),
    Seam(
        "gunicorn",
        "app/http_requests.py",
        modules=tuple(f"gunicorn.http.{one}" for one in ("body", "message", "parser")),
    ),
    Seam("flask-smorest", "app/api/base.py", frozenset({"_prepare_arguments_doc", "_prepare_doc_cbks"})),
    Seam("celery[redis]", "tasks/celery.py", modules=("celery.concurrency",)),
    Seam("celery[redis]", "tasks/draining.py", modules=("celery.worker.state",)),
    Seam("liteparse", "engines/containers/pdf_native.py", frozenset({"_liteparse"}), modules=("liteparse",)),
    Seam("lxml", "engines/containers/ooxml.py", frozenset({"_Element"})),
    Seam("openpyxl", "engines/formats/xlsx/cells.py", frozenset({"_cells", "_style"})),
    Seam(
        "olefile",
        "engines/containers/compound.py",
        frozenset({"_open", "_load_direntry", "_check_duplicate_stream"}),
        modules=("olefile.olefile",),
    ),
    Seam("python-oxmsg", "engines/formats/mail/msg.py", modules=("oxmsg",)),
    Seam(
        "python-pptx",
        "engines/formats/pptx/__init__.py",
        names=("_tc",),
        modules=("pptx.opc", "pptx.package", "pptx.parts"),
    ),
)
DOCUMENTED = {
    *("_serialize", "_deserialize", "_validated"),  # marshmallow: how fields of one's own are written
    "_get_file_stream",  # werkzeug: named in its reference
    "_replace",  # typing.NamedTuple
    "_value_",  # enum: how a member of more than one value is written
    "_exit",  # os
}
"""Names with an underscore that their libraries document for others to use."""

FILES = {
    path: ast.parse(path.read_text(encoding="utf-8"))
    for room in ROOMS
    for path in sorted((ROOT / room).rglob("*.py"))
    if "migrations" not in path.parts
}


def is_private(name: str) -> bool:
    return name.startswith("_") and not name.endswith("__")


def is_own(module: str) -> bool:
    return module.partition(".")[0] in {*ROOMS, "settings"}


def imported(tree: ast.AST) -> Iterator[str]:
    """Dotted names of everything of others that a file imports."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (one.name for one in node.names if not is_own(one.name))
        elif isinstance(node, ast.ImportFrom) and not is_own(node.module or ""):
            yield from (f"{node.module}.{one.name}" for one in node.names)


def touched(tree: ast.AST) -> Iterator[str]:
    """Names with an underscore of others' modules and objects; what follows `self` and `cls` is looked at by class."""
    for name in imported(tree):
        yield from filter(is_private, name.split("."))
    attributes = [node for node in ast.walk(tree) if isinstance(node, ast.Attribute) and is_private(node.attr)]
    own = {node.attr for node in attributes if isinstance(node.ctx, ast.Store) and ast.unparse(node.value) == "self"}
    for node in attributes:
        if ast.unparse(node.value) not in {"self", "cls"} and node.attr not in own:
            yield node.attr


def own_classes(path: Path) -> list[type]:
    module = importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"))
    written = {node.name for node in ast.walk(FILES[path]) if isinstance(node, ast.ClassDef)}
    mine = [one for one in vars(module).values() if inspect.isclass(one) and one.__module__ == module.__name__]
    return [
        one for one in mine if one.__name__ in written
    ]  # generic classes of others make some here when they are used


def names_of(one: type) -> tuple[set[str], set[str]]:
    """Names with an underscore that the body of a class reads from itself, and that it makes itself."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(one)))
    used = {
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) in {"self", "cls"}
    }
    made = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    made |= {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    made |= {node.attr for node in used if isinstance(node.ctx, ast.Store)}
    return {node.attr for node in used if is_private(node.attr)}, {name for name in made if is_private(name)}


def inherited(path: Path) -> Iterator[str]:
    """Names with an underscore that classes of a file use or replace, and that belong to what they inherit from others."""
    for one in own_classes(path):
        ours = [base for base in one.__mro__ if is_own(base.__module__)]
        theirs = [base for base in one.__mro__ if not is_own(base.__module__) and base is not object]
        if theirs:
            made = set().union(*(names_of(base)[1] for base in ours))
            yield from names_of(one)[0] - made
            yield from (name for name in names_of(one)[1] if any(name in vars(base) for base in theirs))


def test_names_with_an_underscore_are_used_in_their_seams_only() -> None:
    found = {
        (path.relative_to(ROOT).as_posix(), name)
        for path, tree in FILES.items()
        for name in {*touched(tree), *inherited(path)} - DOCUMENTED
    }
    assert found == {(seam.file, name) for seam in SEAMS for name in seam.names}


@pytest.mark.parametrize("seam", [seam for seam in SEAMS if seam.modules], ids=lambda seam: seam.file)
def test_modules_that_are_not_documented_are_imported_in_their_seams_only(seam: Seam) -> None:
    users = {
        path.relative_to(ROOT).as_posix()
        for path, tree in FILES.items()
        for name in imported(tree)
        if any(f"{name}.".startswith(f"{module}.") for module in seam.modules)
    }
    assert users == {seam.file}


@pytest.mark.parametrize("seam", SEAMS, ids=lambda seam: seam.package)
def test_what_is_not_promised_is_pinned_to_the_version_that_has_it(seam: Seam) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    (pin,) = [one for one in project["dependencies"] if re.split("[<>=]", one)[0] == seam.package]
    assert re.fullmatch(rf"{re.escape(seam.package)}==[\d.]+", pin)
