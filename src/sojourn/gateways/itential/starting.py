"""What requests to start a session say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sojourn.app.automations.starting import Start, start
from sojourn.app.errors import Invalid
from sojourn.domain.sessions import Session
from sojourn.gateways import Services
from sojourn.gateways.itential.session_bodies import STATUSES

Json = dict[str, Any]
MAX_NAME_CHARS = 500


async def started(served: Services, workspace_id: str, wanted: Start) -> Session:
    return await start(served.ledger, served.ingest, served.clock, workspace_id, wanted)


def started_body(session: Session) -> Json:
    return {"sessionId": session.id, "status": STATUSES[session.status]}


def agent_of(sent: Mapping[str, Any]) -> str:
    """`agent` is an id, or an object that holds it."""
    for name in ("agentDefinitionId", "agentId", "agent", "agentName"):
        value = sent.get(name)
        if isinstance(value, dict):
            value = value.get("_id") or value.get("id") or value.get("name")
        if isinstance(value, str) and value.strip():
            return value.strip().replace("\x00", "")[:MAX_NAME_CHARS]
    raise Invalid("agentDefinitionId is missing")


def inputs_of(sent: Mapping[str, Any], *names: str) -> Json:
    for name in names:
        value = sent.get(name)
        if isinstance(value, dict):
            return value
        if value is not None:
            raise Invalid(f"{name} must be an object")
    return {}
