"""The tables of alert channels and of what they are owed."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Index, String, Table, text, true

from sojourn.ledger.tables import Number, Words, metadata, number, words

ONLY_WAITING = text("state = 'waiting'")

alert_channels = Table(
    "alert_channels",
    metadata,
    Column("workspace_id", Words, primary_key=True),
    Column("id", String(36), primary_key=True),
    *map(words, ("name", "kind", "url", "recipients", "secret", "match", "created_by")),
    Column("is_enabled", Boolean, nullable=False, server_default=true()),
    *map(number, ("quiet_minutes", "created_at_ns", "updated_at_ns")),
)
alert_deliveries = Table(
    "alert_deliveries",
    metadata,
    Column("number", Number, primary_key=True, autoincrement=True),
    Column("workspace_id", Words, nullable=False),
    Column("id", String(36), nullable=False),
    Column("channel_id", String(36), nullable=False),
    Column("signal_id", String(36), nullable=False),
    Column("session_id", String(36), nullable=False, server_default=""),
    *map(words, ("state", "last_error")),
    *map(number, ("count", "attempts", "created_at_ns", "next_at_ns", "tried_at_ns", "sent_at_ns")),
    Index("alert_deliveries_identity", "workspace_id", "id", unique=True),
    Index("alert_deliveries_of_channel", "workspace_id", "channel_id", "state", "number"),
    Index("alert_deliveries_of_signal", "workspace_id", "signal_id", "channel_id", "number"),
    Index("alert_deliveries_of_session", "workspace_id", "session_id"),
    Index("alert_deliveries_due", "next_at_ns", sqlite_where=ONLY_WAITING, postgresql_where=ONLY_WAITING),
    # A group waits once for a channel: whoever would owe it twice is refused.
    Index(
        "alert_deliveries_waiting",
        "workspace_id",
        "channel_id",
        "signal_id",
        unique=True,
        sqlite_where=ONLY_WAITING,
        postgresql_where=ONLY_WAITING,
    ),
    sqlite_autoincrement=True,
)
