"""Finds out who asks, by what the request carries: an API key, the token of a login, or nothing in local mode."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock

from sqlalchemy import Connection

from sojourn.app.access import secrecy
from sojourn.app.errors import TooManyTries, Unauthenticated
from sojourn.domain.access import Permission, Principal, granted
from sojourn.domain.identity import DEFAULT_WORKSPACE
from sojourn.ledger.access import ApiKey, User
from sojourn.ledger.ledger import Ledger

LOCAL_NAME = "local"
LOCAL_FOR_S = 2.0  # how long local mode may not know of a workspace that another process made
KEY_USED_EVERY_NS = 60 * 1_000_000_000  # how often the last use of a key is noted
LOGIN_FOR_NS = 14 * 86_400 * 1_000_000_000
TRIES = 10  # wrong passwords for one address, then it must wait
TRIES_WITHIN_S = 15 * 60
MAX_ADDRESSES = 10_000  # whose wrong tries are remembered


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a request carries; "" where it carries none."""

    secret: str = ""  # a key or token
    email: str = ""  # of Basic authentication
    password: str = ""


class Door:
    def __init__(self, ledger: Ledger, clock: Callable[[], int], is_local: bool) -> None:
        self._ledger = ledger
        self._clock = clock
        self.is_local = is_local
        self._local: tuple[float, Principal | None] = (0.0, None)
        self._tries: OrderedDict[str, list[float]] = OrderedDict()
        self._lock = Lock()

    def principal(self, credentials: Credentials) -> Principal | None:
        """None if there are no credentials and a login is needed. Raises Unauthenticated for wrong ones."""
        secret = credentials.secret
        if secret.startswith(secrecy.KEY_PREFIX):
            return self._of_key(secret)
        if secret.startswith(secrecy.TOKEN_PREFIX):
            found = self._of_token(secret)
            return found or (self.local() if self.is_local else None)
        if self.is_local:
            return self.local()  # clients of other vendors send keys of their own
        if credentials.password:
            return self.principal_of_user(self.user(credentials.email, credentials.password))
        if secret:
            raise Unauthenticated("this API key is not one of ours")
        return None

    def local_now(self) -> Principal | None:
        """The one who uses this machine, if nothing has to be read for it."""
        at_s, principal = self._local
        return principal if self.is_local and time.monotonic() - at_s < LOCAL_FOR_S else None

    def local(self) -> Principal:
        with self._ledger.read() as conn:
            names = {DEFAULT_WORKSPACE, *self._ledger.access.workspace_ids(conn)}
        principal = Principal(LOCAL_NAME, LOCAL_NAME, "local", {name: frozenset(Permission) for name in names})
        self._local = (time.monotonic(), principal)
        return principal

    def forget(self) -> None:
        """What local mode knows of workspaces has changed."""
        self._local = (0.0, None)

    def log_in(self, email: str, password: str) -> tuple[str, User]:
        """A token for a cookie or header, and whose it is."""
        user = self.user(email, password)
        token, now_ns = secrecy.new_token(), self._clock()
        with self._ledger.begin() as conn:
            self._ledger.access.add_login(conn, secrecy.digest(token), user.id, now_ns, now_ns + LOGIN_FOR_NS)
        return token, user

    def log_out(self, token: str) -> None:
        with self._ledger.begin() as conn:
            self._ledger.access.remove_login(conn, secrecy.digest(token))

    def user(self, email: str, password: str) -> User:
        """Whose password this is. Raises Unauthenticated without telling whether there is such a person."""
        address = email.strip().lower()
        self._check_tries(address)
        with self._ledger.read() as conn:
            user: User | None = self._ledger.access.user_by_email(conn, address)
        is_right = secrecy.is_password(
            password[: secrecy.MAX_PASSWORD_CHARS], user.password_hash if user else secrecy.nobody()
        )
        if user is None or user.is_disabled or not is_right:
            self._note_try(address)
            raise Unauthenticated("the address or the password is wrong")
        with self._lock:
            self._tries.pop(address, None)
        return user

    def _of_key(self, secret: str) -> Principal:
        now_ns = self._clock()
        with self._ledger.read() as conn:
            key: ApiKey | None = self._ledger.access.key_by_secret(conn, secrecy.digest(secret))
            if key is None:
                raise Unauthenticated("this API key is not one of ours")
            if key.revoked_at_ns:
                raise Unauthenticated(f"the API key {key.name!r} was revoked")
            if key.expires_at_ns and key.expires_at_ns <= now_ns:
                raise Unauthenticated(f"the API key {key.name!r} has expired")
            own = self._ledger.access.own_roles(conn, [key.workspace_id]).get(key.workspace_id, {})
        if now_ns - key.used_at_ns > KEY_USED_EVERY_NS:
            with self._ledger.begin() as conn:
                self._ledger.access.key_used(conn, key.id, now_ns)
        grants = {key.workspace_id: granted(key.roles, own)}
        return Principal(key.id, f"key:{key.name}", "key", grants)

    def _of_token(self, token: str) -> Principal | None:
        with self._ledger.read() as conn:
            user: User | None = self._ledger.access.user_of_login(conn, secrecy.digest(token), self._clock())
            if user is None or user.is_disabled:
                return None  # the login has ended: the same as none
            return self._principal_of(conn, user)

    def principal_of_user(self, user: User) -> Principal:
        with self._ledger.read() as conn:
            return self._principal_of(conn, user)

    def _principal_of(self, conn: Connection, user: User) -> Principal:
        roles = self._ledger.access.roles_of_user(conn, user.id)
        own = self._ledger.access.own_roles(conn, list(roles))
        grants = {workspace_id: granted(names, own.get(workspace_id, {})) for workspace_id, names in roles.items()}
        return Principal(user.id, user.email, "user", grants)

    def _check_tries(self, address: str) -> None:
        now_s = time.monotonic()
        with self._lock:
            recent = [at_s for at_s in self._tries.get(address, []) if now_s - at_s < TRIES_WITHIN_S]
        if len(recent) >= TRIES:
            wait_s = int(TRIES_WITHIN_S - (now_s - recent[0])) + 1
            raise TooManyTries(wait_s, f"too many wrong passwords for this address; try again in {wait_s} s")

    def _note_try(self, address: str) -> None:
        now_s = time.monotonic()
        with self._lock:
            kept = [at_s for at_s in self._tries.pop(address, []) if now_s - at_s < TRIES_WITHIN_S]
            self._tries[address] = [*kept, now_s][-TRIES:]
            while len(self._tries) > MAX_ADDRESSES:
                self._tries.popitem(last=False)
