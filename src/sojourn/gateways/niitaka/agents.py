"""The agent dashboard: a status that is counted from an agent's sessions, unless a person has set one."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from sojourn.app.agents import Agents, AgentStanding
from sojourn.app.errors import Invalid
from sojourn.app.views.times import NS_PER_S, parse_time
from sojourn.domain.agents import Stage
from sojourn.gateways import ADMIN, READ, Actor, Json, SentObject, Served, Services, Workspace
from sojourn.gateways.niitaka.fields import text

router = APIRouter()
IDLE_AFTER_S = 3_600
STALE_AFTER_S = 7 * 86_400
OVERRIDE = "status_override"


@router.get("/agents", dependencies=[READ])
def list_agents(served: Served, workspace_id: Workspace) -> Json:
    return Json([_row(served, one) for one in _agents(served).listed(workspace_id)])


@router.get("/agents/{agent_id:path}", dependencies=[READ])
def read_agent(served: Served, workspace_id: Workspace, agent_id: str) -> Json:
    return Json(_row(served, _agents(served).get(workspace_id, agent_id)))


@router.patch("/agents/{agent_id:path}", dependencies=[ADMIN])
def change_agent(served: Served, workspace_id: Workspace, actor: Actor, agent_id: str, sent: SentObject) -> Json:
    """Null takes the override back."""
    if OVERRIDE not in sent or sent[OVERRIDE] not in (None, *Stage):
        raise Invalid(f"{OVERRIDE} must be null or one of: {', '.join(Stage)}")
    return Json(_row(served, _agents(served).mark(workspace_id, agent_id, text(sent, OVERRIDE), actor)))


def auto_status(standing: AgentStanding, now_ns: int) -> str:
    """The first that holds."""
    heard_at = standing.ever["last_activity_at"]
    silent_s = (now_ns - parse_time(heard_at, "last_activity_at")) // NS_PER_S if heard_at else None
    if standing.last_day["error_count"] or standing.last_day["failed"]:
        return "error"
    if silent_s is None or standing.is_new:
        return "new"
    if standing.ever["running"] or silent_s < IDLE_AFTER_S:
        return "active"
    return "stale" if silent_s >= STALE_AFTER_S else "idle"


def _row(served: Services, standing: AgentStanding) -> dict[str, Any]:
    counted = auto_status(standing, served.clock())
    return {
        "id": standing.agent_id,
        "agent_id": standing.agent_id,
        "status": standing.stage or counted,
        "auto_status": counted,
        OVERRIDE: standing.stage or None,
        "session_count": standing.ever["sessions"],
        "running_count": standing.ever["running"],
        "error_count": standing.ever["error_count"],
        "total_cost": standing.ever["cost_usd"] or 0.0,
        "last_active_at": standing.ever["last_activity_at"],
    }


def _agents(served: Services) -> Agents:
    return Agents(served.ledger, served.events, served.clock)
