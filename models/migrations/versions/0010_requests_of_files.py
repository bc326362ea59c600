"""By which request a file, a directory or a file's place in one was made"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

TABLES = ("file", "directory", "directory_file")


def upgrade() -> None:
    for table in TABLES:
        op.add_column(table, sa.Column("idempotency_key", sa.String(), nullable=True))
        op.add_column(table, sa.Column("request_hash", sa.String(), nullable=True))


def downgrade() -> None:
    for table in TABLES:
        op.drop_column(table, "request_hash")
        op.drop_column(table, "idempotency_key")
