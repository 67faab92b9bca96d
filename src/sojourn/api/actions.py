"""What operators ask of sessions: one, many, and what came of it."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Path, Query
from starlette.responses import Response

from sojourn.api.answers import SESSION_ERRORS, Json
from sojourn.api.control_models import (
    SENT_ERRORS,
    ActionAnswer,
    ActionRequest,
    BulkAnswer,
    BulkRequest,
    Command,
    CommandList,
    Memory,
    Verb,
    WaitS,
)
from sojourn.api.cursors import Cursor, following
from sojourn.api.dependencies import INGEST, READ, Actor, Asking, Served, Workspace, needs
from sojourn.api.filters import WHOLE, Text, each_once
from sojourn.api.models import Error
from sojourn.api.readings import Veiled, seen
from sojourn.api.session_paths import AnySession, NamedSession
from sojourn.api.steering_routes import SteeringRoute
from sojourn.app.access import admission
from sojourn.app.control.control import Outcome
from sojourn.app.control.requests import Ask
from sojourn.app.errors import Forbidden, NotAllowed, NotFound, SojournError
from sojourn.app.views import cursors
from sojourn.app.views.control_rows import answer_json, command_json
from sojourn.app.views.history import MAX_ITEMS
from sojourn.app.views.sessions import find_session
from sojourn.domain import lifecycle
from sojourn.domain.access import OF_VERB, Permission
from sojourn.domain.sessions import Session

router = APIRouter(prefix="/api/v1", tags=["steering"], route_class=SteeringRoute, dependencies=[Depends(each_once)])
REFUSED: dict[int | str, dict[str, Any]] = {
    **SESSION_ERRORS,
    **SENT_ERRORS,
    409: {"model": Error, "description": "Not in this state (invalid_state), or nobody can obey (not_controllable)"},
}
ACCEPTED, NO_CONTENT = 202, 204
Limit = Annotated[int, Query(ge=1, le=500), WHOLE]
CommandId = Annotated[Text, Path(description="UUID of the request")]


@router.post(
    "/sessions/bulk", response_model=BulkAnswer, responses=SENT_ERRORS, operation_id="act_on_many", dependencies=[READ]
)
async def bulk(
    served: Served, workspace_id: Workspace, asking: Asking, actor: Actor, asked: Annotated[BulkRequest, Body()]
) -> Json:
    """The same request to many sessions; a refusal of one is no matter of the others."""
    admission.check(asking, workspace_id, OF_VERB[lifecycle.Verb(asked.action)])
    ids = list(dict.fromkeys(asked.ids))
    sessions = await asyncio.to_thread(lambda: [_found(served, workspace_id, asking, one) for one in ids])
    ask = _ask(lifecycle.Verb(asked.action), actor, asked)
    outcomes = await served.control.ask_many(sessions, ids, ask)
    return Json({"outcomes": [_outcome_json(outcome) for outcome in outcomes]})


@router.post(
    "/sessions/{id:path}/actions/{verb}",
    status_code=ACCEPTED,
    response_model=ActionAnswer,
    responses=REFUSED,
    operation_id="act",
    dependencies=[READ],
)
async def act(
    served: Served,
    session: NamedSession,
    verb: Annotated[Verb, Path(description="What is asked")],
    asking: Asking,
    actor: Actor,
    asked: Annotated[ActionRequest | None, Body()] = None,
) -> Json:
    """Ask a session to pause, resume, cancel, reset, compact, escalate, return, archive or unarchive."""
    admission.check(asking, session.workspace_id, OF_VERB[lifecycle.Verb(verb)])
    ask = _ask(lifecycle.Verb(verb), actor, asked or ActionRequest())
    answer = await served.control.ask(session, ask)
    return Json(answer_json(answer), status_code=ACCEPTED)


@router.get(
    "/sessions/{id:path}/commands",
    response_model=CommandList,
    responses=SESSION_ERRORS,
    operation_id="read_commands",
    dependencies=[READ],
)
def commands(
    served: Served,
    session: NamedSession,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Json:
    """What was asked of a session, the latest first."""
    with following(cursor):
        before = cursors.decode(cursor, "cursor", int)[0] if cursor else None
    found = served.control.commands(session, before, limit + 1)
    shown = found[:limit]
    more = cursors.encode(shown[-1][0]) if len(found) > limit else None
    return Json({"items": [command_json(command) for _, command in shown], "next_cursor": more})


@router.get(
    "/sessions/{id:path}/history",
    response_model=Memory,
    responses=SESSION_ERRORS,
    operation_id="read_history",
    dependencies=[READ],
)
def read_history(
    served: Served,
    session: NamedSession,
    veil: Veiled,
    limit: Annotated[int, Query(ge=1, le=MAX_ITEMS), WHOLE] = MAX_ITEMS,
) -> Json:
    """The conversation memory: what the model should see now."""
    return Json(seen(served.control.history(session, limit), veil))


@router.post(
    "/sessions/{id:path}/heartbeat",
    status_code=NO_CONTENT,
    response_class=Response,
    responses=SESSION_ERRORS,
    operation_id="beat",
    dependencies=[INGEST],
)
async def heartbeat(served: Served, session: AnySession) -> Response:
    """A sign of life of a session and of those that called it."""
    await served.control.beat(session)
    return Response(status_code=NO_CONTENT)


@router.get(
    "/commands/{command_id}",
    response_model=Command,
    responses={**SESSION_ERRORS, 404: {"model": Error, "description": "There is no such command"}},
    operation_id="read_command",
    dependencies=[READ],
)
async def read_command(
    served: Served,
    workspace_id: Workspace,
    command_id: CommandId,
    wait_s: WaitS = 0,
) -> Json:
    """One request, and what came of it; `wait_s` waits until it is settled."""
    return Json(command_json(await served.control.settled_command(workspace_id, command_id, wait_s)))


@router.delete(
    "/sessions/{id}",  # no :path: it would catch the paths of views
    status_code=NO_CONTENT,
    response_class=Response,
    responses=REFUSED,
    operation_id="delete_session",
    dependencies=[needs(Permission.DELETE)],
)
async def delete(served: Served, session: NamedSession, actor: Actor) -> Response:
    """Events, content and record are gone for good; that it was deleted, when and by whom, stays."""
    await served.control.delete(session, actor)
    return Response(status_code=NO_CONTENT)


def _ask(verb: lifecycle.Verb, actor: str, asked: ActionRequest | BulkRequest) -> Ask:
    arguments: dict[str, Any] = {}
    if verb == lifecycle.Verb.COMPACT:
        arguments = {"instructions": asked.instructions, "keep_turns": asked.keep_turns}
    named = asked.id or "" if isinstance(asked, ActionRequest) else ""
    return Ask(verb, actor, asked.reason, asked.correlation_id, arguments, asked.cascade, named.lower())


def _found(served: Served, workspace_id: str, asking: Asking, id_or_key: str) -> Session | SojournError:
    try:
        session = find_session(served.ledger, workspace_id, id_or_key)
        admission.check_called(asking, session)
    except (NotFound, Forbidden) as refusal:
        return refusal
    return session


def _outcome_json(outcome: Outcome) -> dict[str, Any]:
    told: dict[str, Any] = {"id": outcome.session_id, "ok": outcome.failure is None, "command": None}
    if outcome.failure is not None:
        allowed = outcome.failure.allowed if isinstance(outcome.failure, NotAllowed) else []
        failure = {"code": outcome.failure.code, "message": outcome.failure.message, "allowed": allowed}
        return {**told, "status": outcome.failure.status, **failure}
    if outcome.answer is None:
        return {**told, "status": NO_CONTENT, "code": "", "message": "", "allowed": []}
    answered = answer_json(outcome.answer)
    return {**told, "status": ACCEPTED, "command": answered["command"], "code": "", "message": "", "allowed": []}
