"""Assessors, and the traces that they have reviewed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "assessors",
        sa.Column("workspace_id", sa.Text(), nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        *map(_words, ("name", "kind", "role", "config", "created_by")),
        sa.Column("is_active", sa.Boolean(), server_default=sa.true(), nullable=False),
        *map(_number, ("created_at_ns", "updated_at_ns")),
        sa.PrimaryKeyConstraint("workspace_id", "id"),
    )
    op.create_table(
        "reviewed_traces",
        sa.Column("workspace_id", sa.Text(), nullable=False),
        sa.Column("session_id", sa.String(length=36), nullable=False),
        sa.Column("trace_id", sa.Text(), nullable=False),
        *map(_words, ("seen", "revision")),
        sa.Column("is_waiting", sa.Boolean(), server_default=sa.false(), nullable=False),
        _number("since_ns"),
        sa.PrimaryKeyConstraint("workspace_id", "session_id", "trace_id"),
    )
    op.create_index("reviewed_traces_waiting", "reviewed_traces", ["is_waiting", "since_ns"])


def downgrade() -> None:
    op.drop_table("reviewed_traces")
    op.drop_table("assessors")


def _words(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), server_default="", nullable=False)


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), server_default="0", nullable=False)
