"""Workspaces, users, their roles, API keys and logins."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table("workspaces", _key("id"), _words("name"), _number("created_at_ns"), sa.PrimaryKeyConstraint("id"))
    op.create_table(
        "users",
        _id("id"),
        _key("email"),
        *map(_words, ("name", "password_hash")),
        sa.Column("is_disabled", sa.Boolean(), server_default=sa.false(), nullable=False),
        _number("created_at_ns"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("users_by_email", "users", ["email"], unique=True)
    op.create_table(
        "memberships",
        _key("workspace_id"),
        _id("user_id"),
        _words("roles"),
        sa.PrimaryKeyConstraint("workspace_id", "user_id"),
    )
    op.create_index("memberships_of_user", "memberships", ["user_id"])
    op.create_table(
        "roles",
        _key("workspace_id"),
        _key("name"),
        _words("permissions"),
        _number("updated_at_ns"),
        sa.PrimaryKeyConstraint("workspace_id", "name"),
    )
    op.create_table(
        "api_keys",
        _id("id"),
        sa.Column("secret_hash", sa.String(length=64), nullable=False),
        _key("workspace_id"),
        *map(_words, ("name", "hint", "roles", "created_by")),
        *map(_number, ("created_at_ns", "expires_at_ns", "revoked_at_ns", "used_at_ns")),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("api_keys_by_secret", "api_keys", ["secret_hash"], unique=True)
    op.create_index("api_keys_of_workspace", "api_keys", ["workspace_id"])
    op.create_table(
        "logins",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        _id("user_id"),
        *map(_number, ("created_at_ns", "expires_at_ns")),
        sa.PrimaryKeyConstraint("token_hash"),
    )
    op.create_index("logins_of_user", "logins", ["user_id"])


def downgrade() -> None:
    for table in ("logins", "api_keys", "roles", "memberships", "users", "workspaces"):
        op.drop_table(table)


def _id(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.String(length=36), nullable=False)


def _key(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def _words(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), server_default="", nullable=False)


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), server_default="0", nullable=False)
