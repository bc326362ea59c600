"""The single processes, the keys, and the schema: commands that need no running service."""

from __future__ import annotations

import datetime as dt
import re
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result
from support.served import environment

import models
from app import commands
from app.cli import COMMANDS, main, processes
from models import ApiKey
from models.base import now
from models.projects import Scope
from settings import Settings
from tasks.queues import QUEUES


@pytest.mark.parametrize(("name", "sentence"), [(name, sentence) for name, (_, sentence) in COMMANDS.items()])
def test_the_list_of_commands_says_of_each_what_its_own_help_says(name: str, sentence: str) -> None:
    command = main.get_command(click.Context(main), name)
    assert command
    assert (command.name, command.get_short_help_str(limit=200)) == (name, sentence)
    assert re.search(rf"^  {name} ", CliRunner().invoke(main, ["--help"]).output, re.MULTILINE)


def test_what_lists_the_commands_loads_nothing_that_only_one_of_them_needs() -> None:
    code = "import sys, app.cli; print(*{name.partition('.')[0] for name in sys.modules})"
    loaded = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.split()
    assert "click" in loaded
    assert not {"flask", "sqlalchemy", "celery", "httpx", "rich", "marshmallow", "mcp", "engines", "models"} & set(
        loaded
    )


@pytest.fixture
def variables(tmp_path: Path) -> dict[str, str]:
    """A data directory whose database is there."""
    given = environment(tmp_path / "data", SHEAF_BROKER_URL="redis://127.0.0.1:9/0")
    assert sheaf("migrate", env=given).exit_code == 0
    return given


def sheaf(*arguments: str, env: dict[str, str], stdin: str = "") -> Result:
    return CliRunner().invoke(main, arguments, env=env, input=stdin)


def owner_of(key: str, variables: dict[str, str]) -> str | None:
    """Id of the valid key in the database, or None."""
    engine = models.connect(f"sqlite:///{variables['SHEAF_DATA_DIR']}/sheaf.db")
    with models.read_session() as session:
        found = ApiKey.find_key(session, key)
    engine.dispose()
    return found.id if found else None


def test_migrating_again_changes_nothing(variables: dict[str, str]) -> None:
    again = sheaf("migrate", env=variables)
    assert again.exit_code == 0
    assert "fits" in again.stdout


def test_a_key_is_printed_once_and_stored_as_a_hash(variables: dict[str, str]) -> None:
    key = sheaf("keys", "create", "--project", "invoices", env=variables).stdout.strip()
    assert re.fullmatch(r"llx-[\w-]{40,}", key)
    assert owner_of(key, variables)
    database = Path(variables["SHEAF_DATA_DIR"], "sheaf.db").read_bytes()
    assert key.encode() not in database
    listed = sheaf("keys", "list", env=variables).stdout
    assert "invoices" in listed
    assert key[:8] in listed
    assert key not in listed


def test_a_key_may_be_chosen_and_only_once(variables: dict[str, str]) -> None:
    assert sheaf("keys", "create", "--project", "p", "--key", "My API Key", env=variables).stdout == "My API Key\n"
    again = sheaf("keys", "create", "--project", "q", "--key", "My API Key", env=variables)
    assert again.exit_code == 1
    assert "exists already" in again.stderr
    assert sheaf("keys", "create", "--project", "p", "--key", " ", env=variables).exit_code == 2


@pytest.mark.parametrize("by", ["id", "key"])
def test_a_revoked_key_is_no_longer_found(variables: dict[str, str], by: str) -> None:
    key = sheaf("keys", "create", "--project", "p", env=variables).stdout.strip()
    key_id = owner_of(key, variables)
    assert key_id
    assert sheaf("keys", "revoke", key if by == "key" else key_id, env=variables).exit_code == 0
    assert owner_of(key, variables) is None
    assert sheaf("keys", "revoke", "unknown", env=variables).exit_code == 1


def test_keys_of_a_database_without_schema_say_what_to_do(tmp_path: Path) -> None:
    refused = sheaf("keys", "list", env=environment(SHEAF_DATABASE_URL=f"sqlite:///{tmp_path}/empty.db"))
    assert refused.exit_code == 1
    assert "sheaf migrate" in refused.stderr


@pytest.mark.parametrize("command", ["api", "worker", "beat", "flower"])
def test_single_processes_need_a_broker_to_meet_at(command: str, tmp_path: Path) -> None:
    refused = sheaf(command, env=environment(tmp_path, SHEAF_BROKER_URL=""))
    assert refused.exit_code == 2
    assert "SHEAF_BROKER_URL" in refused.stderr


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (["--queues", "parse,letters"], "no such queue: letters"),
        (["--queues", "control,parse", "--pool", "threads"], "need --pool prefork"),
        (["--concurrency", "0"], "--concurrency"),
    ],
)
def test_a_worker_that_cannot_work_does_not_start(options: list[str], reason: str, variables: dict[str, str]) -> None:
    refused = sheaf("worker", *options, env=variables)
    assert refused.exit_code == 2
    assert reason in refused.stderr


def test_a_setting_of_the_wrong_type_is_one_line(tmp_path: Path) -> None:
    refused = sheaf("api", env=environment(tmp_path, SHEAF_PORT="eighty"))
    assert refused.exit_code == 1
    assert "SHEAF_PORT" in refused.stderr
    assert len(refused.stderr.splitlines()) == 1


def test_the_stack_serves_every_queue_once() -> None:
    assert sorted(commands.DOCUMENT_QUEUES + commands.CONTROL_QUEUES) == sorted(QUEUES)


