"""The ledger's tables. A change here needs a revision in migrations/versions."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Boolean, Column, Float, Index, Integer, MetaData, String, Table, Text, false, text
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator


class Words(TypeDecorator[str]):
    """Text that PostgreSQL takes too: without NUL."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        return value.replace("\x00", "\ufffd") if isinstance(value, str) and "\x00" in value else value


metadata = MetaData()
Number = BigInteger().with_variant(Integer, "sqlite")


def words(name: str) -> Column[str]:
    return Column(name, Words, nullable=False, server_default="")


def number(name: str) -> Column[int]:
    return Column(name, BigInteger, nullable=False, server_default="0")


# fmt: off
TEXT_COLUMNS = (
    "kind", "goal", "agent_id", "channel", "environment", "service", "origin", "user_id", "trigger_type",
    "trigger_source", "parent_session_id", "experiment_id", "variant", "prompt_template", "status", "status_reason",
    "status_evidence", "attention", "waiting_on", "end_reason", "reach",
)
NUMBER_COLUMNS = (
    "status_since_ns", "started_at_ns", "last_activity_at_ns", "duration_ms", "message_count", "trace_count",
    "event_count", "llm_call_count", "tool_call_count", "error_count", "handoff_count", "input_tokens", "output_tokens",
    "cache_read_tokens", "cache_write_tokens", "reasoning_tokens", "total_tokens", "unpriced_calls", "compactions",
    "resets", "revision", "revived_count", "tools_in_flight",
)
# fmt: on
JSON_COLUMNS = ("agents", "prompt_inputs", "tags", "metadata", "metrics", "models", "verbs")
# Filters on columns that most sessions leave empty: those are not in the index.
SPARSE_INDEXES = {
    "user_id": "user_id != ''",
    "attention": "attention != 'none'",
    "trigger_type": "trigger_type != ''",
    "trigger_source": "trigger_source != ''",
    "experiment_id": "experiment_id != ''",
    "variant": "variant != ''",
}

sessions = Table(
    "sessions",
    metadata,
    Column("row_number", Number, primary_key=True, autoincrement=True),
    Column("workspace_id", Words, nullable=False),
    Column("id", String(36), nullable=False),
    Column("key", Words, nullable=False),
    Column("is_derived", Boolean, nullable=False),
    Column("owns_memory", Boolean, nullable=False, server_default=false()),
    *map(words, TEXT_COLUMNS),
    *map(number, NUMBER_COLUMNS),
    *(Column(name, Words, nullable=False) for name in JSON_COLUMNS),
    Column("cost_usd", Float),
    Column("ended_at_ns", BigInteger),
    Column("archived_at_ns", BigInteger),
    Column("due_at_ns", BigInteger),
    words("search_text"),
    Index("sessions_identity", "workspace_id", "id", unique=True),
    Index("sessions_due", "due_at_ns"),
    Index("sessions_parent", "workspace_id", "parent_session_id"),
    *(
        Index(f"sessions_by_{name}", "workspace_id", name, "id")
        for name in (
            "started_at_ns",
            "last_activity_at_ns",
            "duration_ms",
            "cost_usd",
            "total_tokens",
            "message_count",
            "event_count",
            "error_count",
            "tool_call_count",
            "key",
        )
    ),
    *(
        Index(f"sessions_of_{name}", "workspace_id", name, "started_at_ns", "id")
        for name in (
            "status",
            "agent_id",
            "channel",
            "environment",
            "service",
            "archived_at_ns",
            "origin",
            "kind",
        )
    ),
    *(
        Index(
            f"sessions_of_{name}",
            "workspace_id",
            name,
            "started_at_ns",
            "id",
            sqlite_where=text(where),
            postgresql_where=text(where),
        )
        for name, where in SPARSE_INDEXES.items()
    ),
)
session_agents = Table(
    "session_agents",
    metadata,
    Column("workspace_id", Words, primary_key=True),
    Column("session_id", String(36), primary_key=True),
    Column("agent_id", Words, primary_key=True),
    Index("session_agents_by_agent", "workspace_id", "agent_id", "session_id"),
)
session_models = Table(
    "session_models",
    metadata,
    Column("workspace_id", Words, primary_key=True),
    Column("session_id", String(36), primary_key=True),
    Column("model", Words, primary_key=True),
    Column("provider", Words, primary_key=True),
    *map(
        number,
        (
            "calls",
            "errors",
            "input_tokens",
            "output_tokens",
            "cache_read_tokens",
            "cache_write_tokens",
            "reasoning_tokens",
            "duration_ms",
        ),
    ),
    Column("cost_usd", Float),
    Index("session_models_by_model", "workspace_id", "model", "session_id"),
)
traces = Table(
    "traces",
    metadata,
    Column("workspace_id", Words, primary_key=True),
    Column("trace_id", Words, primary_key=True),
    Column("claims", Words, nullable=False),
    Column("session_id", String(36), nullable=False),
    Column("session_key", Words, nullable=False),
    Column("placements", Words, nullable=False),
    Column("is_settled", Boolean, nullable=False),
    number("revision"),
    Index("traces_by_session", "workspace_id", "session_id"),
    Index("traces_by_settled", "is_settled"),
)
declarations = Table(
    "declarations",
    metadata,
    Column("workspace_id", Words, primary_key=True),
    Column("session_id", String(36), primary_key=True),
    Column("digest", String(32), primary_key=True),
    Column("at_ns", BigInteger, nullable=False),
    Column("key", Words, nullable=False),
    Column("fields", Words, nullable=False),
)
changes = Table(
    "changes",
    metadata,
    Column("id", Number, primary_key=True, autoincrement=True),
    Column("workspace_id", Words, nullable=False),
    Column("session_id", String(36), nullable=False),
    Column("kind", Words, nullable=False),
    words("detail"),
    sqlite_autoincrement=True,
)
status_changes = Table(
    "status_changes",
    metadata,
    Column("id", Number, primary_key=True, autoincrement=True),
    Column("workspace_id", Words, nullable=False),
    Column("session_id", String(36), nullable=False),
    words("from_status"),
    words("to_status"),
    words("actor"),
    words("reason"),
    words("evidence"),
    words("correlation_id"),
    number("at_ns"),
    Index("status_changes_by_session", "workspace_id", "session_id", "id"),
)
checkpoints = Table(
    "checkpoints",
    metadata,
    Column("name", Words, primary_key=True),
    Column("value", BigInteger, nullable=False),
)
price_overrides = Table(
    "price_overrides",
    metadata,
    Column("workspace_id", Words, primary_key=True),
    Column("model_pattern", Words, primary_key=True),
    Column("provider", Words, primary_key=True),
    Column("valid_from_ns", BigInteger, primary_key=True),
    Column("input_usd", Float, nullable=False),
    Column("output_usd", Float, nullable=False),
    Column("cache_read_usd", Float),
    Column("cache_write_usd", Float),
)
