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
from fastapi.params import Depends as Needed
from starlette.requests import HTTPConnection
from starlette.responses import Response

from sojourn.app.access import admission
from sojourn.app.errors import Invalid, Malformed, TooLarge
from sojourn.app.views.recent import Recent
from sojourn.domain.access import Permission, Principal
from sojourn.events.store import EventStore
from sojourn.ledger.ledger import Ledger

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
    door: Any  # app/access/door.py Door
    recent: Recent


class Json(Response):
    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        return orjson.dumps(content, option=orjson.OPT_NON_STR_KEYS)


def services(request: Request) -> Services:
    found: Services = request.app.state.services
    return found


def asking(connection: HTTPConnection) -> Principal | None:
    """None: nobody that we know."""
    return admission.asking(connection.scope)


Asking = Annotated[Principal | None, Depends(asking)]


def workspace(asking: Asking) -> str:
    """That of the API key; of a person the default one, or else the first of theirs."""
    return admission.workspace_of(asking, None)


def actor(asking: Asking) -> str:
    """Who asks, as audits and statuses tell it."""
    return admission.known(asking).name


Workspace = Annotated[str, Depends(workspace)]
Actor = Annotated[str, Depends(actor)]


def needs(*any_of: Permission) -> Needed:
    """A route's dependency: refuses callers who have none of these permissions."""

    def check(asking: Asking, workspace_id: Workspace) -> None:
        admission.check(asking, workspace_id, *any_of)

    check.needs = any_of  # type: ignore[attr-defined]  # tests/architecture looks whether every route has one
    needed: Needed = Depends(check)
    return needed


READ = needs(Permission.READ_CALLED)  # vendors know no called sessions that a reader may not see: all or nothing
INGEST = needs(Permission.INGEST)
ADMIN = needs(Permission.ADMIN)


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
SentJson = Annotated[Any, Depends(sent_json)]
SentObject = Annotated[dict[str, Any], Depends(sent_object)]
