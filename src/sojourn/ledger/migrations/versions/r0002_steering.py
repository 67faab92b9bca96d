"""Steering: holds, runtimes, commands, human tasks, tombstones, and what a list row tells of them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None
AUTONUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("sessions", sa.Column("owns_memory", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("sessions", sa.Column("reach", sa.Text(), server_default="none", nullable=False))
    op.add_column("sessions", sa.Column("verbs", sa.Text(), server_default="[]", nullable=False))
    op.add_column("sessions", _number("revived_count"))
    op.add_column("sessions", _number("tools_in_flight"))
    _create_holds()
    _create_runtimes()
    _create_commands()
    _create_tasks()
    op.create_table(
        "tombstones",
        *_identity(),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("deleted_at_ns", sa.BigInteger(), nullable=False),
        _flag("is_erased"),
        sa.PrimaryKeyConstraint("workspace_id", "session_id"),
    )
    op.create_table(
        "leases",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("until_ns", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )


def downgrade() -> None:
    raise NotImplementedError("commands and tasks would be lost; restore a backup instead")


def _create_holds() -> None:
    op.create_table(
        "holds",
        *_identity(),
        *map(_words, ("status", "actor", "reason", "command_id", "from_status")),
        *map(_number, ("since_ns", "released_at_ns")),
        sa.PrimaryKeyConstraint("workspace_id", "session_id"),
    )
    op.create_table(
        "heartbeats",
        *_identity(),
        sa.Column("at_ns", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "session_id"),
    )


def _create_runtimes() -> None:
    op.create_table(
        "runtimes",
        sa.Column("workspace_id", sa.Text(), nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        *map(_words, ("name", "host", "sdk")),
        *map(_number, ("pid", "registered_at_ns", "heard_at_ns")),
        sa.Column("ended_at_ns", sa.BigInteger()),
        _flag("is_lost"),
        sa.PrimaryKeyConstraint("workspace_id", "id"),
    )
    op.create_index("runtimes_by_heard", "runtimes", ["heard_at_ns"])
    op.create_table(
        "attachments",
        *_identity(),
        sa.Column("runtime_id", sa.String(length=36), nullable=False),
        *map(_words, ("session_key", "state", "verbs")),
        _flag("owns_memory"),
        *map(_number, ("tools_in_flight", "attached_at_ns")),
        sa.Column("detached_at_ns", sa.BigInteger()),
        sa.PrimaryKeyConstraint("workspace_id", "session_id", "runtime_id"),
    )
    op.create_index("attachments_by_runtime", "attachments", ["workspace_id", "runtime_id"])


def _create_commands() -> None:
    op.create_table(
        "commands",
        sa.Column("number", AUTONUMBER, primary_key=True, autoincrement=True),
        sa.Column("workspace_id", sa.Text(), nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("session_id", sa.String(length=36), nullable=False),
        *map(_words, ("verb", "actor", "reason", "correlation_id", "arguments", "status", "detail", "receipts")),
        sa.Column("changed", sa.Boolean(), nullable=False),
        sa.Column("requested_at_ns", sa.BigInteger(), nullable=False),
        sa.Column("delivered_at_ns", sa.BigInteger()),
        sa.Column("settled_at_ns", sa.BigInteger()),
        _flag("is_recorded"),
        sqlite_autoincrement=True,
    )
    op.create_index("commands_identity", "commands", ["workspace_id", "id"], unique=True)
    op.create_index("commands_of_session", "commands", ["workspace_id", "session_id", "number"])
    op.create_index("commands_unsettled", "commands", ["status", "requested_at_ns"])
    op.create_index("commands_unrecorded", "commands", ["is_recorded"])


TASK_WORDS = (
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
)


def _create_tasks() -> None:
    op.create_table(
        "tasks",
        sa.Column("number", AUTONUMBER, primary_key=True, autoincrement=True),
        sa.Column("workspace_id", sa.Text(), nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        *map(_words, TASK_WORDS),
        sa.Column("created_at_ns", sa.BigInteger(), nullable=False),
        sa.Column("claimed_at_ns", sa.BigInteger()),
        sa.Column("deadline_at_ns", sa.BigInteger()),
        sa.Column("completed_at_ns", sa.BigInteger()),
        _flag("is_recorded"),
        sqlite_autoincrement=True,
    )
    op.create_index("tasks_identity", "tasks", ["workspace_id", "id"], unique=True)
    op.create_index("tasks_by_status", "tasks", ["workspace_id", "status", "number"])
    op.create_index("tasks_of_session", "tasks", ["workspace_id", "session_id"])
    op.create_index("tasks_due", "tasks", ["deadline_at_ns"])
    op.create_index("tasks_unrecorded", "tasks", ["is_recorded"])


def _identity() -> list[sa.Column[str]]:
    return [
        sa.Column("workspace_id", sa.Text(), nullable=False),
        sa.Column("session_id", sa.String(length=36), nullable=False),
    ]


def _words(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), server_default="", nullable=False)


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), server_default="0", nullable=False)


def _flag(name: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean(), server_default=sa.false(), nullable=False)
