"""The tables of who may come in, and what they may do."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Index, String, Table, false

from sojourn.ledger.tables import Words, metadata, number, words

workspaces = Table(
    "workspaces",
    metadata,
    Column("id", Words, primary_key=True),
    words("name"),
    number("created_at_ns"),
)
users = Table(
    "users",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("email", Words, nullable=False),  # in lower case
    *map(words, ("name", "password_hash")),
    Column("is_disabled", Boolean, nullable=False, server_default=false()),
    number("created_at_ns"),
    Index("users_by_email", "email", unique=True),
)
memberships = Table(
    "memberships",
    metadata,
    Column("workspace_id", Words, primary_key=True),
    Column("user_id", String(36), primary_key=True),
    words("roles"),  # a JSON list of names
    Index("memberships_of_user", "user_id"),
)
roles = Table(
    "roles",
    metadata,
    Column("workspace_id", Words, primary_key=True),
    Column("name", Words, primary_key=True),
    words("permissions"),  # a JSON list
    number("updated_at_ns"),
)
api_keys = Table(
    "api_keys",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("secret_hash", String(64), nullable=False),
    Column("workspace_id", Words, nullable=False),
    *map(words, ("name", "hint", "roles", "created_by")),
    *map(number, ("created_at_ns", "expires_at_ns", "revoked_at_ns", "used_at_ns")),  # 0: never
    Index("api_keys_by_secret", "secret_hash", unique=True),
    Index("api_keys_of_workspace", "workspace_id"),
)
logins = Table(
    "logins",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("user_id", String(36), nullable=False),
    *map(number, ("created_at_ns", "expires_at_ns")),
    Index("logins_of_user", "user_id"),
)
