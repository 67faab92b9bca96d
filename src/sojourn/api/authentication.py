"""Who asks: found out once a request, before anything of it is read, for our own routes and every gateway's.

`scope["sojourn.principal"]` is a domain/access.py Principal, or None where a login is needed and there is none. Routes
say what they need (`needs` in dependencies.py); what says nothing is open to everybody. Wrong credentials are refused
there, too: each vendor's clients read refusals in a form of their own.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qs

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from sojourn.app.access.admission import ASK_AGAIN, PRINCIPAL, REFUSAL
from sojourn.app.access.door import Credentials, Door
from sojourn.app.access.secrecy import KEY_PREFIX, TOKEN_PREFIX
from sojourn.app.errors import SojournError

COOKIE = "sojourn_login"
COOKIES = (COOKIE, "token")  # the second is what Itential's clients send back
KEY_HEADER = "x-api-key"
QUERY_TOKEN = "token"


class Authentication:
    def __init__(self, app: ASGIApp, door: Door) -> None:
        self._app = app
        self._door = door

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        credentials = credentials_of(Headers(scope=scope))
        if scope["type"] == "websocket" and credentials == Credentials():
            credentials = Credentials(_token_in(scope["query_string"]))
        is_ours = credentials.secret.startswith((KEY_PREFIX, TOKEN_PREFIX))
        principal = None if is_ours else self._door.local_now()
        if principal is None:
            try:
                principal = await asyncio.to_thread(self._door.principal, credentials)
            except SojournError as refusal:
                scope[REFUSAL] = refusal
        scope[PRINCIPAL] = principal
        scope[ASK_AGAIN] = lambda: self._door.principal(credentials)
        await self._app(scope, receive, send)


def credentials_of(headers: Headers) -> Credentials:
    """The first that is there: bearer token, Basic (its password may be a key of ours), X-API-Key, login's cookie."""
    scheme, _, value = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and value.strip():
        return Credentials(value.strip())
    if scheme.lower() == "basic":
        name, password = _basic(value)
        is_ours = password.startswith((KEY_PREFIX, TOKEN_PREFIX))
        return Credentials(password) if is_ours else Credentials(email=name, password=password)
    if key := headers.get(KEY_HEADER, "").strip():
        return Credentials(key)
    for name in COOKIES:
        token = _cookie(headers.get("cookie", ""), name)
        if token.startswith((TOKEN_PREFIX, KEY_PREFIX)):
            return Credentials(token)
    return Credentials()


def _token_in(query: bytes) -> str:
    """Of the address of a WebSocket: browsers send no headers of a page's own with it."""
    return parse_qs(query.decode("latin-1")).get(QUERY_TOKEN, [""])[0].strip()


def _basic(value: str) -> tuple[str, str]:
    try:
        name, _, password = base64.b64decode(value.strip(), validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        return "", ""
    return name, password


def _cookie(header: str, name: str) -> str:
    try:
        found = SimpleCookie(header).get(name)
    except CookieError:
        return ""
    return found.value if found else ""
