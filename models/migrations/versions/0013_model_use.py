"""Turns at the endpoints of language models, and what items have used of them"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "model_turn",
        sa.Column("endpoint", sa.String(), nullable=False),
        sa.Column("place", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("token", sa.String(), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("endpoint", "place", name="pk_model_turn"),
    )
    op.create_index("ix_model_turn_token", "model_turn", ["token"])
    op.create_table(
        "model_spending",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("project_id", sa.String(), nullable=False),
        sa.Column("job_id", sa.String(), nullable=False),
        sa.Column("item_id", sa.BigInteger(), nullable=False),
        sa.Column("is_own", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("charged", sa.Integer(), nullable=False),
        sa.Column("requests", sa.Integer(), nullable=False),
        sa.Column("kept", sa.Integer(), nullable=False),
        sa.Column("prompt_tokens", sa.BigInteger(), nullable=False),
        sa.Column("completion_tokens", sa.BigInteger(), nullable=False),
        sa.Column("cost", sa.Float(), nullable=True),
        sa.ForeignKeyConstraint(
            ["project_id"],
            ["project.id"],
            name="fk_model_spending_project_id_project",
            ondelete="CASCADE",  # an erasure by the version before does not know of them
        ),
        sa.PrimaryKeyConstraint("id", name="pk_model_spending"),
    )
    op.create_index("ix_model_spending_job_id", "model_spending", ["job_id"])
    op.create_index("ix_model_spending_project_id_at", "model_spending", ["project_id", "at"])


def downgrade() -> None:
    op.drop_table("model_spending")
    op.drop_table("model_turn")
