"""What decides on the results of a job besides what its request says: the operator's models, and what its project has learned."""

from __future__ import annotations

from sqlalchemy import orm

from app.api.auth import project
from app.api.errors import abort
from app.state import current
from models import Correction, File
from schemas.job_config import Besides, ClassifyJobConfig, JobConfig, is_file_id
from tasks.language_models import fingerprint_of


def besides(session: orm.Session, config: JobConfig) -> Besides:
    """What decides on a new job; 404 where its examples name a file that is not there."""
    model = fingerprint_of(config, current().settings)
    if not isinstance(config, ClassifyJobConfig):
        return Besides(model)
    named = [example for rule in config.rules for example in rule.examples or () if is_file_id(example)]
    for file_id in dict.fromkeys(named):
        if File.behind(session, file_id, project()) is None:
            abort(404, f"File {file_id}, an example of a rule, not found")
    return Besides(model, Correction.heeded(session, project(), {rule.type for rule in config.rules}))
