"""Tables workspaces, users, memberships, roles, api_keys and logins: who may come in. Secrets are kept as digests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import orjson
from sqlalchemy import Connection, RowMapping, delete, func, insert, select, update

from sojourn.ledger.access_tables import api_keys, logins, memberships, roles, users, workspaces
from sojourn.ledger.upserts import insert_new, upsert


@dataclass(frozen=True, slots=True)
class Workspace:
    id: str
    name: str
    created_at_ns: int


@dataclass(frozen=True, slots=True)
class User:
    id: str
    email: str  # in lower case
    name: str
    password_hash: str
    is_disabled: bool
    created_at_ns: int


@dataclass(frozen=True, slots=True)
class ApiKey:
    id: str
    secret_hash: str
    workspace_id: str
    name: str
    hint: str  # how the secret begins, to tell keys apart
    roles: tuple[str, ...]
    created_by: str
    created_at_ns: int
    expires_at_ns: int = 0  # 0: never
    revoked_at_ns: int = 0
    used_at_ns: int = 0


def workspace_ids(conn: Connection) -> list[str]:
    return list(conn.execute(select(workspaces.c.id).order_by(workspaces.c.id)).scalars())


def list_workspaces(conn: Connection) -> list[Workspace]:
    return [Workspace(**row) for row in conn.execute(select(workspaces).order_by(workspaces.c.id)).mappings()]


def add_workspace(conn: Connection, workspace: Workspace) -> bool:
    """Whether it is new."""
    return insert_new(conn, workspaces, asdict(workspace), ("id",))


def rename_workspace(conn: Connection, workspace_id: str, name: str) -> None:
    conn.execute(update(workspaces).where(workspaces.c.id == workspace_id).values(name=name))


def add_user(conn: Connection, user: User) -> bool:
    """Whether nobody has this address yet."""
    if user_by_email(conn, user.email) is not None:
        return False
    conn.execute(insert(users).values(asdict(user)))
    return True


def replace_user(conn: Connection, user: User) -> None:
    conn.execute(update(users).where(users.c.id == user.id).values(asdict(user)))


def remove_user(conn: Connection, user_id: str) -> None:
    for table in (logins, memberships):
        conn.execute(delete(table).where(table.c.user_id == user_id))
    conn.execute(delete(users).where(users.c.id == user_id))


def user(conn: Connection, user_id: str) -> User | None:
    row = conn.execute(select(users).where(users.c.id == user_id)).mappings().first()
    return User(**row) if row else None


def user_by_email(conn: Connection, email: str) -> User | None:
    row = conn.execute(select(users).where(users.c.email == email)).mappings().first()
    return User(**row) if row else None


def count_users(conn: Connection) -> int:
    return int(conn.execute(select(func.count()).select_from(users)).scalar_one())


def members_of(conn: Connection, workspace_id: str, limit: int) -> list[tuple[User, tuple[str, ...]]]:
    """With the names of their roles, by address."""
    query = (
        select(users, memberships.c.roles)
        .join(memberships, memberships.c.user_id == users.c.id)
        .where(memberships.c.workspace_id == workspace_id)
        .order_by(users.c.email)
        .limit(limit)
    )
    found = []
    for row in conn.execute(query).mappings():
        told = dict(row)
        names = _names(told.pop("roles"))
        found.append((User(**told), names))
    return found


def roles_of_user(conn: Connection, user_id: str) -> dict[str, tuple[str, ...]]:
    """Names of roles by workspace."""
    query = select(memberships.c.workspace_id, memberships.c.roles).where(memberships.c.user_id == user_id)
    return {workspace_id: _names(text) for workspace_id, text in conn.execute(query)}


def put_membership(conn: Connection, workspace_id: str, user_id: str, names: Sequence[str]) -> None:
    row = {"workspace_id": workspace_id, "user_id": user_id, "roles": orjson.dumps(list(names)).decode()}
    upsert(conn, memberships, [row], ("workspace_id", "user_id"))


def remove_membership(conn: Connection, workspace_id: str, user_id: str) -> None:
    mine = (memberships.c.workspace_id == workspace_id) & (memberships.c.user_id == user_id)
    conn.execute(delete(memberships).where(mine))


def own_roles(conn: Connection, workspace_ids: Sequence[str]) -> dict[str, dict[str, tuple[str, ...]]]:
    """Permissions by the workspace and name of its own roles."""
    query = select(roles).where(roles.c.workspace_id.in_(list(workspace_ids))).order_by(roles.c.name)
    found: dict[str, dict[str, tuple[str, ...]]] = {}
    for row in conn.execute(query).mappings():
        found.setdefault(row["workspace_id"], {})[row["name"]] = _names(row["permissions"])
    return found


def put_role(conn: Connection, workspace_id: str, name: str, permissions: Sequence[str], at_ns: int) -> None:
    row = {
        "workspace_id": workspace_id,
        "name": name,
        "permissions": orjson.dumps(list(permissions)).decode(),
        "updated_at_ns": at_ns,
    }
    upsert(conn, roles, [row], ("workspace_id", "name"))


def remove_role(conn: Connection, workspace_id: str, name: str) -> bool:
    mine = (roles.c.workspace_id == workspace_id) & (roles.c.name == name)
    return conn.execute(delete(roles).where(mine).returning(roles.c.name)).first() is not None


def add_key(conn: Connection, key: ApiKey) -> None:
    conn.execute(insert(api_keys).values({**asdict(key), "roles": orjson.dumps(key.roles).decode()}))


def key_by_secret(conn: Connection, secret_hash: str) -> ApiKey | None:
    row = conn.execute(select(api_keys).where(api_keys.c.secret_hash == secret_hash)).mappings().first()
    return _key(row) if row else None


def keys_of(conn: Connection, workspace_id: str, limit: int) -> list[ApiKey]:
    """The latest made first, those that were revoked too."""
    query = select(api_keys).where(api_keys.c.workspace_id == workspace_id)
    ordered = query.order_by(api_keys.c.created_at_ns.desc(), api_keys.c.id).limit(limit)
    return [_key(row) for row in conn.execute(ordered).mappings()]


def count_keys(conn: Connection, workspace_id: str) -> int:
    query = select(func.count()).select_from(api_keys).where(api_keys.c.workspace_id == workspace_id)
    return int(conn.execute(query).scalar_one())


def revoke_key(conn: Connection, workspace_id: str, key_id: str, at_ns: int) -> ApiKey | None:
    """The key as it is now; None if there is none."""
    mine = (api_keys.c.workspace_id == workspace_id) & (api_keys.c.id == key_id)
    conn.execute(update(api_keys).where(mine, api_keys.c.revoked_at_ns == 0).values(revoked_at_ns=at_ns))
    row = conn.execute(select(api_keys).where(mine)).mappings().first()
    return _key(row) if row else None


def key_used(conn: Connection, key_id: str, at_ns: int) -> None:
    conn.execute(update(api_keys).where(api_keys.c.id == key_id).values(used_at_ns=at_ns))


def add_login(conn: Connection, token_hash: str, user_id: str, at_ns: int, until_ns: int) -> None:
    row = {"token_hash": token_hash, "user_id": user_id, "created_at_ns": at_ns, "expires_at_ns": until_ns}
    conn.execute(insert(logins).values(row))
    conn.execute(delete(logins).where(logins.c.expires_at_ns <= at_ns))


def user_of_login(conn: Connection, token_hash: str, now_ns: int) -> User | None:
    query = (
        select(users)
        .join(logins, logins.c.user_id == users.c.id)
        .where(logins.c.token_hash == token_hash, logins.c.expires_at_ns > now_ns)
    )
    row = conn.execute(query).mappings().first()
    return User(**row) if row else None


def remove_login(conn: Connection, token_hash: str) -> None:
    conn.execute(delete(logins).where(logins.c.token_hash == token_hash))


def remove_logins_of(conn: Connection, user_id: str, but_token_hash: str = "") -> None:
    mine = (logins.c.user_id == user_id) & (logins.c.token_hash != but_token_hash)
    conn.execute(delete(logins).where(mine))


def has_admin(conn: Connection, workspace_id: str, but_user_id: str = "") -> bool:
    """Whether somebody else with the role admin may come in; a role of one's own with that permission counts not."""
    query = (
        select(memberships.c.roles)
        .join(users, memberships.c.user_id == users.c.id)
        .where(
            memberships.c.workspace_id == workspace_id,
            memberships.c.user_id != but_user_id,
            users.c.is_disabled.is_(False),
            memberships.c.roles.contains('"admin"'),
        )
    )
    return conn.execute(query.limit(1)).first() is not None


def _key(row: RowMapping) -> ApiKey:
    told: dict[str, Any] = dict(row)
    return ApiKey(**{**told, "roles": _names(told["roles"])})


def _names(text: str) -> tuple[str, ...]:
    return tuple(orjson.loads(text or "[]"))
