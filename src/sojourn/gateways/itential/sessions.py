"""/agent-session-manager: the list, one session, what may be asked of it, and how sessions start."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response, StreamingResponse

from sojourn.app.access import admission
from sojourn.app.automations.starting import Start
from sojourn.app.control.requests import Ask
from sojourn.app.errors import Invalid, NotAllowed, NotFound
from sojourn.app.views.reading import Reading
from sojourn.app.views.sessions import facets, find_session
from sojourn.domain.access import OF_VERB, Permission
from sojourn.domain.automations import TriggerType
from sojourn.domain.lifecycle import Verb
from sojourn.domain.sessions import Session, SessionStatus
from sojourn.gateways import INGEST, READ, Actor, Asking, Json, SentObject, Served, Services, Workspace, needs
from sojourn.gateways.itential import listing, messages, starting
from sojourn.gateways.itential.login import Operator, Person, told_as
from sojourn.gateways.itential.session_bodies import ACTIONS, allowed_actions, may_be_deleted, session_body

router = APIRouter(prefix="/agent-session-manager/sessions")
MAX_SOURCES = 500
MAX_COMMANDS = 50  # looked through for who canceled
CANCELED = frozenset({SessionStatus.CANCELING, SessionStatus.CANCELED})
MAX_WORD_CHARS = 1_000


def named_session(served: Served, workspace_id: Workspace, session_id: str) -> Session:
    return find_session(served.ledger, workspace_id, session_id)


Named = Annotated[Session, Depends(named_session)]


@router.get("", dependencies=[READ])
def list_sessions(request: Request, served: Served, workspace_id: Workspace) -> Json:
    page = listing.page_of(request)
    found, total = listing.sessions_at(served, workspace_id, page)
    data = [session_body(session, _canceled_by(served, session)) for session in found]
    # Older clients look for the total in `metadata`, and go on until they have as many.
    metadata = {"total": total, "skip": page.offset, "limit": page.limit}
    return Json({"data": data, "total": total, "metadata": metadata})


@router.post("", status_code=201, dependencies=[INGEST])
async def create_session(
    served: Served, workspace_id: Workspace, actor: Operator, name: Person, sent: SentObject
) -> Json:
    """Save and Run: a person starts an agent."""
    person, inputs = name or actor, starting.inputs_of(sent, "inputs")
    wanted = Start(
        starting.agent_of(sent), inputs, TriggerType.MANUAL, person, user_id=person, metadata={"created_by": person}
    )
    session = await starting.started(served, workspace_id, wanted)
    return Json(_started(session), status_code=201)


@router.post("/run-agent", status_code=201, dependencies=[INGEST])
async def run_agent(served: Served, workspace_id: Workspace, actor: Operator, name: Person, sent: SentObject) -> Json:
    """A workflow's Run Agent task. Whom it wants to be called back is kept for whoever runs workflows."""
    signature = starting.inputs_of(sent, "terminationCallbackSignature")
    source = next(
        (signature[key] for key in ("identifier", "serviceName", "location") if isinstance(signature.get(key), str)),
        name or actor,
    )
    metadata = {"created_by": name or actor, "termination_callback": signature}
    agent_id, inputs = starting.agent_of(sent), starting.inputs_of(sent, "inputs")
    caller = source[: starting.MAX_NAME_CHARS]
    wanted = Start(agent_id, inputs, "workflow", caller, user_id=name or actor, metadata=metadata)
    session = await starting.started(served, workspace_id, wanted)
    return Json(_started(session), status_code=201)


@router.get("/sources", dependencies=[READ])
def sources(served: Served, workspace_id: Workspace) -> Json:
    found = facets(served.ledger, workspace_id, "source", "", MAX_SOURCES)["items"]
    return Json(sorted(item["value"] for item in found))


@router.get("/{session_id}", dependencies=[READ])
def read_session(served: Served, session: Named) -> Json:
    return Json(session_body(session, _canceled_by(served, session)))


