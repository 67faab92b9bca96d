"""Around every request: an id, a log line, the numbers of /metrics, HEAD, and failures that nobody foresaw."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Iterable
from uuid import uuid4

import structlog
from sse_starlette.sse import SendTimeoutError
from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sojourn.api.answers import Json
from sojourn.api.measures import OTHER_ROUTE, Measures

log = structlog.get_logger("sojourn.http")
REQUEST_ID = re.compile(r"[\w.:/+=-]{1,100}", re.ASCII)
QUIET_PATHS = frozenset({"/healthz", "/readyz", "/metrics"})  # asked every few seconds; logged only in debug
CLIENT_GONE = 499


class Answered(Exception):
    """The head of a HEAD answer is sent; what the handler still does is of no use."""


class RequestLog:
    def __init__(self, app: ASGIApp, measures: Measures) -> None:
        self._app = app
        self._measures = measures

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = _request_id(Headers(scope=scope))
        method = scope["method"]
        is_head = method == "HEAD"
        if is_head:
            scope = {**scope, "method": "GET"}  # everything that can be read can be asked for without its body
        begun_s = time.perf_counter()
        status = 0

        async def send_observed(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], (b"x-request-id", request_id.encode())]
                await send(message)
            elif is_head and message.get("more_body"):
                await send({"type": "http.response.body", "body": b"", "more_body": False})
                raise Answered
            else:
                await send(message)

        with structlog.contextvars.bound_contextvars(request_id=request_id):
            try:
                await self._app(scope, receive, send_observed)
            except (ClientDisconnect, SendTimeoutError):
                status = status or CLIENT_GONE
            except asyncio.CancelledError:
                status = status or CLIENT_GONE
                raise
            except Exception as failure:
                if not _is_only(failure, Answered):
                    log.exception("http.failed", method=method, path=scope["path"][:200])
                    if status:
                        raise  # the answer has begun; the connection must break so that the caller notices
                    await _internal_error(request_id)(scope, receive, send_observed)
            self._note(scope, method, status, time.perf_counter() - begun_s)

    def _note(self, scope: Scope, method: str, status: int, seconds: float) -> None:
        route = getattr(scope.get("route"), "path", OTHER_ROUTE)
        self._measures.requests.labels(method, route, str(status)).inc()
        self._measures.request_seconds.labels(route).observe(seconds)
        note = log.debug if scope["path"] in QUIET_PATHS or status < 400 else log.info
        note("http.request", method=method, path=scope["path"][:200], status=status, ms=round(seconds * 1000, 1))


def _request_id(headers: Headers) -> str:
    """The caller's, if it is one that may stand in a log."""
    given = headers.get("x-request-id", "")
    return given if REQUEST_ID.fullmatch(given) else uuid4().hex


def _internal_error(request_id: str) -> Json:
    message = "the server failed; its log has the reason"
    return Json({"code": "internal", "message": message, "details": {"request_id": request_id}}, status_code=500)


def _is_only(failure: BaseException, kind: type[BaseException]) -> bool:
    """Task groups wrap what is raised inside them."""
    inner: Iterable[BaseException] = failure.exceptions if isinstance(failure, BaseExceptionGroup) else ()
    return isinstance(failure, kind) or (bool(inner) and all(_is_only(each, kind) for each in inner))
