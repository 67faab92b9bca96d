"""The tables of automations and of their triggers."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Index, String, Table, true

from sojourn.ledger.tables import Words, metadata, number, words

automations = Table(
    "automations",
    metadata,
    Column("workspace_id", Words, primary_key=True),
    Column("id", String(36), primary_key=True),
    *map(words, ("name", "description", "component_type", "component_id", "component_name", "created_by")),
    number("created_at_ns"),
    Index("automations_by_name", "workspace_id", "name", unique=True),
)
triggers = Table(
    "automation_triggers",
    metadata,
    Column("workspace_id", Words, primary_key=True),
    Column("id", String(36), primary_key=True),
    Column("automation_id", Words, nullable=False),
    *map(words, ("name", "type", "description", "route", "verb", "schema", "created_by")),
    Column("is_enabled", Boolean, nullable=False, server_default=true()),
    number("created_at_ns"),
    Index("automation_triggers_by_route", "workspace_id", "route", unique=True),
)
