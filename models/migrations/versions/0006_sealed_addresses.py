"""The request behind a job, and addresses whose credentials lie among the job's secrets

Jobs of older versions hold `http_proxy`, `webhook_url` and `input_url` as they were given. Those of ended jobs are sealed here,
where the key is known; open ones stay as they are, since workers of the older version may still be at them. Either way answers
show them masked.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from engines.parameters.masking import shown_address
from models import sealed

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql")
JOBS = sa.table(
    "batch_job",
    sa.column("id", sa.String),
    sa.column("config", JSON),
    sa.column("secrets", sa.Text),
    sa.column("completed_at", sa.DateTime),
)
ITEMS = sa.table(
    "batch_item", sa.column("id", sa.BigInteger), sa.column("job_id", sa.String), sa.column("storage_key", sa.String)
)
NAMES = ("input_url", "http_proxy", "azure_openai_endpoint", "webhook_url")
PORTION = 500


def upgrade() -> None:
    for table in ("batch_job", "webhook_delivery"):
        op.add_column(table, sa.Column("request_id", sa.String(), nullable=True))
    if not sealed.has_key():
        return
    last = ""
    while rows := op.get_bind().execute(_ended_after(last)).all():
        for row in rows:
            _seal(*row)
        last = rows[-1][0]
    _mask_items()


def downgrade() -> None:
    for table in ("batch_job", "webhook_delivery"):
        op.drop_column(table, "request_id")


def _ended_after(last: str) -> sa.Select[Any]:
    named = sa.and_(JOBS.c.completed_at.is_not(None), sa.cast(JOBS.c.config, sa.Text).like("%://%"))
    query = sa.select(JOBS.c.id, JOBS.c.config, JOBS.c.secrets).where(named, JOBS.c.id > last)
    return query.order_by(JOBS.c.id).limit(PORTION)


def _seal(job_id: str, config: dict[str, Any], secrets: str | None) -> None:
    found = {}
    for path, holder, name in _addresses(config):
        shown = shown_address(holder[name])
        if shown != holder[name]:
            found[path], holder[name] = holder[name], shown
    if not found:
        return
    try:
        known = sealed.Sealed(secrets).open() if secrets else {}
    except sealed.UnreadableError:  # of another key: nobody reads this job's secrets any more
        return
    values = {"config": config, "secrets": sealed.Sealed.of(known | found).text}
    op.get_bind().execute(sa.update(JOBS).where(JOBS.c.id == job_id).values(values))


def _addresses(config: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any], str]]:
    for prefix, holder in (("", config), ("parameters/", config.get("parameters") or {})):
        yield from ((f"{prefix}{name}", holder, name) for name in NAMES if holder.get(name))
        for position, webhook in enumerate(holder.get("webhook_configurations") or []):
            if webhook.get("webhook_url"):
                yield f"{prefix}webhook_configurations/{position}/webhook_url", webhook, "webhook_url"


def _mask_items() -> None:
    """Addresses that nobody has fetched: the whole of them is `input_url` of the job."""
    ended = sa.select(JOBS.c.id).where(JOBS.c.completed_at.is_not(None))
    query = sa.select(ITEMS.c.id, ITEMS.c.storage_key).where(ITEMS.c.storage_key.like("http%://%"), ITEMS.c.job_id.in_(ended))
    for item_id, address in op.get_bind().execute(query).all():
        op.get_bind().execute(
            sa.update(ITEMS).where(ITEMS.c.id == item_id).values(storage_key=shown_address(address))
        )
