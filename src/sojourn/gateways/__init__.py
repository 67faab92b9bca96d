"""Vendors' wires: a gateway is a folder that translates its vendor's requests to our use cases, and nothing more.

Its `router.py` has `MOUNT` (where it is served), `router` (FastAPI routes below the mount) and `error_body` (a failure
in the vendor's own form). It keeps no state and knows no second state machine. `mounting.py` has a line for each.
Here is what all of them are given.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Protocol

import orjson
from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from sojourn.app.errors import Invalid, Malformed, TooLarge
from sojourn.app.views.recent import Recent
from sojourn.domain.identity import DEFAULT_WORKSPACE
from sojourn.events.store import EventStore
from sojourn.ledger.ledger import Ledger

LOCAL_ACTOR = "local"
MAX_DEPTH = 64  # of JSON that is kept: what is nested deeper could not be told again


class Gateway(Protocol):
    """What `router.py` of each gateway has."""

    MOUNT: str
    router: APIRouter

    def error_body(self, status: int, code: str, message: str) -> Any: ...


class Services(Protocol):
    """What gateways use of api/dependencies.py Services."""

    ledger: Ledger
    events: EventStore
    ingest: Any  # app/ingest.py Ingest
    control: Any  # app/control/control.py Control
    settings: Any  # settings.py Settings
    clock: Callable[[], int]
    recent: Recent


class Json(Response):
    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        return orjson.dumps(content, option=orjson.OPT_NON_STR_KEYS)


def services(request: Request) -> Services:
    found: Services = request.app.state.services
    return found


def workspace() -> str:
    """Always the default one until there are logins, whatever key a client sends."""
    return DEFAULT_WORKSPACE


def actor() -> str:
    """Whoever uses this machine, until there are logins."""
    return LOCAL_ACTOR


async def sent_json(request: Request) -> Any:
    """The body, within the limit of all bodies; None if there is none."""
    limit_bytes: int = request.app.state.services.settings.max_body_bytes
    taken = bytearray()
    async for chunk in request.stream():
        taken += chunk
        if len(taken) > limit_bytes:
            raise TooLarge(f"the body is larger than {limit_bytes} bytes", {"max_body_bytes": limit_bytes})
    if not taken.strip():
        return None
    try:
        value = orjson.loads(bytes(taken))
    except orjson.JSONDecodeError as error:
        raise Malformed(f"the body is no JSON: {error}") from error
    if not _is_shallow(value):
        raise Invalid(f"the body is nested deeper than {MAX_DEPTH} levels")
    return value


async def sent_object(request: Request) -> dict[str, Any]:
    value = await sent_json(request)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise Invalid("the body must be a JSON object")
    return value


def _is_shallow(value: Any) -> bool:
    level = [value]
    for _ in range(MAX_DEPTH):
        level = [
            below
            for one in level
            if isinstance(one, (dict, list))
            for below in (one.values() if isinstance(one, dict) else one)
        ]
        if not level:
            return True
    return False


Served = Annotated[Services, Depends(services)]
Workspace = Annotated[str, Depends(workspace)]
Actor = Annotated[str, Depends(actor)]
SentJson = Annotated[Any, Depends(sent_json)]
SentObject = Annotated[dict[str, Any], Depends(sent_object)]
