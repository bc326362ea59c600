"""From `--set name=value` and a rules file to the `job_config` of a batch."""

from __future__ import annotations

import difflib
import json
import os
import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import click
import yaml
from marshmallow import ValidationError

from app.datadir import DataDir
from engines.parameters import PARAMETERS, Parameter
from engines.parameters.conditions import Conditions
from engines.version import profile_version
from schemas import job_config
from settings import Settings
from tasks.context import tools_of
from tasks.language_models import fingerprint_of, operator_of

CLASSIFY_PARAMETERS = ("lang", "max_pages", "target_pages")
"""What a classify job can be told about reading the documents."""
LONGEST_NAME = 255
"""Characters of an example that may be the name of a file."""
WORDS = {"true": True, "yes": True, "on": True, "1": True, "false": False, "no": False, "off": False, "0": False}


def parameters_from(settings: Sequence[str]) -> dict[str, Any]:
    """The parameters of `name=value` texts, by wire name. Raises click.BadParameter."""
    parameters: dict[str, Any] = {}
    for setting in settings:
        name, equals, text = setting.partition("=")
        name = name.strip()
        if not equals:
            raise refuse(f"{setting!r} is not of the form name=value")
        if name not in PARAMETERS:
            raise refuse(no_parameter(name))
        parameters[name] = parameter_value(PARAMETERS[name], text)
    return parameters


def no_parameter(name: str) -> str:
    """What is said of a name that no parameter has."""
    close = difflib.get_close_matches(name, PARAMETERS, n=3)
    hint = f"did you mean {', '.join(close)}?" if close else "docs/parameters.md lists them"
    return f"there is no parameter {name}; {hint}"


def parameter_value(parameter: Parameter, text: str) -> Any:
    """A text as a value of the parameter's type, which may still be out of its bounds. Raises click.BadParameter."""
    kind = parameter.kind
    try:
        if kind == "boolean":
            return WORDS[text.strip().lower()]
        if kind == "integer":
            return int(text)
        if kind == "number":
            return float(text)
        if kind == "map" or kind.startswith("list"):
            return list_or_map(kind, text)
    except (KeyError, ValueError):
        raise refuse(f"{parameter.name} takes a {kind}, not {text!r}") from None
    return text  # strings and choices


def list_or_map(kind: str, text: str) -> Any:
    """JSON; a list of simple values may also be written with commas. Raises ValueError."""
    is_json = text.lstrip().startswith(("[", "{"))
    if kind.startswith("list") and not is_json:
        return [part.strip() for part in text.split(",")]
    value = json.loads(text)
    if kind == "map" and not isinstance(value, dict):
        raise ValueError(text)
    return value if kind == "map" or isinstance(value, list) else [value]


def refuse(message: str) -> click.BadParameter:
    """The error of a wrong `--set`."""
    return click.BadParameter(message, param_hint="--set")


def parse_config(settings: Sequence[str]) -> dict[str, Any]:
    """The `job_config` of a parse job. Raises click.BadParameter."""
    return check_config({"job_name": "parse_raw_file_job", "parameters": parameters_from(settings)})


def check_config(config: dict[str, Any]) -> dict[str, Any]:
    """The configuration, unless every server would refuse it: better said before documents are sent. Raises click.BadParameter."""
    own = Settings.from_env()
    conditions = Conditions(
        min_job_timeout_seconds=0.0, ignores_models=own.model_parameters == "warn", has_model=may_have_model(own)
    )
    try:
        job_config.validate(job_config.load(config), conditions)
    except ValidationError as error:
        raise refuse("; ".join(error_lines(error.messages))) from None
    return config


def may_have_model(own: Settings) -> bool:
    """Whether there may be a language model to ask: a server that runs knows, one that is yet to be started has these settings."""
    is_served = bool(os.environ.get("SHEAF_BASE_URL")) or DataDir(own.data_dir).running() is not None
    return is_served or operator_of(own).endpoint is not None


def hash_of(config: dict[str, Any], settings: Settings, learned: Sequence[str] = ()) -> str:
    """The `parameters_hash` of a configuration that was checked: the same for the same work, as far as can be seen from here.

    `learned` are the ids of the corrections from which the server's classify jobs learn.
    """
    loaded = job_config.load(config)
    return job_config.configuration_hash(loaded, job_config.Besides(fingerprint_of(loaded, settings), learned))


