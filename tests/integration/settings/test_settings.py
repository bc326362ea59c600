"""What the environment says is checked before anything starts: all faults at once, each with what is allowed."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path

import pytest
from click.testing import CliRunner
from support.places import ROOT
from support.served import environment

from app.cli import main
from app.web import create_app
from settings import OTHER_VARIABLES, Settings, SettingsError, declaration_of, variable_of

DECLARED = {variable_of(one): one for one in fields(Settings)}
Faults = Callable[..., list[str]]


@pytest.fixture
def faults(monkeypatch: pytest.MonkeyPatch) -> Faults:
    """What is wrong with an environment of these variables, as sentences."""
    for name in [one for one in os.environ if one.startswith("SHEAF_")]:
        monkeypatch.delenv(name)

    def read(**variables: str) -> list[str]:
        with monkeypatch.context() as patch:
            for name, value in variables.items():
                patch.setenv(name, value)
            try:
                Settings.from_env()
            except SettingsError as error:
                return error.faults
        return []

    return read


def test_a_fault_names_the_variable_its_value_and_what_is_allowed(faults: Faults) -> None:
    assert faults(SHEAF_ISOLATION="Always") == ["SHEAF_ISOLATION is 'Always'; allowed: auto or always"]
    assert faults(SHEAF_PORT="eighty") == ["SHEAF_PORT is 'eighty'; allowed: a whole number, 0 to 65,535"]
    assert faults(SHEAF_MAX_ATTEMPTS="0") == ["SHEAF_MAX_ATTEMPTS is '0'; allowed: a whole number, 1 or more"]


def test_all_faults_are_told_at_once(faults: Faults) -> None:
    found = faults(SHEAF_WORKERS="-1", SHEAF_LOG_LEVEL="loud", SHEAF_CLASSIFY_THRESHOLD="2", SHEAF_NONSENSE="1")
    assert len(found) == 4
    assert str(SettingsError(found)) == "\n  ".join(["the environment is not valid:", *found])


@pytest.mark.parametrize(
    ("name", "meant"), [("SHEAF_WORKER", "SHEAF_WORKERS"), ("SHEAF_DATABASEURL", "SHEAF_DATABASE_URL")]
)
def test_a_misspelt_name_is_told_with_the_one_that_was_meant(name: str, meant: str, faults: Faults) -> None:
    assert faults(**{name: "secret"}) == [f"{name} is no setting; did you mean {meant}?"]


def test_a_name_like_no_other_is_told_where_all_are(faults: Faults) -> None:
    assert faults(SHEAF_QQQQ="secret") == ["SHEAF_QQQQ is no setting; docs/configuration.md lists all"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SHEAF_DATABASE_URL", "mysql://me:secret@host/name"),
        ("SHEAF_BROKER_URL", "kafka://me:secret@host"),
        ("SHEAF_RESULT_URL", "amqp://me:secret@host"),
        ("SHEAF_STORAGE_URL", "ftp://me:secret@host"),
    ],
)
def test_a_url_of_another_kind_is_refused_without_showing_it(name: str, value: str, faults: Faults) -> None:
    (found,) = faults(**{name: value})
    assert found.startswith(f"{name} has a value that is not shown; allowed: begins with ")


def test_secrets_are_in_no_text_of_the_settings() -> None:
    shown = repr(Settings(secret_key="hidden", broker_url="redis://:hidden@host", database_url="postgresql://hidden"))
    assert "hidden" not in shown


def out_of_bounds() -> list[tuple[str, str]]:
    found = []
    for variable, one in DECLARED.items():
        declared = declaration_of(one)
        if declared.at_least is not None:
            found += [(variable, str(int(declared.at_least) - 1)), (variable, "-1000000"), (variable, "many")]
        if declared.at_most is not None:
            found += [(variable, str(int(declared.at_most) + 1)), (variable, "9" * 40)]
        if str(one.type) == "float":
            found += [(variable, "nan"), (variable, "inf")]
        if declared.one_of:
            found += [(variable, declared.one_of[0].swapcase()), (variable, f" {declared.one_of[0]}")]
        if declared.begins:
            found += [(variable, "somewhere"), (variable, "://")]
    return found


@pytest.mark.parametrize(("variable", "value"), out_of_bounds())
def test_what_is_out_of_bounds_is_refused(variable: str, value: str, faults: Faults) -> None:
    (found,) = faults(**{variable: value})
    assert found.startswith(f"{variable} ")


def test_every_number_has_a_lower_bound() -> None:
    numbers = [name for name, one in DECLARED.items() if str(one.type) in {"int", "float"}]
    assert [name for name in numbers if declaration_of(DECLARED[name]).at_least is None] == []


@pytest.mark.parametrize("variable", DECLARED)
def test_defaults_and_empty_variables_are_allowed(variable: str, faults: Faults) -> None:
    one = DECLARED[variable]
    declared = declaration_of(one)
    assert not one.default or declared.allows(one.default)
    assert faults(**{variable: ""}) == []


def test_an_empty_variable_means_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHEAF_HOST", "")
    monkeypatch.setenv("SHEAF_DATA_DIR", "")
    found = Settings.from_env()
    assert (found.host, found.data_dir) == ("127.0.0.1", str(Path("~/.local/share/sheaf").expanduser()))


def test_variables_of_clients_tests_and_compose_are_no_faults(faults: Faults) -> None:
    assert faults(**dict.fromkeys(OTHER_VARIABLES, "something")) == []


def test_what_kubernetes_adds_beside_a_service_is_no_fault(faults: Faults) -> None:
    links = {
        "SHEAF_API_PORT": "tcp://10.0.0.7:8000",
        "SHEAF_API_PORT_8000_TCP_ADDR": "10.0.0.7",
        "SHEAF_API_SERVICE_HOST": "10.0.0.7",
        "SHEAF_SERVICE_HOST": "10.0.0.7",
        "SHEAF_SERVICE_PORT_HTTP": "8000",
    }
    assert faults(**links) == []


def test_lists_may_have_blanks_around_their_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHEAF_S3_BUCKETS", "one, two ,three")
    assert Settings.from_env().s3_buckets == ["one", "two", "three"]


@pytest.mark.parametrize(
    "command",
    [
        "run .",
        "serve",
        "api",
        "worker",
        "beat",
        "flower",
        "migrate",
        "keys list",
        "quarantine list",
        "erase --project p",
    ],
)
def test_every_command_that_reads_settings_refuses_to_start(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("letter.txt").write_text("Words")
    variables = environment(tmp_path / "data", SHEAF_ISOLATION="Always", SHEAF_WORKER="3")
    refused = CliRunner().invoke(main, command.split(), env={**dict.fromkeys(os.environ), **variables})
    assert refused.exit_code == 1
    assert refused.stderr.splitlines() == [
        "Error: the environment is not valid:",
        "  SHEAF_WORKER is no setting; did you mean SHEAF_WORKERS?",
        "  SHEAF_ISOLATION is 'Always'; allowed: auto or always",
    ]
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(
    "program",
    [("gunicorn", "--check-config", "app.wsgi:app"), ("celery", "--app", "tasks.celery", "report")],
    ids=["wsgi", "worker"],
)
def test_programs_that_load_sheaf_by_themselves_do_not_start(program: tuple[str, ...], tmp_path: Path) -> None:
    variables = environment(tmp_path, SHEAF_ISOLATION="Always")
    refused = subprocess.run(
        [sys.executable, "-m", *program],
        cwd=ROOT,
        env=variables,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert refused.returncode != 0
    assert "SHEAF_ISOLATION is 'Always'; allowed: auto or always" in refused.stderr


def test_the_application_is_not_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHEAF_API_THREADS", "0")
    with pytest.raises(SettingsError, match="SHEAF_API_THREADS"):
        create_app()


def test_help_needs_no_valid_environment() -> None:
    assert CliRunner().invoke(main, ["--help"], env={"SHEAF_PORT": "eighty"}).exit_code == 0
