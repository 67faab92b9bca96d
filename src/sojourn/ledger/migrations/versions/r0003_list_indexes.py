"""Indexes for the filters of the list that had none."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None
FULL = ("archived_at_ns", "origin", "kind")
SPARSE = {
    "user_id": "user_id != ''",
    "attention": "attention != 'none'",
    "trigger_type": "trigger_type != ''",
    "trigger_source": "trigger_source != ''",
    "experiment_id": "experiment_id != ''",
    "variant": "variant != ''",
}


def upgrade() -> None:
    for column in FULL:
        op.create_index(f"sessions_of_{column}", "sessions", ["workspace_id", column, "started_at_ns", "id"])
    for column, where in SPARSE.items():
        op.create_index(
            f"sessions_of_{column}",
            "sessions",
            ["workspace_id", column, "started_at_ns", "id"],
            sqlite_where=sa.text(where),
            postgresql_where=sa.text(where),
        )


def downgrade() -> None:
    for column in (*FULL, *SPARSE):
        op.drop_index(f"sessions_of_{column}", "sessions")
