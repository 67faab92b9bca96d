"""The table of what people say of agents."""

from __future__ import annotations

from sqlalchemy import Column, Table

from sojourn.ledger.tables import Words, metadata, number, words

agent_marks = Table(
    "agent_marks",
    metadata,
    Column("workspace_id", Words, primary_key=True),
    Column("agent_id", Words, primary_key=True),
    *map(words, ("stage", "marked_by")),
    number("marked_at_ns"),
)
