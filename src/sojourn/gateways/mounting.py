"""Puts every gateway below its mount, and one of them at the root if the settings say so."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from importlib import import_module
from typing import Any, cast

import structlog
from clickhouse_connect.driver.exceptions import ClickHouseError
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import OperationalError
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sojourn.app.assessors.trace_reviews import TraceReview
from sojourn.app.errors import NotAllowed, Overloaded, SojournError, StorageUnavailable, TooManyTries
from sojourn.gateways import Gateway, Json
from sojourn.ledger.errors import Invalid as InvalidForLedger
from sojourn.settings import InvalidSetting

log = structlog.get_logger(__name__)
RETRY_AFTER_S = 2
# One line a vendor: the name of its folder.
GATEWAYS = (
    "comis",
    "itential",
    "kore",
    "niitaka",
    "velatir",
)  # fmt: skip


def outcome_forms() -> dict[str, Callable[[TraceReview], dict[str, Any]]]:
    """In whose words senders can be told what became of a trace."""
    found: dict[str, Callable[[TraceReview], dict[str, Any]]] = {}
    for name in GATEWAYS:
        found |= getattr(_router(name), "OUTCOME_FORMS", {})
    return found


def mount(app: FastAPI, root: str = "") -> None:
    """`root` names the gateway that answers at the root, too, wherever none of our own routes does."""
    if root and root not in GATEWAYS:
        raise InvalidSetting(f"SOJOURN_GATEWAY_ROOT={root!r} must be one of: {', '.join(GATEWAYS)}")
    for name in GATEWAYS:
        gateway = _router(name)
        below = application(gateway)
        below.state = app.state
        app.mount(gateway.MOUNT, below)
        if root_router := getattr(gateway, "root_router", None):  # what its clients look for nowhere but at the root
            app.include_router(root_router)
        if name == root:
            app.router.default = AtRoot(below, app.router.default)


def _router(name: str) -> Gateway:
    return cast(Gateway, import_module(f"sojourn.gateways.{name}.router"))


def application(gateway: Gateway) -> FastAPI:
    """Its routes, and its vendor's form of every failure."""
    below = FastAPI(openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False)
    below.include_router(gateway.router)

    def told(
        status: int, code: str, message: str, retry_after_s: int = 0, allowed: list[str] | None = None
    ) -> Response:
        headers = {"retry-after": str(retry_after_s)} if retry_after_s else {}
        if status == HTTPStatus.UNAUTHORIZED:
            headers["www-authenticate"] = "Bearer"
        body = gateway.error_body(status, code, message)
        return Json(body if allowed is None else {**body, "allowed": allowed}, status_code=status, headers=headers)

    for kind, answer in _answers(told).items():
        below.add_exception_handler(kind, answer)
    below.add_middleware(Foreseen, told=told)
    return below


Told = Callable[..., Response]
Answer = Callable[[Request, Exception], Awaitable[Response]]


def _answers(told: Told) -> dict[type[Exception], Answer]:
    async def refused(_: Request, error: Exception) -> Response:
        assert isinstance(error, SojournError)
        again = error if isinstance(error, Overloaded | StorageUnavailable | TooManyTries) else None
        retry_after_s = again.retry_after_s if again is not None else 0
        allowed = error.allowed if isinstance(error, NotAllowed) else None
        return told(error.status, error.code, error.message, retry_after_s, allowed)

    async def invalid(_: Request, error: Exception) -> Response:
        return told(422, "invalid", str(error))

    async def invalid_parameters(_: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        fault = error.errors()[0]
        return told(422, "invalid", f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}")

    async def http(_: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        phrase = HTTPStatus(error.status_code).phrase
        answer = told(error.status_code, phrase.lower().replace(" ", "_"), str(error.detail or phrase))
        answer.headers.update(error.headers or {})
        return answer

    async def storage_away(request: Request, error: Exception) -> Response:
        log.error("storage.away", path=request.url.path, reason=str(error)[:500])
        return told(503, "storage_unavailable", "the storage cannot be reached now; try again", RETRY_AFTER_S)

    return {
        SojournError: refused,
        InvalidForLedger: invalid,
        RequestValidationError: invalid_parameters,
        HTTPException: http,
        OperationalError: storage_away,
        ClickHouseError: storage_away,
    }


class Foreseen:
    """A failure that nobody foresaw is told in the vendor's form as well."""

    def __init__(self, app: ASGIApp, told: Told) -> None:
        self._app = app
        self._told = told

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        has_begun = False

        async def send_observed(message: Message) -> None:
            nonlocal has_begun
            has_begun = True
            await send(message)

        try:
            await self._app(scope, receive, send_observed)
        except Exception:
            if has_begun or scope["type"] != "http":
                raise
            log.exception("gateway.failed", path=scope["path"][:200])
            await self._told(500, "internal", "the server failed; its log has the reason")(scope, receive, send)


class AtRoot:
    """Paths that the gateway knows are its own; browsers that ask for a page, and all else, get what was there."""

    def __init__(self, gateway: FastAPI, otherwise: ASGIApp) -> None:
        self._gateway = gateway
        self._otherwise = otherwise

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_known = any(route.matches(scope)[0] != Match.NONE for route in self._gateway.routes)
        wants_page = scope["type"] == "http" and "text/html" in Headers(scope=scope).get("accept", "")
        chosen = self._gateway if is_known and not wants_page else self._otherwise
        await chosen(scope, receive, send)
