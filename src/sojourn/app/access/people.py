"""What an admin decides: workspaces, members, their roles, and API keys."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from uuid import uuid4

from sqlalchemy import Connection

from sojourn.app.access import secrecy
from sojourn.app.errors import Conflict, Forbidden, Invalid, NotFound
from sojourn.domain.access import ROLES, Permission, Principal, granted
from sojourn.domain.identity import DEFAULT_WORKSPACE
from sojourn.ledger.access import ApiKey, User, Workspace
from sojourn.ledger.ledger import Ledger

MAX_WORKSPACES = 200
MAX_MEMBERS = 1_000  # told of one workspace
MAX_KEYS = 1_000  # of one workspace, revoked ones too
MAX_OWN_ROLES = 100
WORKSPACE_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
ROLE_NAME = re.compile(r"[a-z0-9][a-z0-9 _-]{0,62}")
EMAIL = re.compile(r"[^\s@\x00-\x1f]{1,64}@[^\s@\x00-\x1f]{1,189}")


@dataclass(frozen=True, slots=True)
class Member:
    user: User
    roles: tuple[str, ...]


class People:
    def __init__(self, ledger: Ledger, clock: Callable[[], int]) -> None:
        self._ledger = ledger
        self._clock = clock

    def workspaces(self) -> list[Workspace]:
        """All there are; the default one needs no row."""
        with self._ledger.read() as conn:
            found: list[Workspace] = self._ledger.access.list_workspaces(conn)
        if all(workspace.id != DEFAULT_WORKSPACE for workspace in found):
            found.insert(0, Workspace(DEFAULT_WORKSPACE, "", 0))
        return found

    def add_workspace(self, workspace_id: str, name: str, by: Principal) -> Workspace:
        """Whoever makes it is its admin."""
        if not WORKSPACE_ID.fullmatch(workspace_id):
            raise Invalid("a workspace's id is made of small letters, digits, - and _")
        if len(self.workspaces()) >= MAX_WORKSPACES:
            raise Conflict(f"there are {MAX_WORKSPACES} workspaces already")
        made = Workspace(workspace_id, name, self._clock())
        with self._ledger.begin() as conn:
            if workspace_id == DEFAULT_WORKSPACE or not self._ledger.access.add_workspace(conn, made):
                raise Conflict(f"there is a workspace {workspace_id!r} already")
            if by.kind == "user":
                self._ledger.access.put_membership(conn, workspace_id, by.id, ["admin"])
        return made

    def members(self, workspace_id: str) -> list[Member]:
        with self._ledger.read() as conn:
            return [Member(*each) for each in self._ledger.access.members_of(conn, workspace_id, MAX_MEMBERS)]

    def is_known(self, email: str) -> bool:
        """Whether somebody with this address has a password already, for whichever workspace."""
        with self._ledger.read() as conn:
            return self._ledger.access.user_by_email(conn, email.strip().lower()) is not None

    def has_anybody(self) -> bool:
        """Whether there is somebody who could log in."""
        with self._ledger.read() as conn:
            return bool(self._ledger.access.count_users(conn))

    def add_member(self, workspace_id: str, email: str, name: str, password: str, roles: Sequence[str]) -> Member:
        """Somebody new needs a password; who has one for another workspace keeps it and their name."""
        address = email.strip().lower()
        if not EMAIL.fullmatch(address):
            raise Invalid("this is no e-mail address", {"where": "email"})
        kept = _hashed(password) if password else ""
        with self._ledger.begin() as conn:
            self._check_roles(conn, workspace_id, roles)
            user: User | None = self._ledger.access.user_by_email(conn, address)
            if user is None:
                if not kept:
                    raise Invalid("somebody new needs a password", {"where": "password"})
                user = User(str(uuid4()), address, name, kept, False, self._clock())
                self._ledger.access.add_user(conn, user)
            elif workspace_id in self._ledger.access.roles_of_user(conn, user.id):
                raise Conflict(f"{address} is a member already")
            self._ledger.access.put_membership(conn, workspace_id, user.id, roles)
        return Member(user, tuple(roles))

    def change_member(self, workspace_id: str, user_id: str, roles: Sequence[str]) -> Member:
        with self._ledger.begin() as conn:
            user = self._member(conn, workspace_id, user_id)
            self._check_roles(conn, workspace_id, roles)
            if "admin" not in roles:
                self._keep_an_admin(conn, workspace_id, user_id)
            self._ledger.access.put_membership(conn, workspace_id, user_id, roles)
        return Member(user, tuple(roles))

    def remove_member(self, workspace_id: str, user_id: str) -> None:
        """Out of this workspace; somebody who is a member of none is forgotten."""
        with self._ledger.begin() as conn:
            self._member(conn, workspace_id, user_id)
            self._keep_an_admin(conn, workspace_id, user_id)
            self._ledger.access.remove_membership(conn, workspace_id, user_id)
            if not self._ledger.access.roles_of_user(conn, user_id):
                self._ledger.access.remove_user(conn, user_id)

    def set_password(self, email: str, password: str) -> None:
        """Ends every login of this person."""
        kept = _hashed(password)
        with self._ledger.begin() as conn:
            user: User | None = self._ledger.access.user_by_email(conn, email.strip().lower())
            if user is None:
                raise NotFound("there is nobody with this address")
            self._ledger.access.replace_user(conn, replace(user, password_hash=kept))
            self._ledger.access.remove_logins_of(conn, user.id)

    def own_roles(self, workspace_id: str) -> dict[str, tuple[str, ...]]:
        with self._ledger.read() as conn:
            return dict(self._ledger.access.own_roles(conn, [workspace_id]).get(workspace_id, {}))

    def put_role(self, workspace_id: str, name: str, permissions: Sequence[Permission]) -> None:
        if name in ROLES:
            raise Conflict(f"{name!r} is the same in every workspace; choose another name")
        if not ROLE_NAME.fullmatch(name):
            raise Invalid("a role's name is made of small letters, digits, spaces, - and _")
        with self._ledger.begin() as conn:
            own = self._ledger.access.own_roles(conn, [workspace_id]).get(workspace_id, {})
            if name not in own and len(own) >= MAX_OWN_ROLES:
                raise Conflict(f"there are {MAX_OWN_ROLES} roles already")
            chosen = [each for each in Permission if each in permissions]
            self._ledger.access.put_role(conn, workspace_id, name, chosen, self._clock())

    def remove_role(self, workspace_id: str, name: str) -> None:
        """Who has it has it no more."""
        with self._ledger.begin() as conn:
            if not self._ledger.access.remove_role(conn, workspace_id, name):
                raise NotFound("there is no such role of this workspace's own")

    def keys(self, workspace_id: str) -> list[ApiKey]:
        with self._ledger.read() as conn:
            found: list[ApiKey] = self._ledger.access.keys_of(conn, workspace_id, MAX_KEYS)
        return found

    def add_key(
        self, workspace_id: str, name: str, roles: Sequence[str], by: Principal | None, expires_at_ns: int = 0
    ) -> tuple[ApiKey, str]:
        """The key and its secret, which is told this once. Nobody gives a key more than they may themselves."""
        secret, now_ns = secrecy.new_key(), self._clock()
        if expires_at_ns and expires_at_ns <= now_ns:
            raise Invalid("this time has passed", {"where": "expires_at"})
        key = ApiKey(
            id=str(uuid4()),
            secret_hash=secrecy.digest(secret),
            workspace_id=workspace_id,
            name=name,
            hint=secret[: secrecy.HINT_CHARS],
            roles=tuple(dict.fromkeys(roles)),
            created_by=by.name if by else "the command line",
            created_at_ns=now_ns,
            expires_at_ns=expires_at_ns,
        )
        with self._ledger.begin() as conn:
            own = self._check_roles(conn, workspace_id, roles)
            beyond = granted(roles, own) - by.grants.get(workspace_id, frozenset()) if by else frozenset()
            if beyond:
                raise Forbidden(f"you may not give what you have not: {', '.join(sorted(beyond))}")
            if self._ledger.access.count_keys(conn, workspace_id) >= MAX_KEYS:
                raise Conflict(f"there are {MAX_KEYS} keys already")
            self._ledger.access.add_key(conn, key)
        return key, secret

    def revoke_key(self, workspace_id: str, key_id: str) -> ApiKey:
        with self._ledger.begin() as conn:
            key: ApiKey | None = self._ledger.access.revoke_key(conn, workspace_id, key_id, self._clock())
        if key is None:
            raise NotFound("there is no such key")
        return key

    def _member(self, conn: Connection, workspace_id: str, user_id: str) -> User:
        user: User | None = self._ledger.access.user(conn, user_id)
        if user is None or workspace_id not in self._ledger.access.roles_of_user(conn, user_id):
            raise NotFound("there is no such member")
        return user

    def _check_roles(self, conn: Connection, workspace_id: str, roles: Sequence[str]) -> dict[str, tuple[str, ...]]:
        """The workspace's own roles."""
        own: dict[str, tuple[str, ...]] = self._ledger.access.own_roles(conn, [workspace_id]).get(workspace_id, {})
        unknown = [name for name in roles if name not in ROLES and name not in own]
        if unknown:
            there_are = ", ".join([*ROLES, *own])
            raise Invalid(f"there is no role {unknown[0][:60]!r}; there are {there_are}", {"where": "roles"})
        if not roles:
            raise Invalid("at least one role is needed", {"where": "roles"})
        return own

    def _keep_an_admin(self, conn: Connection, workspace_id: str, leaving: str) -> None:
        was_admin = "admin" in self._ledger.access.roles_of_user(conn, leaving).get(workspace_id, ())
        if was_admin and not self._ledger.access.has_admin(conn, workspace_id, leaving):
            raise Conflict("this is the last admin of the workspace; make somebody else one first")


def _hashed(password: str) -> str:
    if not secrecy.MIN_PASSWORD_CHARS <= len(password) <= secrecy.MAX_PASSWORD_CHARS:
        raise Invalid(
            f"a password has {secrecy.MIN_PASSWORD_CHARS} to {secrecy.MAX_PASSWORD_CHARS} characters",
            {"where": "password"},
        )
    return secrecy.hashed(password)
