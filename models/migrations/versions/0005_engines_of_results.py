"""Which version of the engines made a result; what was made before is of no known one, so nothing is answered from it"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

TABLES = ("processing_result", "cached_result")


def upgrade() -> None:
    for table in TABLES:
        op.add_column(table, sa.Column("engine_version", sa.String(), nullable=False, server_default=""))


def downgrade() -> None:
    for table in TABLES:
        op.drop_column(table, "engine_version")
