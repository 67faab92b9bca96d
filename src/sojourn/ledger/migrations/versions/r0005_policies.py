"""Policies and their audit, signals, decisions, experiments, and patches that come before their event."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None
AUTONUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
SIGNAL_WORDS = (
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
)
DECISION_WORDS = (
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
)


def upgrade() -> None:
    _create_policies()
    _create_signals()
    _create_decisions()
    _create_experiments()
    op.create_table(
        "late_patches",
        sa.Column("workspace_id", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("session_id", sa.String(length=36), server_default="", nullable=False),
        _words("pending"),
        *map(_number, ("version", "at_ns")),
        sa.PrimaryKeyConstraint("workspace_id", "event_id"),
    )
    op.create_index("late_patches_of_session", "late_patches", ["workspace_id", "session_id"])


def downgrade() -> None:
    raise NotImplementedError("policies and signals would be lost; restore a backup instead")


def _create_policies() -> None:
    op.create_table(
        "policies",
        sa.Column("workspace_id", sa.Text(), nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        *map(_words, ("type", "agent_id", "name", "condition", "action", "source", "created_by")),
        sa.Column("is_enabled", sa.Boolean(), server_default=sa.true(), nullable=False),
        *map(_number, ("priority", "created_at_ns", "updated_at_ns")),
        sa.PrimaryKeyConstraint("workspace_id", "id"),
    )
    op.create_index("policies_of_agent", "policies", ["workspace_id", "agent_id"])
    op.create_table(
        "policy_changes",
        *_numbered(),
        *map(_words, ("actor", "action", "source", "policy_id", "agent_id", "policy_type", "before", "after")),
        _number("at_ns"),
        sqlite_autoincrement=True,
    )
    op.create_index("policy_changes_of_agent", "policy_changes", ["workspace_id", "agent_id", "number"])


def _create_signals() -> None:
    op.create_table(
        "signals",
        *_numbered(),
        sa.Column("id", sa.String(length=36), nullable=False),
        *map(_words, SIGNAL_WORDS),
        *map(_number, ("count", "first_at_ns", "last_at_ns")),
        sa.Column("is_recorded", sa.Boolean(), server_default=sa.false(), nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("signals_identity", "signals", ["workspace_id", "id"], unique=True)
    op.create_index("signals_of_session", "signals", ["workspace_id", "session_id"])
    op.create_index("signals_by_time", "signals", ["workspace_id", "last_at_ns", "number"])
    op.create_index("signals_unrecorded", "signals", ["is_recorded"])


def _create_decisions() -> None:
    op.create_table(
        "decisions",
        *_numbered(),
        sa.Column("id", sa.String(length=36), nullable=False),
        *map(_words, DECISION_WORDS),
        *map(_number, ("at_ns", "matched_policy_count")),
        sqlite_autoincrement=True,
    )
    op.create_index("decisions_identity", "decisions", ["workspace_id", "id"], unique=True)
    op.create_index("decisions_of_session", "decisions", ["workspace_id", "session_id", "number"])


def _create_experiments() -> None:
    op.create_table(
        "experiments",
        sa.Column("workspace_id", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        *map(_words, ("name", "agent_id", "status", "variants")),
        *map(_number, ("created_at_ns", "updated_at_ns")),
        sa.PrimaryKeyConstraint("workspace_id", "id"),
    )
    op.create_table(
        "variant_assignments",
        sa.Column("workspace_id", sa.Text(), nullable=False),
        sa.Column("experiment_id", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        _words("variant"),
        _number("at_ns"),
        sa.PrimaryKeyConstraint("workspace_id", "experiment_id", "unit"),
    )
    op.create_table(
        "agent_configs",
        sa.Column("workspace_id", sa.Text(), nullable=False),
        sa.Column("agent_id", sa.Text(), nullable=False),
        _words("config"),
        *map(_number, ("version_number", "updated_at_ns")),
        sa.PrimaryKeyConstraint("workspace_id", "agent_id"),
    )


def _numbered() -> list[sa.Column[int] | sa.Column[str]]:
    return [
        sa.Column("number", AUTONUMBER, primary_key=True, autoincrement=True),
        sa.Column("workspace_id", sa.Text(), nullable=False),
    ]


def _words(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), server_default="", nullable=False)


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), server_default="0", nullable=False)
