"""The table of saved views."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Index, String, Table, false

from sojourn.ledger.tables import Number, Words, metadata, words

saved_views = Table(
    "saved_views",
    metadata,
    Column("number", Number, primary_key=True, autoincrement=True),
    Column("workspace_id", Words, nullable=False),
    Column("id", String(36), nullable=False),
    *map(words, ("owner", "name", "query")),
    Column("is_shared", Boolean, nullable=False, server_default=false()),
    Column("changed_at_ns", BigInteger, nullable=False),
    Index("saved_views_identity", "workspace_id", "id", unique=True),
    sqlite_autoincrement=True,
)
