"""What may be started by name, and what starts it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "automations",
        sa.Column("workspace_id", sa.Text(), nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        *map(_words, ("name", "description", "component_type", "component_id", "component_name", "created_by")),
        _number("created_at_ns"),
        sa.PrimaryKeyConstraint("workspace_id", "id"),
    )
    op.create_index("automations_by_name", "automations", ["workspace_id", "name"], unique=True)
    op.create_table(
        "automation_triggers",
        sa.Column("workspace_id", sa.Text(), nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("automation_id", sa.Text(), nullable=False),
        *map(_words, ("name", "type", "description", "route", "verb", "schema", "created_by")),
        sa.Column("is_enabled", sa.Boolean(), server_default=sa.true(), nullable=False),
        _number("created_at_ns"),
        sa.PrimaryKeyConstraint("workspace_id", "id"),
    )
    op.create_index("automation_triggers_by_route", "automation_triggers", ["workspace_id", "route"], unique=True)


def downgrade() -> None:
    op.drop_table("automation_triggers")
    op.drop_table("automations")


def _words(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), server_default="", nullable=False)


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), server_default="0", nullable=False)
