"""The tables of policies, what came of them, and experiments."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Index, String, Table, false, true

from sojourn.ledger.tables import Number, Words, metadata, number, words


def _numbered() -> Column[int]:
    return Column("number", Number, primary_key=True, autoincrement=True)


policies = Table(
    "policies",
    metadata,
    Column("workspace_id", Words, primary_key=True),
    Column("id", String(36), primary_key=True),
    *map(words, ("type", "agent_id", "name", "condition", "action", "source", "created_by")),
    Column("is_enabled", Boolean, nullable=False, server_default=true()),
    *map(number, ("priority", "created_at_ns", "updated_at_ns")),
    Index("policies_of_agent", "workspace_id", "agent_id"),
)
policy_changes = Table(
    "policy_changes",
    metadata,
    _numbered(),
    Column("workspace_id", Words, nullable=False),
    *map(words, ("actor", "action", "source", "policy_id", "agent_id", "policy_type", "before", "after")),
    number("at_ns"),
    Index("policy_changes_of_agent", "workspace_id", "agent_id", "number"),
    sqlite_autoincrement=True,
)
signals = Table(
    "signals",
    metadata,
    _numbered(),
    Column("workspace_id", Words, nullable=False),
    Column("id", String(36), nullable=False),
    *map(
        words,
        (
            "session_id",
            "session_key",
            "agent_id",
            "type",
            "subtype",
            "message",
            "event_id",
            "data",
            "policy_id",
            "action",
            "outcome",
            "task_id",
            "digest",
        ),
    ),
    *map(number, ("count", "first_at_ns", "last_at_ns")),
    Column("is_recorded", Boolean, nullable=False, server_default=false()),
    Column("is_forwarded", Boolean, nullable=False, server_default=true()),
    Index("signals_identity", "workspace_id", "id", unique=True),
    Index("signals_of_session", "workspace_id", "session_id"),
    Index("signals_by_time", "workspace_id", "last_at_ns", "number"),
    Index("signals_unrecorded", "is_recorded"),
    Index("signals_unforwarded", "is_forwarded"),
    sqlite_autoincrement=True,
)
decisions = Table(
    "decisions",
    metadata,
    _numbered(),
    Column("workspace_id", Words, nullable=False),
    Column("id", String(36), nullable=False),
    *map(
        words,
        (
            "session_id",
            "session_key",
            "agent_id",
            "stage",
            "context",
            "candidates",
            "reason",
            "winning_type",
            "final_decision",
            "source",
        ),
    ),
    *map(number, ("at_ns", "matched_policy_count")),
    Index("decisions_identity", "workspace_id", "id", unique=True),
    Index("decisions_of_session", "workspace_id", "session_id", "number"),
    sqlite_autoincrement=True,
)
experiments = Table(
    "experiments",
    metadata,
    Column("workspace_id", Words, primary_key=True),
    Column("id", Words, primary_key=True),
    *map(words, ("name", "agent_id", "status", "variants")),
    *map(number, ("created_at_ns", "updated_at_ns")),
)
assignments = Table(
    "variant_assignments",
    metadata,
    Column("workspace_id", Words, primary_key=True),
    Column("experiment_id", Words, primary_key=True),
    Column("unit", Words, primary_key=True),
    words("variant"),
    number("at_ns"),
)
agent_configs = Table(
    "agent_configs",
    metadata,
    Column("workspace_id", Words, primary_key=True),
    Column("agent_id", Words, primary_key=True),
    words("config"),
    *map(number, ("version_number", "updated_at_ns")),
)
late_patches = Table(
    "late_patches",
    metadata,
    Column("workspace_id", Words, primary_key=True),
    Column("event_id", Words, primary_key=True),
    Column("session_id", String(36), nullable=False, server_default=""),
    words("pending"),
    number("version"),
    Column("at_ns", BigInteger, nullable=False, server_default="0"),
    Index("late_patches_of_session", "workspace_id", "session_id"),
    Index("late_patches_by_age", "at_ns"),
)
