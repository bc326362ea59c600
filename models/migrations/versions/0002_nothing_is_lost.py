"""Retries, quarantine, the broker's epoch, and what the sweeper needs"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql")


def upgrade() -> None:
    op.add_column("batch_job", sa.Column("retry_of", sa.String(), nullable=True))
    op.add_column("batch_job", sa.Column("swept_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index("ix_batch_job_retry_of", "batch_job", ["retry_of"])
    unswept = sa.text("swept_at IS NULL AND completed_at IS NOT NULL")
    op.create_index(
        "ix_batch_job_unswept", "batch_job", ["completed_at"], sqlite_where=unswept, postgresql_where=unswept
    )
    op.alter_column("batch_item", "message_id", new_column_name="holder")
    op.add_column("batch_item", sa.Column("deaths", JSON, nullable=True))
    kept = sa.text("expires_at IS NOT NULL AND prefix <> ''")
    op.create_index(
        "ix_processing_result_expires_at",
        "processing_result",
        ["expires_at"],
        sqlite_where=kept,
        postgresql_where=kept,
    )
    op.create_table(
        "broker_epoch",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("mark", sa.String(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_broker_epoch"),
    )
    op.create_table(
        "quarantined_file",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("project_id", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("engine_version", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("job_id", sa.String(), nullable=False),
        sa.Column("work_id", sa.String(), nullable=True),
        sa.Column("error_code", sa.String(), nullable=False),
        sa.Column("error_message", sa.String(), nullable=False),
        sa.Column("deaths", JSON, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name="fk_quarantined_file_project_id_project"),
        sa.PrimaryKeyConstraint("id", name="pk_quarantined_file"),
    )
    op.create_index("ix_quarantined_file_job_id", "quarantined_file", ["job_id"])
    unreleased = sa.text("released_at IS NULL")
    op.create_index(
        "uq_quarantined_file_content",
        "quarantined_file",
        ["project_id", "sha256", "engine_version"],
        unique=True,
        sqlite_where=unreleased,
        postgresql_where=unreleased,
    )


def downgrade() -> None:
    op.drop_table("quarantined_file")
    op.drop_table("broker_epoch")
    op.drop_index("ix_processing_result_expires_at", "processing_result")
    op.drop_column("batch_item", "deaths")
    op.alter_column("batch_item", "holder", new_column_name="message_id")
    op.drop_index("ix_batch_job_unswept", "batch_job")
    op.drop_index("ix_batch_job_retry_of", "batch_job")
    op.drop_column("batch_job", "swept_at")
    op.drop_column("batch_job", "retry_of")
