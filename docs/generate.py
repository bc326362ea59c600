"""Write the pages of the documentation that repeat what the code already says: `python -m docs.generate`.

A test compares the pages with what this would write, so that they cannot become untrue.
"""

from __future__ import annotations

import enum
import itertools
import json
import typing
from collections.abc import Callable, Iterable
from dataclasses import fields
from pathlib import Path
from typing import Any

from engines.errors import SENTENCES, Code
from engines.parameters import (
    PARAMETERS,
    FailPageMode,
    Parameter,
    ParsingMode,
    Priority,
    SaveableImage,
    WatermarkHandling,
    WebhookEvent,
    kind_of,
)
from engines.parameters.effective import ACTING, plain_json
from engines.parameters.families import EVERY
from engines.parameters.languages import Language
from engines.parameters.masking import Secret
from schemas.parse_v2_options import OPTIONS
from settings import OTHER_VARIABLES, Settings, declaration_of, variable_of

HERE = Path(__file__).parent
HEADER = "<!-- Written by `make docs` from {source}; change it there. -->\n\n"
CHOICES: tuple[type[enum.StrEnum], ...] = (
    ParsingMode,
    FailPageMode,
    Priority,
    SaveableImage,
    WatermarkHandling,
    WebhookEvent,
)

HEAD = ("name", "type", "default", "what it does", "acts on", "needs", "marks")

PARAMETERS_INTRODUCTION = """# Parse parameters

The fields of `job_config.parameters`: {count}, all optional; null means the same as absence. A value of the wrong type,
or one that cannot work, is refused with 422 when the job is created. Unknown names are ignored.

- **Acts on** says which documents a parameter can change; a document of another kind carries a warning that names the
  parameter.
- **Needs** names what is found at run time or has to be set, beyond what a plain installation has. Where it is missing
  a warning says so, or the document fails if the parameter asks for that.
- Parameters marked **model** have no meaning without a [language model](models.md). Where none can be asked they are
  refused with 422; a value equal to the default passes. With `SHEAF_MODEL_PARAMETERS=warn` they are accepted, change
  nothing, and the result carries the warning PARAMETER_HAS_NO_EFFECT for each.
- Parameters marked **secret** are stored encrypted and come back as `***`. In those marked **credentials**, which are
  addresses, this holds for user and password, the values of the query and the fragment; host and path are shown:
  `https://***@host/path?token=***`.
- Two jobs that differ only in parameters marked **same output** do the same work: an item that one has done is
  `already_processed` for the other.
"""

CONFIGURATION_INTRODUCTION = """# Configuration

Sheaf is configured by environment variables only. None has to be set, and an empty one means its default. Lists are
separated by commas; a relative path is one from where Sheaf is started.

A value that is not allowed, or a name beginning with `SHEAF_` that is not listed here, keeps every process from
starting; all that is wrong is said at once.
"""

OTHERS_INTRODUCTION = """
## Other variables

Not read by the service, but allowed beside its settings:

"""

LANGUAGES_INTRODUCTION = """# Languages

What `languages` and `lang` accept: {count} codes. They say in which language text in pictures is read; other text
needs none. `ang` is Angika and `mah` Magahi, which is not ISO 639. [ocr.md](ocr.md) says which engine reads what.

Tesseract needs data for each, found at run time; `make system-languages` installs all that is in this table. Where it has no data
for a language, that of its script stands in (**approximate**): letters are read, but without the language's words to help. For
Abaza, Adyghe, Avar, Chechen, Dargwa, Ingush, Kabardian, Lak, Lezgian and Tabasaran the palochka (Ӏ) is often read as `I` or
`1`; Pali is read in Latin script only, Manipuri in Bengali script. RapidOCR needs nothing but Sheaf's extra `ocr`.
"""


V2_INTRODUCTION = """# Options of version 2

What `POST /api/v2/parse` and `/api/v2/parse/upload` accept, and which of the [parse parameters](parameters.md) each
option sets. A job that was asked for this way runs, is hashed and is cached as any other with the same parameters.
Options that are not named here are refused with 422, and so is what no parameter stands for; null means absence.

- All versions of a tier are the one profile of this server; `GET /api/v2/parse/versions` lists those that may be named.
- A crop box holds margins: the fraction to leave out at each edge.
- Unlike version 1, no pictures are kept unless they are asked for, and tables in the Markdown are HTML. Null of
  `images_to_save` says nothing, so that a saved configuration holds; an empty list keeps none.
- The tier `fast` gives text alone: watermarks stay where they are in it.
"""


