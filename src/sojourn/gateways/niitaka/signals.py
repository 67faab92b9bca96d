"""Signals and decision traces, as the SDK tells of them."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Query

from sojourn.app.errors import NotFound
from sojourn.app.policies.signaling import Fired, Signals
from sojourn.app.views.sessions import find_session
from sojourn.app.views.times import parse_time, rfc3339
from sojourn.domain.identity import content_id
from sojourn.domain.messages import dump_json
from sojourn.domain.sessions import Session
from sojourn.domain.signals import Signal
from sojourn.gateways import INGEST, READ, Json, SentObject, Served, Services, Workspace
from sojourn.gateways.niitaka.fields import Sent, a_list, an_object, count, needed_id, text
from sojourn.gateways.niitaka.sessions import runs
from sojourn.ledger.decisions import Decision, DecisionFilter
from sojourn.ledger.signals import SignalFilter

router = APIRouter()
CREATED = 201
MAX_ROWS = 10_000
DEFAULT_ROWS = 1_000  # clients know no pages
SOURCE = "niitaka"
Limit = Annotated[int, Query(ge=1, le=MAX_ROWS)]


@router.post("/signals", status_code=CREATED, dependencies=[INGEST])
async def fire(served: Served, workspace_id: Workspace, sent: SentObject) -> Json:
    """A signal may belong to no session."""
    session_id = text(sent, "session_id", 256)
    session = await runs(served).begun(workspace_id, session_id, {}) if session_id else None
    fired = Fired(
        type=text(sent, "type") or "alert",
        subtype=text(sent, "subtype"),
        message=text(sent, "message"),
        session_key=session.key if session else "",
        agent_id=session.agent_id if session else "",
        event_id=text(sent, "event_id", 256),
        data=an_object(sent, "data"),
    )
    signal = await asyncio.to_thread(Signals(served.ledger, served.clock).fire, workspace_id, fired)
    return Json(_signal_row(signal), status_code=CREATED)


@router.get("/signals", dependencies=[READ])
def list_signals(
    served: Served, workspace_id: Workspace, session_id: str = "", agent_id: str = "", limit: Limit = DEFAULT_ROWS
) -> Json:
    session = _session(served, workspace_id, session_id)
    if session_id and session is None:
        return Json([])
    filter = SignalFilter(session.id if session else "", agent_id)
    found, _ = Signals(served.ledger, served.clock).listed(workspace_id, filter, None, limit)
    return Json([_signal_row(signal) for _, signal in found])


@router.post("/decisions", status_code=CREATED, dependencies=[INGEST])
async def decide(served: Served, workspace_id: Workspace, sent: SentObject) -> Json:
    """The same trace sent again is the same decision."""
    session = await runs(served).begun(workspace_id, needed_id(sent, "session_id"), {})
    decision = _decision(sent, session, served.clock())

    def add() -> None:
        with served.ledger.begin() as conn:
            served.ledger.decisions.add(conn, decision)

    await asyncio.to_thread(add)
    return Json(_decision_row(decision), status_code=CREATED)


@router.get("/decisions", dependencies=[READ])
def list_decisions(
    served: Served, workspace_id: Workspace, session_id: str = "", agent_id: str = "", limit: Limit = DEFAULT_ROWS
) -> Json:
    session = _session(served, workspace_id, session_id)
    if session_id and session is None:
        return Json([])
    filter = DecisionFilter(session.id if session else "", agent_id)
    with served.ledger.read() as conn:
        found = served.ledger.decisions.list_page(conn, workspace_id, filter, None, limit)
    return Json([_decision_row(decision) for _, decision in found])


def _session(served: Services, workspace_id: str, session_id: str) -> Session | None:
    try:
        return find_session(served.ledger, workspace_id, session_id) if session_id else None
    except NotFound:
        return None


def _decision(sent: Sent, session: Session, now_ns: int) -> Decision:
    said_at = text(sent, "timestamp")
    return Decision(
        id=content_id("niitaka", session.id, dump_json(sent)),
        workspace_id=session.workspace_id,
        at_ns=parse_time(said_at, "timestamp") if said_at else now_ns,
        stage=text(sent, "evaluation_stage"),
        session_id=session.id,
        session_key=session.key,
        agent_id=session.agent_id,
        context=an_object(sent, "context"),
        matched_policy_count=count(sent, "matched_policy_count") or 0,
        candidates=a_list(sent, "candidate_actions"),
        reason=text(sent, "resolution_reason"),
        winning_type=text(sent, "winning_type"),
        final_decision=an_object(sent, "final_decision") or None,
        source=SOURCE,
    )


def _decision_row(decision: Decision) -> dict[str, Any]:
    return {
        "id": decision.id,
        "session_id": decision.session_key,
        "agent_id": decision.agent_id or None,
        "evaluation_stage": decision.stage,
        "context": decision.context,
        "matched_policy_count": decision.matched_policy_count,
        "candidate_actions": decision.candidates,
        "resolution_reason": decision.reason,
        "winning_type": decision.winning_type or None,
        "final_decision": decision.final_decision,
        "timestamp": rfc3339(decision.at_ns),
        "created_at": rfc3339(decision.at_ns),
    }


def _signal_row(signal: Signal) -> dict[str, Any]:
    return {
        "id": signal.id,
        "session_id": signal.session_key or None,
        "event_id": signal.event_id or None,
        "agent_id": signal.agent_id or None,
        "type": signal.type,
        "subtype": signal.subtype,
        "message": signal.message,
        "data": signal.data,
        "count": signal.count,
        "created_at": rfc3339(signal.first_at_ns),
        "last_at": rfc3339(signal.last_at_ns),
    }
