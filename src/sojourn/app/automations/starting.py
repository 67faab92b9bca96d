"""Starting a session: it is pending until a process that runs agents takes it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from sojourn.app.ingest import Ingest
from sojourn.app.views.sessions import find_session
from sojourn.domain.declarations import Declaration
from sojourn.domain.sessions import Session, SessionKind, SessionStatus
from sojourn.ledger.ledger import Ledger

GOALS = ("goal", "prompt", "message", "task", "question", "instructions")  # inputs that say what it is to do


@dataclass(frozen=True, slots=True)
class Start:
    """Which agent, with what, and who or what began it."""

    agent_id: str
    inputs: Mapping[str, Any]
    trigger_type: str  # manual, api, schedule, event, workflow, agent
    trigger_source: str
    trigger_name: str = ""
    user_id: str = ""  # the person behind it
    metadata: Mapping[str, Any] = field(default_factory=dict)


async def start(ledger: Ledger, ingest: Ingest, clock: Callable[[], int], workspace_id: str, wanted: Start) -> Session:
    key = str(uuid4())
    goal = next((wanted.inputs[name] for name in GOALS if isinstance(wanted.inputs.get(name), str)), "")
    fields: dict[str, Any] = {
        "kind": SessionKind.RUN,
        "status": SessionStatus.PENDING,
        "status_reason": "waits for a process that runs it",
        "agent_id": wanted.agent_id,
        "user_id": wanted.user_id,
        "goal": goal.replace("\x00", ""),
        "prompt_inputs": dict(wanted.inputs),
        "trigger_type": wanted.trigger_type,
        "trigger_source": wanted.trigger_source,
        "metadata": {**wanted.metadata, "trigger_name": wanted.trigger_name or wanted.trigger_source},
    }
    await ingest.declare(workspace_id, [Declaration(key, fields, clock())])
    return find_session(ledger, workspace_id, key)