ERRORS_INTRODUCTION = """# Error codes

`error_message` of a failed item is `CODE: sentence`, where a detail may follow in brackets. Warnings of a result and errors of a
page are `{code, message}` with the same codes. [Troubleshooting](troubleshooting.md) has more on those that operators meet.
"""


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A Markdown table."""
    names = list(head)
    lines = [names, ["---"] * len(names), *rows]
    return "".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |\n" for line in lines)


def literal(value: Any) -> str:
    """A value as code, in JSON; nothing for no value."""
    return "" if value in (None, "", ()) else f"`{json.dumps(plain_json(value), ensure_ascii=False)}`"


def marks(one: Parameter) -> str:
    """What is special about a parameter, in the words the introduction explains."""
    special = {
        "model": one.needs_model,
        "secret": one.secret is Secret.ALL,
        "credentials": one.secret is Secret.CREDENTIALS,
        "same output": not one.affects_output,
    }
    return ", ".join(word for word, applies in special.items() if applies)


def acts_on(one: Parameter) -> str:
    """The documents that a parameter can change."""
    if one.needs_model and one.name not in ACTING:
        return "not yet"
    return "all" if one.inputs == EVERY else ", ".join(one.inputs)


def parameters_page() -> str:
    """docs/parameters.md."""
    parts = [
        HEADER.format(source="engines/parameters/__init__.py"),
        PARAMETERS_INTRODUCTION.format(count=len(PARAMETERS)),
    ]
    for group, members in itertools.groupby(PARAMETERS.values(), key=lambda one: one.group):
        rows = [
            [f"`{one.name}`", one.kind, literal(one.default), one.doc, acts_on(one), one.needs, marks(one)]
            for one in members
        ]
        parts += [f"\n## {group}\n\n", table(HEAD, rows)]
    parts.append("\n## Values\n\n")
    parts += [f"- {one.__name__}: {', '.join(f'`{value}`' for value in one)}\n" for one in CHOICES]
    parts.append("- Language: see [languages.md](languages.md)\n")
    return "".join(parts)


def configuration_page() -> str:
    """docs/configuration.md."""
    hints = typing.get_type_hints(Settings)
    rows = []
    for one in fields(Settings):
        declared = declaration_of(one)
        kind = kind_of(hints[one.name])
        rows.append([f"`{variable_of(one)}`", kind, literal(one.default), declared.bounds(), declared.doc])
    head = ["variable", "type", "default", "allowed", "meaning"]
    others = [[f"`{name}`", meaning] for name, meaning in OTHER_VARIABLES.items()]
    parts = [HEADER.format(source="settings.py"), CONFIGURATION_INTRODUCTION, "\n", table(head, rows)]
    return "".join([*parts, OTHERS_INTRODUCTION, table(["variable", "meaning"], others)])


def languages_page() -> str:
    """docs/languages.md."""
    rows = [
        [
            f"`{one}`",
            one.label,
            one.writing,
            f"`{one.model}`",
            f"`{one.package}`",
            "yes" if one.is_in_rapidocr else "",
            "approximate" if one.is_script_fallback else "",
        ]
        for one in Language
    ]
    head = ["code", "language", "script", "Tesseract data", "Debian package", "RapidOCR", ""]
    introduction = LANGUAGES_INTRODUCTION.format(count=len(Language))
    return HEADER.format(source="engines/parameters/languages.py") + introduction + "\n" + table(head, rows)


def v2_page() -> str:
    """docs/v2-parameters.md."""
    rows = [
        [f"`{one.path}`", "required" if one.required else literal(one.absent), kind_of(one.kind), one.rule.words]
        for one in OPTIONS
    ]
    head = ["option", "default", "type", "parameter"]
    return HEADER.format(source="schemas/parse_v2_options.py") + V2_INTRODUCTION + "\n" + table(head, rows)


def errors_page() -> str:
    """docs/errors.md."""
    rows = [[f"`{code}`", SENTENCES[code]] for code in Code]
    return HEADER.format(source="engines/errors.py") + ERRORS_INTRODUCTION + "\n" + table(["code", "sentence"], rows)


PAGES: dict[str, Callable[[], str]] = {
    "parameters.md": parameters_page,
    "configuration.md": configuration_page,
    "languages.md": languages_page,
    "v2-parameters.md": v2_page,
    "errors.md": errors_page,
}


def main() -> None:
    """Write all pages beside this file."""
    for name, page in PAGES.items():
        (HERE / name).write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
