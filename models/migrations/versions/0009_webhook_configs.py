"""Saved webhooks, and through which of them a delivery goes"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql")


def upgrade() -> None:
    op.create_table(
        "webhook_config",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("project_id", sa.String(), nullable=False),
        sa.Column("webhook", JSON, nullable=False),
        sa.Column("secrets", sa.Text(), nullable=True),
        sa.Column("idempotency_key", sa.String(), nullable=True),
        sa.Column("request_hash", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id"],
            ["project.id"],
            name="fk_webhook_config_project_id_project",
            ondelete="CASCADE",  # an erasure by the version before does not know of them
        ),
        sa.PrimaryKeyConstraint("id", name="pk_webhook_config"),
        sa.UniqueConstraint(
            "project_id", "idempotency_key", name="uq_webhook_config_project_id_idempotency_key"
        ),
    )
    op.create_index("ix_webhook_config_project_created", "webhook_config", ["project_id", "created_at", "id"])
    op.add_column("webhook_delivery", sa.Column("webhook_config_id", sa.String(), nullable=True))


def downgrade() -> None:
    op.drop_column("webhook_delivery", "webhook_config_id")
    op.drop_table("webhook_config")
