"""Corrected types, from which later classify jobs learn"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "classify_correction",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("project_id", sa.String(), nullable=False),
        sa.Column("work_id", sa.String(), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id"],
            ["project.id"],
            name="fk_classify_correction_project_id_project",
            ondelete="CASCADE",  # an erasure by the version before does not know of them
        ),
        sa.PrimaryKeyConstraint("id", name="pk_classify_correction"),
        sa.UniqueConstraint("project_id", "work_id", name="uq_classify_correction_project_id_work_id"),
    )
    op.create_index(
        "ix_classify_correction_project_type", "classify_correction", ["project_id", "type", "created_at"]
    )


def downgrade() -> None:
    op.drop_table("classify_correction")
