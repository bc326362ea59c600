"""`sheaf migrate --check`: whether the schema fits, for scripts, without a change."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from click.testing import CliRunner
from support.served import environment

from app.cli import main
from models.base import make_engine
from models.migration import configuration, upgrade


def check(url: str) -> tuple[int, str]:
    """How it ends, and what it says."""
    done = CliRunner().invoke(main, ["migrate", "--check"], env=environment(SHEAF_DATABASE_URL=url))
    return done.exit_code, done.output.strip()


def tables(engine: sa.Engine) -> list[str]:
    return sa.inspect(engine).get_table_names()


def test_a_check_tells_whether_the_schema_fits_and_changes_nothing(empty: str) -> None:
    assert check(empty) == (1, "The database has no schema yet: run `sheaf migrate`.")
    assert not empty.startswith("sqlite") or not Path(empty.removeprefix("sqlite:///")).exists()
    engine = make_engine(empty)
    assert tables(engine) == []
    with engine.begin() as connection:
        config = configuration()
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
    before = tables(engine)
    code, said = check(empty)
    assert (code, said.partition(" (")[0]) == (1, "The schema is older than this version of Sheaf")
    assert said.endswith("run `sheaf migrate`.")
    assert tables(engine) == before
    upgrade(empty)
    assert check(empty) == (0, "The database fits this version of Sheaf.")
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    code, said = check(empty)
    assert (code, said.partition(" (")[0]) == (1, "The schema is newer than this version of Sheaf")
    engine.dispose()


@pytest.mark.parametrize("kind", ["away", "another file", "another kind"])
def test_a_check_that_cannot_look_says_so(kind: str, tmp_path: Path) -> None:
    (tmp_path / "letter.db").write_text("Dear database, " * 100)
    urls = {
        "away": "postgresql://sheaf:secret@127.0.0.1:9/sheaf",
        "another file": f"sqlite:///{tmp_path}/letter.db",
        "another kind": "mysql://sheaf:secret@host/sheaf",
    }
    code, said = check(urls[kind])
    assert (code, said[:6]) == (2, "Error:"), said
    assert "secret" not in said
