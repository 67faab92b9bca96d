"""What is said late of events is kept for a while: those that are too old are found by an index."""

from __future__ import annotations

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("late_patches_by_age", "late_patches", ["at_ns"])


def downgrade() -> None:
    op.drop_index("late_patches_by_age", "late_patches")
