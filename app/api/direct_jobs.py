"""Direct jobs: each hangs on a batch of its own that no list shows, and runs on the same machinery as any other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import orjson
import sqlalchemy as sa
from flask import g
from sqlalchemy import orm
from werkzeug.datastructures import FileStorage

from app.api.auth import key_id, project
from app.api.errors import abort, abort_invalid
from app.api.idempotency import (
    RequestColumns,
    earlier_job,
    may_come_again,
    named_by_header,
    named_by_transaction,
    repeated_job,
)
from app.api.learning import besides
from app.api.uploads import made_before, receive
from app.state import current
from engines.llm.choice import endpoint_for
from engines.parameters.conditions import Conditions
from models import BatchItem, BatchJob, File, Session, read_session
from models.base import new_uuid
from models.results import DirectJob
from models.shapes import RequestExtras
from models.snapshot import create_direct
from models.states import Origin
from schemas.batch import new_job
from schemas.job_config import JobConfig, parse_parameters_of
from tasks import egress
from tasks.batch import send_dispatch
from tasks.fetching import outside_addresses
from tasks.language_models import operator_of

Make = Callable[[orm.Session, RequestColumns], BatchJob]
"""Makes a job in a transaction, and has it remember its request."""


def conditions() -> Conditions:
    """What a configuration of this request is checked against."""
    settings = current().settings
    operator = operator_of(settings)
    return Conditions(
        min_job_timeout_seconds=settings.min_job_timeout_seconds,
        buckets=frozenset(settings.s3_buckets),
        project_id=project(),
        ignores_models=settings.model_parameters == "warn",
        has_model=operator.endpoint is not None,
        models=operator.names(),
        knows_model=operator.knows,
        reaches=lambda parameters: endpoint_for(parameters, operator) is not None,
        is_barred=lambda url: egress.is_barred(url, settings.outbound_allow),
    )


def new_parse_id() -> str:
    """An id such as `pjb-…`."""
    return f"pjb-{new_uuid()}"


def require_files(session: orm.Session, file_ids: Sequence[str]) -> list[File]:
    """The files of these ids, or of these places in directories, each once, in their order; 404 for the first unknown."""
    files = []
    for file_id in dict.fromkeys(file_ids):
        file = File.behind(session, file_id, project())
        if file is None:
            abort(404, f"File {file_id} not found")
        files.append(file)
    return files


def accept(
    session: orm.Session,
    config: JobConfig,
    files: Sequence[File],
    work_ids: Sequence[str],
    *,
    extras: RequestExtras | None = None,
    **columns: Any,
) -> BatchJob:
    """Store a direct job over `files`; `extras` is what its request said besides the configuration. 413 for a file too large.

    `columns` are of the job's row, or `webhook_ids` (schemas.batch.new_job).
    """
    limit = current().settings.max_file_mb
    addresses = () if files else outside_addresses(parse_parameters_of(config)) or ()
    if any(file.size > limit << 20 for file in files):
        abort(413, f"The file is larger than the {limit} MB that this server accepts")
    job = new_job(
        config,
        besides=besides(session, config),
        request_id=g.request_id,
        project_id=project(),
        user_id=key_id(),
        origin=Origin.DIRECT,
        cycle_items=len(files) or 1,
        **columns,
    )
    if extras:
        job.config = job.config | {"request": extras}
    return create_direct(session, job, files, work_ids, addresses)


def once(prepare: Callable[[], Make], key: str | None = None) -> BatchJob:
    """Make a job as `prepare` says, unless this request was made before: under the same name, or sent again by an SDK.

    Its name is the `key` or, without one, that of its header. What it says is not looked at again: a configuration
    that it names may be gone.
    """
    name = named_by_transaction(key) if key else named_by_header()
    if job := repeated_job(name):
        return job
    make = prepare()
    with Session.begin() as session:
        if job := earlier_job(session, name):
            return job
        job = make(session, name.columns)
    send_dispatch(job.id)
    return job


def configuration_in(text: str) -> dict[str, Any]:
    """The JSON object in the field `configuration`, else 422."""
    try:
        configuration = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        abort_invalid(("body", "configuration"), f"JSON decode error: {error.msg}", "json_invalid")
    if not isinstance(configuration, dict):
        abort_invalid(("body", "configuration"), "Input should be a valid dictionary")
    return configuration


def parse_upload(
    part: FileStorage, config: JobConfig, extras: RequestExtras | None = None, **columns: Any
) -> DirectJob:
    """Store an uploaded file and a job that parses it; both or neither, and neither for a request that came before."""
    with receive(current().storage, part, project(), purpose="parse") as file, Session.begin() as session:
        earlier, names = made_before(session.connection(), BatchJob, file)
        if earlier is None:
            session.add(file)
            job = accept(session, config, [file], [new_parse_id()], extras=extras, **columns, **names)
        else:
            job = earlier
    if earlier is None:
        send_dispatch(job.id)
    return direct_job_of(job)


def parse_uploaded_before(part: FileStorage) -> DirectJob | None:
    """The job that this very upload made before, or None. What it says is not looked at: a configuration may be gone."""
    if not may_come_again():
        return None
    with receive(current().storage, part, project()) as file, Session.begin() as session:
        earlier, _ = made_before(session.connection(), BatchJob, file)
        file.storage_key = ""
    return direct_job_of(earlier) if earlier else None


def require_one_document(config: JobConfig) -> None:
    """Refuse a folder, with 422: a job of its own is about one document."""
    if outside_addresses(parse_parameters_of(config)) == []:
        abort_invalid(("body", "input_s3_path"), "A folder is for batches: name one object")


def parse_address(config: JobConfig) -> DirectJob:
    """Store a job that parses a document outside of Sheaf."""
    require_one_document(config)
    return direct_job_of(once(lambda: lambda session, names: accept(session, config, [], [new_parse_id()], **names)))


def direct_job_of(job: BatchJob) -> DirectJob:
    """The parse or classify job behind the one item of a direct job."""
    with read_session() as session:
        items = session.scalars(sa.select(BatchItem).where(BatchItem.job_id == job.id)).all()
        return DirectJob.of(session, items)[0]
