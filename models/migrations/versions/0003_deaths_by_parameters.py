"""Under which parameters a quarantined file died; what was quarantined before stays so under all of them"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql")
CONTENT = ["project_id", "sha256", "engine_version"]


def upgrade() -> None:
    op.add_column(
        "quarantined_file", sa.Column("parameters_hash", sa.String(length=64), nullable=False, server_default="")
    )
    op.add_column("quarantined_file", sa.Column("parameters", JSON, nullable=False, server_default="{}"))
    replace_index([*CONTENT, "parameters_hash"])


def downgrade() -> None:
    op.execute(
        "DELETE FROM quarantined_file WHERE released_at IS NULL AND EXISTS (SELECT 1 FROM quarantined_file AS other"
        " WHERE other.released_at IS NULL AND other.project_id = quarantined_file.project_id"
        " AND other.sha256 = quarantined_file.sha256 AND other.engine_version = quarantined_file.engine_version"
        " AND other.id < quarantined_file.id)"
    )
    replace_index(CONTENT)
    op.drop_column("quarantined_file", "parameters")
    op.drop_column("quarantined_file", "parameters_hash")


def replace_index(columns: list[str]) -> None:
    unreleased = sa.text("released_at IS NULL")
    op.drop_index("uq_quarantined_file_content", "quarantined_file")
    op.create_index(
        "uq_quarantined_file_content",
        "quarantined_file",
        columns,
        unique=True,
        sqlite_where=unreleased,
        postgresql_where=unreleased,
    )
