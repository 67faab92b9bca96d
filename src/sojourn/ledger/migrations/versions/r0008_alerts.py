"""Alert channels, what they are owed, and which signals they have not looked at."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None
ONLY_WAITING = sa.text("state = 'waiting'")


def upgrade() -> None:
    op.create_table(
        "alert_channels",
        sa.Column("workspace_id", sa.Text(), nullable=False),
        _id("id"),
        *map(_words, ("name", "kind", "url", "recipients", "secret", "match", "created_by")),
        sa.Column("is_enabled", sa.Boolean(), server_default=sa.true(), nullable=False),
        *map(_number, ("quiet_minutes", "created_at_ns", "updated_at_ns")),
        sa.PrimaryKeyConstraint("workspace_id", "id"),
    )
    op.create_table(
        "alert_deliveries",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True, autoincrement=True),
        sa.Column("workspace_id", sa.Text(), nullable=False),
        *map(_id, ("id", "channel_id", "signal_id")),
        sa.Column("session_id", sa.String(length=36), server_default="", nullable=False),
        *map(_words, ("state", "last_error")),
        *map(_number, ("count", "attempts", "created_at_ns", "next_at_ns", "tried_at_ns", "sent_at_ns")),
        sqlite_autoincrement=True,
    )
    for name, columns in (
        ("of_channel", ["workspace_id", "channel_id", "state", "number"]),
        ("of_signal", ["workspace_id", "signal_id", "channel_id", "number"]),
        ("of_session", ["workspace_id", "session_id"]),
    ):
        op.create_index(f"alert_deliveries_{name}", "alert_deliveries", columns)
    op.create_index("alert_deliveries_identity", "alert_deliveries", ["workspace_id", "id"], unique=True)
    partial: dict[str, Any] = {"sqlite_where": ONLY_WAITING, "postgresql_where": ONLY_WAITING}
    op.create_index("alert_deliveries_due", "alert_deliveries", ["next_at_ns"], **partial)
    waiting = ["workspace_id", "channel_id", "signal_id"]
    op.create_index("alert_deliveries_waiting", "alert_deliveries", waiting, unique=True, **partial)
    # What fired before there were channels is nobody's alert.
    op.add_column("signals", sa.Column("is_forwarded", sa.Boolean(), server_default=sa.true(), nullable=False))
    op.create_index("signals_unforwarded", "signals", ["is_forwarded"])


def downgrade() -> None:
    op.drop_index("signals_unforwarded", "signals")
    op.drop_column("signals", "is_forwarded")
    op.drop_table("alert_deliveries")
    op.drop_table("alert_channels")


def _id(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.String(length=36), nullable=False)


def _words(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), server_default="", nullable=False)


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), server_default="0", nullable=False)
