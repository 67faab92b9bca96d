"""Who wants to be told what became of a trace."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "owed_outcomes",
        sa.Column("workspace_id", sa.Text(), nullable=False),
        sa.Column("trace_id", sa.Text(), nullable=False),
        sa.Column("session_id", sa.String(length=36), nullable=False),
        *map(_words, ("root_event_id", "form", "url")),
        *map(_number, ("owed_since_ns", "attempts", "due_at_ns")),
        sa.PrimaryKeyConstraint("workspace_id", "trace_id"),
    )
    op.create_index("owed_outcomes_due", "owed_outcomes", ["due_at_ns"])
    op.create_index("owed_outcomes_of_session", "owed_outcomes", ["workspace_id", "session_id"])


def downgrade() -> None:
    op.drop_table("owed_outcomes")


def _words(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), server_default="", nullable=False)


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), server_default="0", nullable=False)