def test_workers_are_celery_itself() -> None:
    command = commands.worker("documents", ("parse",), concurrency=2, events=True)
    assert command[1:5] == ["-P", "-m", "celery", "--app"]
    assert "--task-events" in command


@pytest.mark.setting("api_threads", "api_processes", "drain_seconds")
def test_the_api_listens_where_it_is_told() -> None:
    command = commands.api(Settings(api_threads=3, api_processes=2, drain_seconds=7), "127.0.0.1:81")
    assert command[command.index("--bind") + 1] == "127.0.0.1:81"
    assert command[command.index("--threads") + 1] == "3"
    assert command[command.index("--workers") + 1] == "2"
    assert command[command.index("--graceful-timeout") + 1] == "7"


@pytest.mark.setting("host", "port")
def test_the_address_is_that_of_the_settings_unless_an_option_says_otherwise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    became: list[list[str]] = []
    monkeypatch.setattr(processes, "become", lambda command, _settings: became.append(command))
    given = environment(tmp_path, SHEAF_BROKER_URL="redis://127.0.0.1:9/0", SHEAF_HOST="::1", SHEAF_PORT="81")
    sheaf("api", env=given)
    sheaf("api", "--host", "0.0.0.0", "--port", "82", env=given)
    assert [one[one.index("--bind") + 1] for one in became] == ["[::1]:81", "0.0.0.0:82"]


def test_flower_shows_what_a_task_is_about() -> None:
    (columns,) = [word for word in commands.flower("127.0.0.1", 5555) if word.startswith("--tasks_columns=")]
    assert {"name", "args", "state"} <= set(columns.partition("=")[2].split(","))


def test_keys_need_not_stand_on_a_command_line(variables: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "key").write_text("From a file\n")
    made = sheaf("keys", "create", "--project", "p", "--key-file", str(tmp_path / "key"), env=variables)
    assert made.stdout == "From a file\n"
    piped = sheaf("keys", "create", "--project", "p", "--key-file", "-", env=variables, stdin="From a pipe\n")
    assert piped.stdout == "From a pipe\n"
    assert sheaf("keys", "create", "--project", "p", "--key-file", "-", env=variables, stdin="\n").exit_code == 2
    assert sheaf("keys", "create", "--project", "p", "--key", "a", "--key-file", "-", env=variables).exit_code == 2
    assert sheaf("keys", "revoke", "-", env=variables, stdin="From a pipe\n").exit_code == 0
    assert owner_of("From a pipe", variables) is None
    assert owner_of("From a file", variables)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.2", "sheaf.example"])
def test_flower_is_not_shown_to_a_network_without_a_password(host: str, tmp_path: Path) -> None:
    refused = sheaf("serve", "--host", host, "--flower", env=environment(tmp_path, FLOWER_BASIC_AUTH=""))
    assert refused.exit_code == 2
    assert "FLOWER_BASIC_AUTH" in refused.stderr


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost"])
def test_this_machine_may_see_it_without(host: str) -> None:
    assert processes.is_loopback(host)


def key_in(variables: dict[str, str], key: str) -> ApiKey | None:
    engine = models.connect(f"sqlite:///{variables['SHEAF_DATA_DIR']}/sheaf.db")
    with models.read_session() as session:
        found = ApiKey.find_key(session, key)
    engine.dispose()
    return found


@pytest.mark.parametrize(("expires", "days"), [("90d", 90), ("48h", 2)])
def test_a_key_has_a_scope_a_name_and_an_end(variables: dict[str, str], expires: str, days: int) -> None:
    options = ["--scope", "read", "--name", "of the [museum]", "--expires", expires]
    found = key_in(variables, sheaf("keys", "create", "--project", "p", *options, env=variables).stdout.strip())
    assert found is not None
    assert (found.scope, found.name) == (Scope.READ, "of the [museum]")
    assert found.expires_at is not None
    assert abs(found.expires_at - now() - dt.timedelta(days=days)) < dt.timedelta(minutes=5)
    listed = sheaf("keys", "list", env={**variables, "COLUMNS": "300"}).stdout
    assert "of the [museum]" in listed
    assert " read " in listed
    assert "until 20" in listed


@pytest.mark.parametrize("wrong", ["soon", "2027-13-01", "9x", "-1d", "2020-01-31", "0m"])
def test_an_end_that_is_none_is_refused(variables: dict[str, str], wrong: str) -> None:
    refused = sheaf("keys", "create", "--project", "p", "--expires", wrong, env=variables)
    assert refused.exit_code == 2
    assert "2027-01-31" in refused.stderr


def test_a_rotated_key_opens_for_a_while_beside_the_new_one(variables: dict[str, str]) -> None:
    old = sheaf("keys", "create", "--project", "p", "--scope", "read", "--name", "n", env=variables).stdout.strip()
    before = key_in(variables, old)
    assert before is not None
    rotated = sheaf("keys", "rotate", before.id, "--overlap", "2h", env=variables)
    new, still = key_in(variables, rotated.stdout.strip()), key_in(variables, old)
    assert new is not None
    assert still is not None
    assert (new.scope, new.name, new.project_id, new.expires_at) == (Scope.READ, "n", before.project_id, None)
    assert still.expires_at is not None
    assert abs(still.expires_at - now() - dt.timedelta(hours=2)) < dt.timedelta(minutes=5)
    assert sheaf("keys", "rotate", "nobody", env=variables).exit_code == 1
