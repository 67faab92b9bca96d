"""Local mode has no login, so only programs of this machine may speak to it, and no page of another origin.

A web page can make a browser send requests to 127.0.0.1 and open WebSockets there. Two checks stop it: the Host must
be ours (else a rebound DNS name reads answers as its own origin), and an Origin or Sec-Fetch-Site, which browsers add
by themselves, must not be foreign. Programs send neither. No CORS header is ever given.
"""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sojourn.api.answers import Json
from sojourn.app.errors import Refused, SojournError
from sojourn.settings import LOOPBACK_HOSTS

SAME_SITE = frozenset({"same-origin", "none"})  # "none": typed into the address bar
GUARDED = frozenset({"http", "websocket"})
DENIAL = "websocket.http.response"  # a server that can answer the opening of a WebSocket with a body
ANSWERS_BEGIN = frozenset({"http.response.start", f"{DENIAL}.start"})
POLICY_VIOLATION = 1008
SECURITY_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
)
POLICY = (
    b"default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
    b"media-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; object-src 'none'; base-uri 'none'; "
    b"form-action 'self'; frame-ancestors 'none'"
)


class LocalOnly:
    """Refuses what a local program would not send, and adds the security headers to every answer.

    `is_any_host`: where a login is asked for, on an address that others reach, a rebound name holds no login of ours;
    pages of another origin are refused all the same.
    """

    def __init__(self, app: ASGIApp, allowed_hosts: Iterable[str] = (), is_any_host: bool = False) -> None:
        self._app = app
        self._hosts = LOOPBACK_HOSTS | {name.lower() for name in allowed_hosts}
        self._is_any_host = is_any_host and not allowed_hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in GUARDED:
            await self._app(scope, receive, send)
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] in ANSWERS_BEGIN:
                message["headers"] = [*message["headers"], *SECURITY_HEADERS, (b"content-security-policy", POLICY)]
            await send(message)

        refusal = self._refusal(Headers(scope=scope))
        if refusal is None:
            await self._app(scope, receive, send_guarded)
            return
        if scope["type"] == "websocket" and DENIAL not in (scope.get("extensions") or {}):
            await send({"type": "websocket.close", "code": POLICY_VIOLATION, "reason": ""})  # the server answers 403
            return
        answer = Json({"code": refusal.code, "message": refusal.message}, status_code=refusal.status)
        await answer(scope, receive, send_guarded)

    def _refusal(self, headers: Headers) -> SojournError | None:
        host = headers.get("host", "")
        if not self._is_ours(f"//{host}"):
            return Refused(f"Host {host[:100]!r} is not this server's name; see SOJOURN_ALLOWED_HOSTS")
        origin = headers.get("origin")
        if origin is not None and not self._is_same(origin, host):
            return Refused("pages of another origin may not use this server")
        if headers.get("sec-fetch-site", "none") not in SAME_SITE and not _is_navigation(headers):
            return Refused("pages of another site may not use this server")
        return None

    def _is_ours(self, url: str) -> bool:
        try:
            name = (urlsplit(url).hostname or "").rstrip(".")
        except ValueError:
            return False
        return self._is_any_host or name in self._hosts or _is_loopback_address(name)

    def _is_same(self, origin: str, host: str) -> bool:
        """Same name and port as the request was sent to; 127.0.0.1 and localhost are two origins."""
        try:
            return urlsplit(origin).netloc.lower() == host.lower() and self._is_ours(origin)
        except ValueError:
            return False


def _is_navigation(headers: Headers) -> bool:
    """Following a link to us from another site shows our page to the person, not to that site."""
    return headers.get("sec-fetch-mode") == "navigate" and headers.get("sec-fetch-dest") == "document"


def _is_loopback_address(name: str) -> bool:
    parts = name.split(".")
    return len(parts) == 4 and parts[0] == "127" and all(part.isdecimal() for part in parts)
