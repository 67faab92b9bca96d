"""The one place where failures become HTTP answers: {code, message, details}."""

from __future__ import annotations

import re
from functools import cache
from http import HTTPStatus
from typing import Any

import structlog
from clickhouse_connect.driver.exceptions import ClickHouseError
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import OperationalError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from sojourn.api.answers import Json
from sojourn.app.errors import NotAllowed, Overloaded, SojournError, StorageUnavailable, TooManyTries, Unauthenticated
from sojourn.ledger.errors import Invalid as InvalidForLedger

log = structlog.get_logger(__name__)
MAX_DETAILS = 20
MAX_INPUT_CHARS = 200


def install(app: FastAPI) -> None:
    app.add_exception_handler(SojournError, _told)
    app.add_exception_handler(InvalidForLedger, _invalid)
    app.add_exception_handler(RequestValidationError, _invalid_parameters)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(OperationalError, _storage_away)
    app.add_exception_handler(ClickHouseError, _storage_away)


def error_answer(
    status: int,
    code: str,
    message: str,
    details: Any = None,
    headers: Any = None,
    allowed: list[str] | None = None,
) -> Response:
    told = {"allowed": allowed, "details": details}
    body = {"code": code, "message": message, **{name: value for name, value in told.items() if value is not None}}
    return Json(body, status_code=status, headers=headers)


def told(error: SojournError) -> Response:
    headers = None
    if isinstance(error, Overloaded | StorageUnavailable | TooManyTries):
        headers = {"retry-after": str(error.retry_after_s)}
    if isinstance(error, Unauthenticated):
        headers = {"www-authenticate": "Bearer"}
    allowed = error.allowed if isinstance(error, NotAllowed) else None
    return error_answer(error.status, error.code, error.message, error.details, headers, allowed)


async def _told(_: Request, error: Exception) -> Response:
    assert isinstance(error, SojournError)
    return told(error)


async def _invalid(_: Request, error: Exception) -> Response:
    return error_answer(422, "invalid", str(error))


async def _invalid_parameters(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    faults = [
        {
            "where": ".".join(map(str, fault["loc"])),
            "message": fault["msg"],
            "input": str(fault.get("input"))[:MAX_INPUT_CHARS],
        }
        for fault in error.errors()[:MAX_DETAILS]
    ]
    first = f"{faults[0]['where']}: {faults[0]['message']}" if faults else "a parameter has a value that it cannot have"
    return error_answer(422, "invalid", first, faults)


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    headers = error.headers
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        headers = _allowed(request) or headers
    code = {404: "not_found", 405: "method_not_allowed"}.get(error.status_code)
    phrase = HTTPStatus(error.status_code).phrase
    word = code or phrase.lower().replace(" ", "_")
    return error_answer(error.status_code, word, str(error.detail or phrase), headers=headers)


def _allowed(request: Request) -> dict[str, str] | None:
    """The methods of the path that was meant: a session's key may match any path, so the most specific one."""
    sent = request.scope.get("raw_path", b"").decode("latin-1")
    described = request.app.openapi()["paths"]
    meant = max((path for path in described if _form_of(path).fullmatch(sent)), key=_literal_steps, default=None)
    return None if meant is None else {"allow": ", ".join(sorted(method.upper() for method in described[meant]))}


@cache
def _form_of(path: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\{\w+\\}", ".+", re.escape(path)))


def _literal_steps(path: str) -> int:
    return sum(not step.startswith("{") for step in path.split("/"))


async def _storage_away(request: Request, error: Exception) -> Response:
    log.error("storage.away", path=request.url.path, reason=str(error)[:500])
    headers = {"retry-after": "2"}
    return error_answer(503, "storage_unavailable", "the storage cannot be reached now; try again", headers=headers)
