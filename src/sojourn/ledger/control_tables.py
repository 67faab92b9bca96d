"""The tables of steering: what was asked of sessions, who runs them, and work for humans."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Index, String, Table, false

from sojourn.ledger.tables import Number, Words, metadata, number, words

holds = Table(
    "holds",
    metadata,
    Column("workspace_id", Words, primary_key=True),
    Column("session_id", String(36), primary_key=True),
    *map(words, ("status", "actor", "reason", "command_id", "from_status")),
    *map(number, ("since_ns", "released_at_ns")),
)
heartbeats = Table(
    "heartbeats",
    metadata,
    Column("workspace_id", Words, primary_key=True),
    Column("session_id", String(36), primary_key=True),
    Column("at_ns", BigInteger, nullable=False),
)
runtimes = Table(
    "runtimes",
    metadata,
    Column("workspace_id", Words, primary_key=True),
    Column("id", String(36), primary_key=True),
    *map(words, ("name", "host", "sdk")),
    *map(number, ("pid", "registered_at_ns", "heard_at_ns")),
    Column("ended_at_ns", BigInteger),
    Column("is_lost", Boolean, nullable=False, server_default=false()),
    Index("runtimes_by_heard", "heard_at_ns"),
)
attachments = Table(
    "attachments",
    metadata,
    Column("workspace_id", Words, primary_key=True),
    Column("session_id", String(36), primary_key=True),
    Column("runtime_id", String(36), primary_key=True),
    *map(words, ("session_key", "state", "verbs")),
    Column("owns_memory", Boolean, nullable=False, server_default=false()),
    *map(number, ("tools_in_flight", "attached_at_ns")),
    Column("detached_at_ns", BigInteger),
    Index("attachments_by_runtime", "workspace_id", "runtime_id"),
)
commands = Table(
    "commands",
    metadata,
    Column("number", Number, primary_key=True, autoincrement=True),
    Column("workspace_id", Words, nullable=False),
    Column("id", String(36), nullable=False),
    Column("session_id", String(36), nullable=False),
    *map(words, ("verb", "actor", "reason", "correlation_id", "arguments", "status", "detail", "receipts")),
    Column("changed", Boolean, nullable=False),
    Column("requested_at_ns", BigInteger, nullable=False),
    Column("delivered_at_ns", BigInteger),
    Column("settled_at_ns", BigInteger),
    Column("is_recorded", Boolean, nullable=False, server_default=false()),
    Index("commands_identity", "workspace_id", "id", unique=True),
    Index("commands_of_session", "workspace_id", "session_id", "number"),
    Index("commands_unsettled", "status", "requested_at_ns"),
    Index("commands_unrecorded", "is_recorded"),
    sqlite_autoincrement=True,
)
tasks = Table(
    "tasks",
    metadata,
    Column("number", Number, primary_key=True, autoincrement=True),
    Column("workspace_id", Words, nullable=False),
    Column("id", String(36), nullable=False),
    *map(
        words,
        (
            "session_id",
            "session_key",
            "tool_call_id",
            "event_id",
            "kind",
            "title",
            "instructions",
            "form",
            "assignee",
            "group",
            "claimed_by",
            "default_outcome",
            "status",
            "outcome",
            "completed_by",
            "created_by",
            "source",
        ),
    ),
    Column("created_at_ns", BigInteger, nullable=False),
    Column("claimed_at_ns", BigInteger),
    Column("deadline_at_ns", BigInteger),
    Column("completed_at_ns", BigInteger),
    Column("is_recorded", Boolean, nullable=False, server_default=false()),
    Index("tasks_identity", "workspace_id", "id", unique=True),
    Index("tasks_by_status", "workspace_id", "status", "number"),
    Index("tasks_of_session", "workspace_id", "session_id"),
    Index("tasks_due", "deadline_at_ns"),
    Index("tasks_unrecorded", "is_recorded"),
    sqlite_autoincrement=True,
)
tombstones = Table(
    "tombstones",
    metadata,
    Column("workspace_id", Words, primary_key=True),
    Column("session_id", String(36), primary_key=True),
    Column("actor", Words, nullable=False),
    Column("deleted_at_ns", BigInteger, nullable=False),
    Column("is_erased", Boolean, nullable=False, server_default=false()),
)
leases = Table(
    "leases",
    metadata,
    Column("name", Words, primary_key=True),
    Column("holder", Words, nullable=False),
    Column("until_ns", BigInteger, nullable=False),
)