@router.post("/{session_id}", dependencies=[READ])
async def act(served: Served, asking: Asking, session: Named, actor: Actor, name: Person, sent: SentObject) -> Json:
    """Pause and cancel are asynchronous: the session is PAUSING or CANCELING until its agent confirms."""
    verb = ACTIONS.get(str(sent.get("action", "")).upper())
    if verb is None:
        raise Invalid(f"action must be one of: {', '.join(ACTIONS)}")
    admission.check(asking, session.workspace_id, OF_VERB[verb])
    by = _word(sent, "canceledBy") if verb == Verb.CANCEL else ""
    ask = Ask(verb, told_as(actor, by or name), _word(sent, "reason"), _word(sent, "correlationId"))
    answer = await served.control.ask(session, ask)
    canceled_by = await asyncio.to_thread(_canceled_by, served, answer.session)
    return Json(session_body(answer.session, canceled_by))


@router.delete("/{session_id}", dependencies=[needs(Permission.DELETE)])
async def delete(served: Served, session: Named, actor: Operator) -> Json:
    """The record and its trail are gone for good."""
    if not may_be_deleted(session):
        raise NotAllowed("invalid_state", "only a session that is over can be deleted", allowed_actions(session))
    await served.control.delete(session, actor)
    return Json({"sessionId": session.id, "message": "the session is deleted"})


@router.get("/{session_id}/messages", dependencies=[READ])
def list_messages(request: Request, served: Served, session: Named) -> Response:
    """All of them if no page is named: clients expect it."""
    told = messages.Telling(served, Reading(served.events, served.recent, session), _canceled_by(served, session))
    params = request.query_params
    is_paged = "page" in params or "limit" in params
    page, limit = listing.whole(request, "page", 1), listing.whole(request, "limit", listing.MAX_LIMIT)
    if page < 1 or not 1 <= limit <= listing.MAX_LIMIT:
        raise Invalid(f"page must be at least 1, and limit between 1 and {listing.MAX_LIMIT}")
    if params.get("sortBy", "timestamp") not in ("timestamp", "eventId"):
        raise Invalid("sortBy must be timestamp or eventId")
    start = (page - 1) * limit if is_paged else 0
    end = start + limit if is_paged else None
    is_newest_first = listing.is_descending(request, "asc")
    found = told.window(
        messages.wanted_of(listing.stated(request, messages.FIELDS)),
        params.get("sortBy", "timestamp"),
        is_newest_first,
        start,
        end,
    )
    first = next(found, [])  # what can fail fails before anything is sent
    return StreamingResponse(_array(chain([first], found)), media_type=Json.media_type)


@router.get("/{session_id}/messages/{event_id}", dependencies=[READ])
def read_message(served: Served, session: Named, event_id: str) -> Json:
    reading = Reading(served.events, served.recent, session)
    found = messages.Telling(served, reading, _canceled_by(served, session)).one(event_id)
    if found is None:
        raise NotFound("the session has no such message")
    return Json(found)


def _array(pieces: Iterable[list[dict[str, Any]]]) -> Iterator[bytes]:
    """A JSON array, written piece by piece."""
    comma = b""
    yield b"["
    for piece in filter(None, pieces):
        yield comma + Json(piece).body[1:-1]
        comma = b","
    yield b"]"


def _started(session: Session) -> dict[str, Any]:
    return {**starting.started_body(session), "lastMessage": None}


def _canceled_by(served: Services, session: Session) -> str:
    if session.status not in CANCELED:
        return ""
    commands = served.control.commands(session, None, MAX_COMMANDS)
    return next((command.actor for _, command in commands if command.verb == Verb.CANCEL and command.changed), "")


def _word(sent: dict[str, Any], name: str) -> str:
    value = sent.get(name)
    return value.replace("\x00", "")[:MAX_WORD_CHARS] if isinstance(value, str) else ""