def engine_of(settings: Settings) -> str:
    """The version of the engines and tools of this machine. Those of a server elsewhere cannot be seen from here."""
    return profile_version(tools_of(settings))


def fresh(config: dict[str, Any]) -> dict[str, Any]:
    """The same work, with results that a server has kept of the same bytes put aside; classify jobs cannot ask for that."""
    if "rules" in config:
        return config
    return {**config, "parameters": {"invalidate_cache": True, **config["parameters"]}}


def error_lines(messages: Any, name: str = "") -> Iterator[str]:
    """marshmallow's nested messages as texts, each with the innermost name."""
    if isinstance(messages, dict):
        for key, inner in messages.items():
            yield from error_lines(inner, name if isinstance(key, int) else str(key))
    elif isinstance(messages, list):
        yield from (f"{name}: {message}" for message in messages)


def classify_config(rules_file: Path, settings: Sequence[str]) -> dict[str, Any]:
    """The `job_config` of a classify job, but for the project that it names. Raises click.BadParameter."""
    parameters = parameters_from(settings)
    if other := [name for name in parameters if name not in CLASSIFY_PARAMETERS]:
        raise refuse(f"{', '.join(other)} does not apply to --classify ({', '.join(CLASSIFY_PARAMETERS)} do)")
    if "target_pages" in parameters:
        parameters["target_pages"] = page_numbers(parameters["target_pages"])
    return check_config(classify_job(read_rules(rules_file), parameters))


def classify_job(rules: dict[str, Any], parameters: dict[str, Any] | None = None) -> dict[str, Any]:
    """The `job_config` of a classify job, unchecked, from its `rules` and perhaps its `mode`."""
    parsing = {"parsing_configuration": parameters} if parameters else {}
    return {"id": str(uuid.uuid4()), "user_id": "sheaf", "status": "PENDING", **rules, **parsing}


def page_numbers(text: str) -> list[int]:
    """`0,2-4` as a list, the form that classify jobs want. Raises click.BadParameter."""
    numbers: list[int] = []
    for part in text.split(","):
        first, _, last = part.partition("-")
        try:
            numbers.extend(range(int(first), int(last or first) + 1))
        except ValueError:
            raise refuse(f"target_pages: {part!r} is neither a page nor a range") from None
    return numbers


def read_rules(path: Path) -> dict[str, Any]:
    """Rules from YAML or JSON: a map of type to description, or a list of both, bare or under `rules`, where a `mode` may be too.

    A rule of the list may have `examples`, each a text, the id of a file, or a file of text beside the rules. Raises
    click.BadParameter.
    """
    mode = {}
    try:
        content = yaml.safe_load(path.read_text())
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise click.BadParameter(f"{path} is not YAML: {error}", param_hint="--classify") from error
    if isinstance(content, dict) and "rules" in content:
        mode = {"mode": content["mode"]} if content.get("mode") else {}
        content = content["rules"]
    if isinstance(content, dict):
        content = [{"type": kind, "description": description} for kind, description in content.items()]
    if not isinstance(content, list) or not content or not all(is_rule(one) for one in content):
        message = f"{path} holds no rules; write lines of `type: description of such documents`"
        raise click.BadParameter(message, param_hint="--classify")
    return {"rules": [rule_of(one, path.parent) for one in content], **mode}


def rule_of(one: dict[str, Any], folder: Path) -> dict[str, Any]:
    """A rule as the API takes it."""
    rule: dict[str, Any] = {"type": str(one["type"]), "description": str(one["description"])}
    if one.get("examples"):
        rule["examples"] = [example_of(str(example), folder) for example in one["examples"]]
    return rule


def example_of(example: str, folder: Path) -> str:
    """The text of an example, which may be a file of text in the folder of the rules. Raises click.BadParameter."""
    if "\n" in example or len(example) > LONGEST_NAME or not (folder / example).is_file():
        return example
    try:
        return (folder / example).read_text(encoding="utf-8")[: job_config.LONGEST_EXAMPLE]
    except UnicodeDecodeError:
        message = f"{example} is no file of text: upload it, and name it by its id"
        raise click.BadParameter(message, param_hint="--classify") from None


def is_rule(one: object) -> bool:
    """Whether it has what a rule needs."""
    return isinstance(one, dict) and {"type", "description"} <= one.keys()
