"""Fixtures that many tests share: a database of each kind, an application over it, and a client with a key."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from support.effects import sentence
from support.groups import group_of
from support.receiver import receiver
from support.running import MEASURING, stack, stranger, tenant
from support.samples import documents
from support.sdks import sdk
from support.served import served
from support.services import postgres_server, postgres_url, redis_url, valkey_url
from support.thinking import mind, thinker, thinking_stack
from support.unaided import unaided

import models
from app.web import assemble, create_app, equip
from models import ApiKey, Project, Session, migration
from settings import Settings

__all__ = [
    "documents",
    "mind",
    "postgres_server",
    "postgres_url",
    "receiver",
    "redis_url",
    "sdk",
    "served",
    "stack",
    "stranger",
    "tenant",
    "thinker",
    "thinking_stack",
    "unaided",
    "valkey_url",
]
"""Fixtures of the real servers and of the running stack, for all tests."""

EFFECT = "effect"
"""The mark of a test that shows what parse parameters do."""

MEASURED = ("tasks", "schemas", "models")
SERVICES = {"postgres_server", "redis_url", "served", "stack", "thinking_stack", "unaided", "valkey_url"}
"""Fixtures that start programs."""
STARTERS = {
    "chaos",
    "servers",
    "subprocess",
    "support.llm",
    "Sandbox",
    "support.packages",
    "support.running",
    "support.sdks",
    "support.served",
    "support.servers",
}
"""What test modules import that start programs by themselves."""
LONG = (
    *(
        "ocr",
        "office",
        "formats",
        "recall",
        "hostile",
        "hostfacts",
        "engine_tools",
        "examples",
        "storage",
        "checkpoints",
        "doctor",
    ),
    *(
        "state_machine",
        "sandbox",
        "schema",
        "amplification",
        "linear",
        "publish",
        "revisions",
        "chaos",
        "seams",
        "migration",
    ),
)
"""Parts of the names of test modules that need system packages, or more time than `make test-quick` has."""


@pytest.hookimpl(tryfirst=True)  # pytest-xdist looks at the groups afterwards
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Note whose effects the tests at hand show, which need no measuring of lines, which are quick, and which stay together."""
    for item in items:
        if isinstance(item, pytest.Function) and (group := group_of(item)):
            item.add_marker(pytest.mark.xdist_group(group))
        if isinstance(item, pytest.Function) and not is_measured(item):
            item.add_marker("no_cover")
        if isinstance(item, pytest.Function) and is_quick(item):
            item.add_marker("quick")
        # Unlike a mark, a property reaches the process that tells of the run.
        item.user_properties += [(EFFECT, name) for mark in item.iter_markers(EFFECT) for name in mark.args]


def is_measured(item: pytest.Function) -> bool:
    """Whether a test may run lines that no other one runs, which costs it up to as much again: of two databases, on SQLite.

    The stack that most tests share runs nothing that the small ones of single tests do not run.
    """
    if "postgres" in item.nodeid or {"stack", "thinking_stack"} & set(item.fixturenames):
        return False
    if "database" in item.fixturenames:
        return True
    used = (getattr(one, "__module__", None) or getattr(one, "__name__", "") for one in vars(item.module).values())
    return any(str(name).partition(".")[0] in MEASURED for name in used)


@pytest.fixture(autouse=True)
def measured(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The processes that a test starts note the lines they run only when the test does."""
    if request.node.get_closest_marker("no_cover"):
        monkeypatch.delenv(MEASURING, raising=False)


def is_quick(item: pytest.Function) -> bool:
    """Whether a test starts nothing, needs no system package and is soon done."""
    if "postgres" in item.nodeid or SERVICES & set(item.fixturenames):
        return False
    imported = set(vars(item.module)) | {str(getattr(one, "__module__", "")) for one in vars(item.module).values()}
    return not STARTERS & imported and not any(part in item.path.stem for part in LONG)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say of how many parameters the effect was tested, by tests that passed."""
    passed = terminalreporter.stats.get("passed", [])
    names = {name for report in passed for kind, name in report.user_properties if kind == EFFECT}
    if names:
        terminalreporter.write_line(sentence(names))


KEY = "My API Key"
"""The key of the official SDKs' own tests: with spaces."""


@pytest.fixture(scope="session")
def empty_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite database of the present schema, to be copied: making its tables takes longer."""
    path = tmp_path_factory.mktemp("empty") / "sheaf.db"
    engine = models.base.make_engine(f"sqlite:///{path}")
    models.Base.metadata.create_all(engine)
    engine.dispose()
    return path


TABLES = models.Base.metadata.sorted_tables


@pytest.fixture(scope="session")
def tables(postgres_url: str) -> Iterator[sa.Engine]:
    """The tables of the present schema in PostgreSQL: making them takes longer than most tests."""
    engine = models.base.make_engine(postgres_url, pool_size=1)
    models.Base.metadata.create_all(engine)
    yield engine
    engine.dispose()


@pytest.fixture(params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest, empty_file: Path, tmp_path: Path) -> str:
    """URL of an empty database with the present schema, of each kind in turn."""
    if request.param == "sqlite":
        return f"sqlite:///{shutil.copy(empty_file, tmp_path)}"
    engine: sa.Engine = request.getfixturevalue("tables")
    with engine.begin() as connection:
        connection.execute(sa.text("; ".join(f"DELETE FROM {table.name}" for table in reversed(TABLES))))
    return engine.url.render_as_string(hide_password=False)


@pytest.fixture(params=["sqlite", "postgres"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """URL of a database without any table, of each kind in turn."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/empty.db"
    else:
        with request.getfixturevalue("postgres_server").database() as url:
            yield url


@pytest.fixture
def settings(database: str, tmp_path: Path) -> Settings:
    """Settings of a stack of its own in a temporary directory."""
    return Settings(data_dir=str(tmp_path), database_url=database)


@pytest.fixture(scope="session")
def assembled() -> Flask:
    """The web application without a database; assembling one costs more than most of its tests."""
    return assemble()


@pytest.fixture
def app(assembled: Flask, settings: Settings) -> Iterator[Flask]:
    """The web application, with a project and its key."""
    app = assembled
    equip(app, settings)
    with Session.begin() as session:
        ApiKey.issue(session, Project.named(session, "default"), KEY)
    yield app
    Session.kw["bind"].dispose()


@pytest.fixture
def project_id(app: Flask) -> str:
    """Id of the project of `client`."""
    with models.read_session() as session:
        return Project.named(session, "default").id


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """An HTTP client whose requests carry the key."""
    client = app.test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {KEY}"
    return client


@pytest.fixture
def migrated(tmp_path: Path) -> Iterator[FlaskClient]:
    """A client without a key, over a database of the newest schema."""
    settings = Settings(data_dir=str(tmp_path))
    migration.upgrade(settings.effective_database_url())
    yield create_app(settings).test_client()
    Session.kw["bind"].dispose()
