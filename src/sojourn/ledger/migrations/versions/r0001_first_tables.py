"""The first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# SQLite finds words in what sessions say of themselves by trigrams; the triggers keep them in step.
SQLITE_SEARCH = (
    "CREATE VIRTUAL TABLE session_text USING fts5(search_text, content='sessions', content_rowid='row_number', "
    "tokenize='trigram')",
    "CREATE TRIGGER session_text_insert AFTER INSERT ON sessions BEGIN "
    "INSERT INTO session_text(rowid, search_text) VALUES (new.row_number, new.search_text); END",
    "CREATE TRIGGER session_text_delete AFTER DELETE ON sessions BEGIN "
    "INSERT INTO session_text(session_text, rowid, search_text) "
    "VALUES ('delete', old.row_number, old.search_text); END",
    "CREATE TRIGGER session_text_update AFTER UPDATE OF search_text ON sessions "
    "WHEN old.search_text <> new.search_text BEGIN "
    "INSERT INTO session_text(session_text, rowid, search_text) VALUES ('delete', old.row_number, old.search_text); "
    "INSERT INTO session_text(rowid, search_text) VALUES (new.row_number, new.search_text); END",
)


def upgrade() -> None:
    _create_changes()
    _create_checkpoints()
    _create_declarations()
    _create_price_overrides()
    _create_session_agents()
    _create_session_models()
    _create_sessions()
    _create_status_changes()
    _create_traces()
    if op.get_bind().dialect.name == "sqlite":
        for statement in SQLITE_SEARCH:
            op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("the first tables hold everything; restore a backup instead")


def _create_changes() -> None:
    op.create_table(
        "changes",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("workspace_id", sa.Text(), nullable=False),
        sa.Column("session_id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sqlite_autoincrement=True,
    )


def _create_checkpoints() -> None:
    op.create_table(
        "checkpoints",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )


def _create_declarations() -> None:
    op.create_table(
        "declarations",
        sa.Column("workspace_id", sa.Text(), nullable=False),
        sa.Column("session_id", sa.String(length=36), nullable=False),
        sa.Column("digest", sa.String(length=32), nullable=False),
        sa.Column("at_ns", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("fields", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "session_id", "digest"),
    )


def _create_price_overrides() -> None:
    op.create_table(
        "price_overrides",
        sa.Column("workspace_id", sa.Text(), nullable=False),
        sa.Column("model_pattern", sa.Text(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("valid_from_ns", sa.BigInteger(), nullable=False),
        sa.Column("input_usd", sa.Float(), nullable=False),
        sa.Column("output_usd", sa.Float(), nullable=False),
        sa.Column("cache_read_usd", sa.Float(), nullable=True),
        sa.Column("cache_write_usd", sa.Float(), nullable=True),
        sa.PrimaryKeyConstraint("workspace_id", "model_pattern", "provider", "valid_from_ns"),
    )


def _create_session_agents() -> None:
    op.create_table(
        "session_agents",
        sa.Column("workspace_id", sa.Text(), nullable=False),
        sa.Column("session_id", sa.String(length=36), nullable=False),
        sa.Column("agent_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "session_id", "agent_id"),
    )
    op.create_index(
        "session_agents_by_agent", "session_agents", ["workspace_id", "agent_id", "session_id"], unique=False
    )


def _create_session_models() -> None:
    op.create_table(
        "session_models",
        sa.Column("workspace_id", sa.Text(), nullable=False),
        sa.Column("session_id", sa.String(length=36), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("calls", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("errors", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("input_tokens", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("output_tokens", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("cache_read_tokens", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("cache_write_tokens", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("reasoning_tokens", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("duration_ms", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("cost_usd", sa.Float(), nullable=True),
        sa.PrimaryKeyConstraint("workspace_id", "session_id", "model", "provider"),
    )
    op.create_index("session_models_by_model", "session_models", ["workspace_id", "model", "session_id"], unique=False)


SESSION_TEXTS = (
    "kind",
    "goal",
    "agent_id",
    "channel",
    "environment",
    "service",
    "origin",
    "user_id",
    "trigger_type",
    "trigger_source",
    "parent_session_id",
    "experiment_id",
    "variant",
    "prompt_template",
    "status",
    "status_reason",
    "status_evidence",
    "attention",
    "waiting_on",
    "end_reason",
    "search_text",
)
SESSION_NUMBERS = (
    "status_since_ns",
    "started_at_ns",
    "last_activity_at_ns",
    "duration_ms",
    "message_count",
    "trace_count",
    "event_count",
    "llm_call_count",
    "tool_call_count",
    "error_count",
    "handoff_count",
    "input_tokens",
    "output_tokens",
    "cache_read_tokens",
    "cache_write_tokens",
    "reasoning_tokens",
    "total_tokens",
    "unpriced_calls",
    "compactions",
    "resets",
    "revision",
)
SESSION_JSON = ("agents", "prompt_inputs", "tags", "metadata", "metrics", "models")
SESSION_INDEXES = {
    "sessions_by_cost_usd": ["workspace_id", "cost_usd", "id"],
    "sessions_by_duration_ms": ["workspace_id", "duration_ms", "id"],
    "sessions_by_error_count": ["workspace_id", "error_count", "id"],
    "sessions_by_event_count": ["workspace_id", "event_count", "id"],
    "sessions_by_key": ["workspace_id", "key", "id"],
    "sessions_by_last_activity_at_ns": ["workspace_id", "last_activity_at_ns", "id"],
    "sessions_by_message_count": ["workspace_id", "message_count", "id"],
    "sessions_by_started_at_ns": ["workspace_id", "started_at_ns", "id"],
    "sessions_by_tool_call_count": ["workspace_id", "tool_call_count", "id"],
    "sessions_by_total_tokens": ["workspace_id", "total_tokens", "id"],
    "sessions_due": ["due_at_ns"],
    "sessions_of_agent_id": ["workspace_id", "agent_id", "started_at_ns", "id"],
    "sessions_of_channel": ["workspace_id", "channel", "started_at_ns", "id"],
    "sessions_of_environment": ["workspace_id", "environment", "started_at_ns", "id"],
    "sessions_of_service": ["workspace_id", "service", "started_at_ns", "id"],
    "sessions_of_status": ["workspace_id", "status", "started_at_ns", "id"],
    "sessions_parent": ["workspace_id", "parent_session_id"],
}


def _create_sessions() -> None:
    op.create_table(
        "sessions",
        sa.Column(
            "row_number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True, autoincrement=True
        ),
        sa.Column("workspace_id", sa.Text(), nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("is_derived", sa.Boolean(), nullable=False),
        *(sa.Column(name, sa.Text(), server_default="", nullable=False) for name in SESSION_TEXTS),
        *(sa.Column(name, sa.BigInteger(), server_default="0", nullable=False) for name in SESSION_NUMBERS),
        *(sa.Column(name, sa.Text(), nullable=False) for name in SESSION_JSON),
        sa.Column("cost_usd", sa.Float()),
        sa.Column("ended_at_ns", sa.BigInteger()),
        sa.Column("archived_at_ns", sa.BigInteger()),
        sa.Column("due_at_ns", sa.BigInteger()),
    )
    op.create_index("sessions_identity", "sessions", ["workspace_id", "id"], unique=True)
    for name, columns in SESSION_INDEXES.items():
        op.create_index(name, "sessions", columns)


def _create_status_changes() -> None:
    op.create_table(
        "status_changes",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("workspace_id", sa.Text(), nullable=False),
        sa.Column("session_id", sa.String(length=36), nullable=False),
        sa.Column("from_status", sa.Text(), server_default="", nullable=False),
        sa.Column("to_status", sa.Text(), server_default="", nullable=False),
        sa.Column("actor", sa.Text(), server_default="", nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("evidence", sa.Text(), server_default="", nullable=False),
        sa.Column("correlation_id", sa.Text(), server_default="", nullable=False),
        sa.Column("at_ns", sa.BigInteger(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("status_changes_by_session", "status_changes", ["workspace_id", "session_id", "id"], unique=False)


def _create_traces() -> None:
    op.create_table(
        "traces",
        sa.Column("workspace_id", sa.Text(), nullable=False),
        sa.Column("trace_id", sa.Text(), nullable=False),
        sa.Column("claims", sa.Text(), nullable=False),
        sa.Column("session_id", sa.String(length=36), nullable=False),
        sa.Column("session_key", sa.Text(), nullable=False),
        sa.Column("placements", sa.Text(), nullable=False),
        sa.Column("is_settled", sa.Boolean(), nullable=False),
        sa.Column("revision", sa.BigInteger(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "trace_id"),
    )
    op.create_index("traces_by_session", "traces", ["workspace_id", "session_id"], unique=False)
    op.create_index("traces_by_settled", "traces", ["is_settled"], unique=False)
