"""What older versions kept of addresses in plain text is sealed by the migration, and lost by nobody (migration 0006)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import command
from sqlalchemy import text
from sqlalchemy.orm import Session

from models import BatchJob, sealed
from models.base import make_engine, now
from models.migration import configuration, upgrade
from models.sealed import Sealed
from schemas.secrets import join_secrets, masked_config


class TestAddressesOfOlderVersions:
    """Jobs of the version before, one that has ended and one that has not."""

    KEY = "the key of this test"
    ADDRESS = "https://user:hush@example.org/a.pdf?sig=hush"
    SHOWN = "https://***@example.org/a.pdf?sig=***"

    def given(self, url: str) -> sa.Engine:
        """A database as it was, with a job that has ended and one that has not; both name the address four times."""
        revised(url, "0005")
        engine = make_engine(url)
        hook = {"webhook_url": self.ADDRESS, "webhook_headers": {"X-Token": "***"}}
        parameters = {"input_url": self.ADDRESS, "http_proxy": self.ADDRESS, "webhook_configurations": [hook]}
        sealed.use_key(self.KEY)
        secrets = Sealed.of({"parameters/webhook_configurations/0/webhook_headers": {"X-Token": "hush"}}).text
        table = sa.MetaData()
        table.reflect(engine)
        job = {
            "project_id": "p",
            "origin": "batch",
            "job_type": "parse",
            "status": "completed",
            "priority": "medium",
            "config": {"webhook_url": self.ADDRESS, "parameters": parameters},
            "secrets": secrets,
            "parameters_hash": "",
            "page_size": 1,
            "cycle_items": 1,
            "total_items": 1,
            "created_at": now(),
            "updated_at": now(),
        }
        item = {
            "page": 0,
            "position": 0,
            "source_id": "s",
            "name": "a.pdf",
            "size": 0,
            "sha256": "",
            "attempts": 1,
            "storage_key": self.ADDRESS,
            "status": "failed",
            "alone": False,
        }
        with engine.begin() as connection:
            dates = {"created_at": now(), "updated_at": now()}
            connection.execute(table.tables["organization"].insert(), dates | {"id": "o", "name": "o"})
            project = {"id": "p", "organization_id": "o", "name": "p", "is_default": False}
            connection.execute(table.tables["project"].insert(), dates | project)
            for name, end in (("ended", now()), ("open", None)):
                connection.execute(table.tables["batch_job"].insert(), job | {"id": name, "completed_at": end})
                connection.execute(table.tables["batch_item"].insert(), item | {"job_id": name})
        return engine

    def rows(self, engine: sa.Engine, job: str) -> tuple[BatchJob, str]:
        """The job, and all of its rows as they lie there."""
        with engine.connect() as connection:
            raw = [connection.execute(text(f"SELECT * FROM batch_job WHERE id = '{job}'")).all()]
            raw.append(connection.execute(text(f"SELECT * FROM batch_item WHERE job_id = '{job}'")).all())
        with Session(engine) as session:
            return session.get_one(BatchJob, job), str(raw)

    def test_those_of_ended_jobs_are_sealed(self, empty: str) -> None:
        engine = self.given(empty)
        upgrade(empty, self.KEY)
        job, raw = self.rows(engine, "ended")
        assert "hush" not in raw
        whole = join_secrets(job.config, job.open_secrets())
        assert whole["webhook_url"] == whole["parameters"]["http_proxy"] == self.ADDRESS
        assert job.config["parameters"]["input_url"] == self.SHOWN
        assert whole["parameters"]["webhook_configurations"][0] == {
            "webhook_url": self.ADDRESS,
            "webhook_headers": {"X-Token": "hush"},
        }
        engine.dispose()

    def test_those_of_open_jobs_stay_for_workers_of_the_older_version_and_answers_mask_them(self, empty: str) -> None:
        engine = self.given(empty)
        upgrade(empty, self.KEY)
        job, raw = self.rows(engine, "open")
        assert self.ADDRESS in raw
        assert join_secrets(job.config, job.open_secrets())["parameters"]["input_url"] == self.ADDRESS
        assert "hush" not in str(masked_config(job.config))
        engine.dispose()

    def test_without_the_key_nothing_is_lost(self, empty: str) -> None:
        engine = self.given(empty)
        sealed.use_key("")
        upgrade(empty)
        job, raw = self.rows(engine, "ended")
        assert self.ADDRESS in raw
        assert job.config["webhook_url"] == self.ADDRESS
        engine.dispose()


def revised(url: str, revision: str) -> None:
    """Bring a database to an older schema."""
    config = configuration()
    engine = make_engine(url)
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
    engine.dispose()
