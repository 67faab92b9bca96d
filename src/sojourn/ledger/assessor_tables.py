"""The tables of assessors, of what they have reviewed, and of who wants to be told what came of it."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Index, String, Table, false, true

from sojourn.ledger.tables import Words, metadata, number, words

assessors = Table(
    "assessors",
    metadata,
    Column("workspace_id", Words, primary_key=True),
    Column("id", String(36), primary_key=True),
    *map(words, ("name", "kind", "role", "config", "created_by")),
    Column("is_active", Boolean, nullable=False, server_default=true()),
    *map(number, ("created_at_ns", "updated_at_ns")),
)
reviewed_traces = Table(
    "reviewed_traces",
    metadata,
    Column("workspace_id", Words, primary_key=True),
    Column("session_id", String(36), primary_key=True),
    Column("trace_id", Words, primary_key=True),
    *map(words, ("seen", "revision")),
    Column("is_waiting", Boolean, nullable=False, server_default=false()),
    number("since_ns"),
    Index("reviewed_traces_waiting", "is_waiting", "since_ns"),
)
owed_outcomes = Table(
    "owed_outcomes",
    metadata,
    Column("workspace_id", Words, primary_key=True),
    Column("trace_id", Words, primary_key=True),
    Column("session_id", String(36), nullable=False),
    *map(words, ("root_event_id", "form", "url")),
    *map(number, ("owed_since_ns", "attempts", "due_at_ns")),
    Index("owed_outcomes_due", "due_at_ns"),
    Index("owed_outcomes_of_session", "workspace_id", "session_id"),
)
