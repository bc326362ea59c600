"""The files that deploy Sheaf agree with the code: commands, queues, variables."""

from __future__ import annotations

import dataclasses
import importlib.resources
import json
import re
import shlex
import tomllib
from typing import Any

import click
import jsonschema
import pytest
import yaml
from support.places import ROOT

from app.cli import main
from settings import Settings, variable_of
from tasks.queues import QUEUES

COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, Any] = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if service["image"].startswith("sheaf:")}
PROCFILE = dict(re.findall(r"^(\w+): sheaf (.+)$", (ROOT / "Procfile").read_text(), re.MULTILINE))
DOCKERFILE = (ROOT / "Dockerfile").read_text()
VARIABLES = {variable_of(one): one for one in dataclasses.fields(Settings)}
NOT_OURS = {"POSTGRES_PASSWORD", "FLOWER_BASIC_AUTH", "SHEAF_PUBLISH"}
"""Variables that other programs read, or compose itself."""


def arguments_of(words: list[str]) -> dict[str, Any]:
    """Parse a command line of `sheaf` as click would, without running it."""
    command = main.get_command(click.Context(main), words[0])
    assert command, words
    with command.make_context(words[0], list(words[1:])) as context:
        return {"command": words[0], **context.params}


COMPOSE_COMMANDS = {name: arguments_of(service["command"]) for name, service in OURS.items()}
PROCFILE_COMMANDS = {name: arguments_of(shlex.split(line)) for name, line in PROCFILE.items()}


def test_compose_file_fits_the_compose_specification() -> None:
    schema = importlib.resources.files("check_jsonschema") / "builtin_schemas" / "vendor" / "compose-spec.json"
    jsonschema.validate(COMPOSE, json.loads(schema.read_text()))


def test_compose_has_every_part_of_the_service() -> None:
    assert {"postgres", "redis", "migrate", "api", "worker", "beat", "flower"} <= SERVICES.keys()
    assert {one["command"] for one in COMPOSE_COMMANDS.values()} == {"migrate", "api", "worker", "beat", "flower"}


@pytest.mark.parametrize("commands", [COMPOSE_COMMANDS, PROCFILE_COMMANDS], ids=["compose", "Procfile"])
def test_every_queue_has_a_worker(commands: dict[str, dict[str, Any]]) -> None:
    served = [queue for one in commands.values() if one["command"] == "worker" for queue in one["queues"].split(",")]
    assert sorted(served) == sorted(QUEUES)


def test_procfile_runs_what_compose_runs() -> None:
    assert {name: COMPOSE_COMMANDS[name] for name in PROCFILE_COMMANDS} == PROCFILE_COMMANDS


@pytest.mark.parametrize("name", OURS)
def test_compose_sets_only_variables_that_sheaf_reads(name: str) -> None:
    assert OURS[name]["environment"].keys() <= VARIABLES.keys() | NOT_OURS


def test_example_environment_names_only_variables_that_are_read() -> None:
    named = set(re.findall(r"^#?([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    assert named <= VARIABLES.keys() | NOT_OURS
    wanted = set(re.findall(r"\$\{([A-Z_]+):\?", (ROOT / "docker-compose.yml").read_text()))
    assert wanted <= named


def test_no_secret_stands_in_the_files() -> None:
    for name, service in SERVICES.items():
        for variable, value in service.get("environment", {}).items():
            if re.search("PASSWORD|SECRET|KEY|AUTH", variable):
                assert re.fullmatch(r"\$\{[A-Z_]+:[?-][^}]*\}", value), (name, variable)
    assert re.findall(r"^[A-Z_]+=(.+)$", (ROOT / ".env.example").read_text(), re.MULTILINE) == []


@pytest.mark.parametrize("name", SERVICES)
def test_services_wait_for_what_they_need(name: str) -> None:
    if name in {"postgres", "redis"}:
        assert "pg_isready" in SERVICES[name]["healthcheck"]["test"] or "ping" in SERVICES[name]["healthcheck"]["test"]
    elif name == "migrate":
        assert SERVICES[name]["depends_on"]["postgres"] == {"condition": "service_healthy"}
    else:
        assert SERVICES[name]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}


@pytest.mark.parametrize("name", [name for name, one in COMPOSE_COMMANDS.items() if one["command"] == "worker"])
def test_worker_health_check_asks_the_worker_of_that_container(name: str) -> None:
    test = OURS[name]["healthcheck"]["test"][1]
    assert f"{COMPOSE_COMMANDS[name]['name']}@$$(hostname)" in test


def test_containers_get_longer_to_stop_than_workers_to_drain() -> None:
    drain = VARIABLES["SHEAF_DRAIN_SECONDS"].default
    assert int(COMPOSE["x-sheaf"]["stop_grace_period"].removesuffix("s")) > drain + 5


def test_every_compose_variable_has_its_default_or_a_demand() -> None:
    for variable, rest in re.findall(r"\$\{([A-Z_]+)(.*?)\}", (ROOT / "docker-compose.yml").read_text()):
        assert rest.startswith((":-", ":?")), variable


def test_image_runs_as_nobody_special() -> None:
    last_stage = DOCKERFILE.rpartition("\nFROM ")[2]
    assert re.search(r"^USER sheaf$", last_stage, re.MULTILINE)
    assert not re.search(r"^(ENV|ARG) .*(PASSWORD|SECRET|KEY)", DOCKERFILE, re.MULTILINE)


def test_image_holds_all_code_and_only_that() -> None:
    copied = {
        path for line in re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, re.MULTILINE) for path in line.split()
    }
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert set(project["tool"]["hatch"]["build"]["only-include"]) <= copied
    let_in = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    assert copied == let_in
    assert all((ROOT / path).exists() for path in copied)


def test_image_listens_to_the_outside_and_keeps_data_where_its_volume_is() -> None:
    environment = dict(re.findall(r"(SHEAF_[A-Z_]+)=(\S+)", DOCKERFILE))
    assert environment.keys() <= VARIABLES.keys()
    assert environment["SHEAF_HOST"] == "0.0.0.0"
    assert f"VOLUME {environment['SHEAF_DATA_DIR']}" in DOCKERFILE
    assert f"data:{environment['SHEAF_DATA_DIR']}" in COMPOSE["x-sheaf"]["volumes"]


def test_image_starts_a_command_that_exists() -> None:
    entry = json.loads(re.findall(r"^ENTRYPOINT (.+)$", DOCKERFILE, re.MULTILINE)[0])
    command = json.loads(re.findall(r"^CMD (.+)$", DOCKERFILE, re.MULTILINE)[0])
    assert entry[-1] == "sheaf"
    assert arguments_of(command)["command"] == "serve"


def test_every_command_and_option_has_a_help_text() -> None:
    def check(command: click.Command, name: str) -> None:
        assert command.help, name
        for one in command.params:
            assert isinstance(one, click.Argument) or one.help, f"{name} {one.name}"  # type: ignore[attr-defined]  # of click.Option
        for child_name, child in getattr(command, "commands", {}).items():
            check(child, f"{name} {child_name}")

    check(main, "sheaf")


def test_documented_targets_of_make_exist() -> None:
    makefile = (ROOT / "Makefile").read_text()
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    for page in ("CONTRIBUTING.md", "README.md"):
        assert set(re.findall(r"(?m)(?:^|`|\$ )make ([a-z]+)", (ROOT / page).read_text())) <= targets, page
