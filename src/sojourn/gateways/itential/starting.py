"""Starting a session: it is pending until a process that runs agents takes it."""

from __future__ import annotations

from typing import Any, NamedTuple
from uuid import uuid4

from sojourn.app.errors import Invalid
from sojourn.app.views.sessions import find_session
from sojourn.domain.declarations import Declaration
from sojourn.domain.sessions import Session, SessionKind, SessionStatus
from sojourn.gateways import Services

Json = dict[str, Any]
MAX_NAME_CHARS = 500
GOALS = ("goal", "prompt", "message", "task", "question", "instructions")


class Trigger(NamedTuple):
    """Why a session starts, and who or what began it."""

    type: str  # manual, api, schedule, event, workflow, agent
    source: str
    name: str = ""


async def start(
    served: Services, workspace_id: str, agent_id: str, inputs: Json, trigger: Trigger, metadata: Json
) -> Session:
    key = str(uuid4())
    goal = next((inputs[name] for name in GOALS if isinstance(inputs.get(name), str)), "")
    fields: Json = {
        "kind": SessionKind.RUN,
        "status": SessionStatus.PENDING,
        "status_reason": "waits for a process that runs it",
        "agent_id": agent_id,
        "goal": goal.replace("\x00", ""),
        "prompt_inputs": inputs,
        "trigger_type": trigger.type,
        "trigger_source": trigger.source,
        "metadata": {**metadata, "trigger_name": trigger.name or trigger.source},
    }
    await served.ingest.declare(workspace_id, [Declaration(key, fields, served.clock())])
    return find_session(served.ledger, workspace_id, key)


def agent_of(sent: Json) -> str:
    """`agent` is an id, or an object that holds it."""
    for name in ("agentDefinitionId", "agentId", "agent", "agentName"):
        value = sent.get(name)
        if isinstance(value, dict):
            value = value.get("_id") or value.get("id") or value.get("name")
        if isinstance(value, str) and value.strip():
            return value.strip().replace("\x00", "")[:MAX_NAME_CHARS]
    raise Invalid("agentDefinitionId is missing")


def inputs_of(sent: Json, *names: str) -> Json:
    for name in names:
        value = sent.get(name)
        if isinstance(value, dict):
            return value
        if value is not None:
            raise Invalid(f"{name} must be an object")
    return {}
