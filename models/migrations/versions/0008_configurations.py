"""Saved configurations, and with which of them a job was asked for"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql")


def upgrade() -> None:
    op.create_table(
        "configuration",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("project_id", sa.String(), nullable=False),
        sa.Column("product_type", sa.String(32), nullable=False),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("parameters", JSON, nullable=False),
        sa.Column("secrets", sa.Text(), nullable=True),
        sa.Column("version_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id"],
            ["project.id"],
            name="fk_configuration_project_id_project",
            ondelete="CASCADE",  # an erasure by the version before does not know of them
        ),
        sa.PrimaryKeyConstraint("id", name="pk_configuration"),
        sa.UniqueConstraint(
            "project_id", "product_type", "name", name="uq_configuration_project_id_product_type_name"
        ),
    )
    op.create_index("ix_configuration_project_created", "configuration", ["project_id", "created_at", "id"])
    op.add_column("batch_job", sa.Column("configuration_id", sa.String(), nullable=True))


def downgrade() -> None:
    op.drop_column("batch_job", "configuration_id")
    op.drop_table("configuration")
