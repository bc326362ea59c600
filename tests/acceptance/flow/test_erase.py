"""`sheaf erase`: nothing of the project is left, and nothing of another is touched."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from support.notes import notes, poison
from support.running import RunningStack, Tenant, eventually
from support.served import environment, sheaf

from models import Base, erasure
from models.erasure import ORDER, belonging
from models.projects import ApiKey, Organization, Project

KEPT = {"organization", "broker_epoch", "model_turn", "worker_process"}
"""Tables without anything of a project."""


def test_every_table_with_something_of_a_project_is_covered() -> None:
    covered = {model.__tablename__ for model in ORDER} | {ApiKey.__tablename__, Project.__tablename__}
    assert covered == Base.metadata.tables.keys() - KEPT
    assert Organization.__tablename__ in KEPT
    for model in ORDER:
        belonging(model, "p")


def test_referring_tables_come_before_what_they_refer_to() -> None:
    names = [model.__tablename__ for model in ORDER]
    for model in ORDER:
        for key in model.__table__.foreign_keys:
            target = key.column.table.name
            if target in names and target != model.__tablename__:
                assert names.index(model.__tablename__) < names.index(target), (model, target)


def erase(stack: RunningStack, name: str, *options: str) -> tuple[int, str]:
    variables = {
        "SHEAF_DATABASE_URL": stack.settings.effective_database_url(),
        "SHEAF_SECRET_KEY": stack.settings.secret_key,
    }
    done = sheaf("erase", "--project", name, *options, env=environment(Path(stack.settings.data_dir), **variables))
    return done.returncode, done.stdout + done.stderr


def rows_of(stack: RunningStack, project_id: str) -> dict[str, int]:
    with stack.engine.connect() as connection:
        counts = {
            model.__tablename__: connection.scalar(
                sa.select(sa.func.count()).select_from(model).where(belonging(model, project_id))
            )
            or 0
            for model in (*ORDER, ApiKey)
        }
    return {name: count for name, count in counts.items() if count}


def test_a_project_goes_with_its_running_jobs_rows_and_bytes(stack: RunningStack, stranger: Tenant) -> None:
    name = f"doomed on {stack.kind}"
    doomed = stack.tenant(name)
    project = doomed.ask("GET", "/api/v1/projects")[0]["id"]
    other = stranger.ask("GET", "/api/v1/projects")[0]["id"]
    stranger.run(notes(2, "kept"))
    doomed.run(notes(5, "doomed"))
    doomed.ask("POST", "/api/v1/beta/webhook-configs", json={"webhook_url": "https://hooks.example/"})
    job = doomed.batch(doomed.upload([poison("dawdle")]))
    eventually(lambda: [item["status"] for item in doomed.items(job).values()] == ["processing"])
    doomed.client.close()
    before = rows_of(stack, other)
    store = Path(stack.settings.data_dir, "store")
    assert (store / project).exists()

    code, said = erase(stack, name)
    assert (code, "pass --yes" in said) == (2, True), said
    code, said = erase(stack, name, "--yes")
    assert code == 0, said
    assert "1 open jobs cancelled" in said
    assert rows_of(stack, project) == {}
    assert not (store / project).exists()
    assert rows_of(stack, other) == before
    assert stranger.run(notes(1, "still"))["still-000.md"]["status"] == "completed"
    assert erase(stack, name, "--yes")[1].startswith(f"Error: no project {name}")


def test_an_erasure_that_was_interrupted_goes_on(stack: RunningStack) -> None:
    name = f"half gone on {stack.kind}"
    tenant = stack.tenant(name)
    project = tenant.ask("GET", "/api/v1/projects")[0]["id"]
    tenant.run(notes(3, "half"))
    tenant.client.close()
    with stack.engine.begin() as connection:  # as if it had stopped after the first tables
        for model in erasure.ORDER[:3]:
            connection.execute(sa.delete(model).where(belonging(model, project)))
        connection.execute(sa.delete(ApiKey).where(ApiKey.project_id == project))
    assert erase(stack, name, "--yes")[0] == 0
    assert rows_of(stack, project) == {}
