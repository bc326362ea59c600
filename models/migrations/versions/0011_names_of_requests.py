"""The name of a request makes one file, directory or place of a file in one"""

from __future__ import annotations

from contextlib import nullcontext

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

TABLES = ("file", "directory", "directory_file")
NAMED = sa.text("idempotency_key IS NOT NULL")


def upgrade() -> None:
    context = op.get_context()
    is_postgresql = context.dialect.name == "postgresql"
    with context.autocommit_block() if is_postgresql else nullcontext():
        for table in TABLES:
            name = f"uq_{table}_idempotency_key"
            if is_postgresql:
                op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")  # what an interrupted attempt left is invalid
            op.create_index(
                name,
                table,
                ["project_id", "idempotency_key"],
                unique=True,
                if_not_exists=True,
                postgresql_concurrently=True,
                sqlite_where=NAMED,
                postgresql_where=NAMED,
            )


def downgrade() -> None:
    for table in TABLES:
        op.drop_index(f"uq_{table}_idempotency_key", table)
