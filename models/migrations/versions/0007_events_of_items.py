"""Webhook deliveries know the item, the endpoint and the place of their event, each once"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("webhook_delivery", sa.Column("item_id", sa.BigInteger(), nullable=True))
    op.add_column("webhook_delivery", sa.Column("endpoint", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("webhook_delivery", sa.Column("sequence", sa.Integer(), nullable=False, server_default="0"))
    op.create_index(
        "uq_webhook_delivery_event", "webhook_delivery", ["item_id", "endpoint", "sequence"], unique=True
    )


def downgrade() -> None:
    op.drop_index("uq_webhook_delivery_event", "webhook_delivery")
    op.drop_column("webhook_delivery", "sequence")
    op.drop_column("webhook_delivery", "endpoint")
    op.drop_column("webhook_delivery", "item_id")
