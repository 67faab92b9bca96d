"""/operations-manager: automations that wrap agents, and the triggers that start them."""

from __future__ import annotations

import asyncio
from typing import Any

from fastapi import APIRouter, Request

from sojourn.app.automations.automation_set import AutomationSet
from sojourn.app.automations.starting import Start
from sojourn.app.errors import NotFound
from sojourn.app.views.ledger_reads import read_ledger
from sojourn.domain.automations import TriggerType
from sojourn.gateways import INGEST, READ, Json, SentObject, Served, Services, Workspace
from sojourn.gateways.itential import listing, starting
from sojourn.gateways.itential.automation_bodies import (
    automation_body,
    automation_of,
    passing,
    trigger_body,
    trigger_of,
)
from sojourn.gateways.itential.login import Operator, Person
from sojourn.gateways.itential.session_bodies import trigger_type_of
from sojourn.ledger.filters import SessionFilter

router = APIRouter(prefix="/operations-manager")
MAX_LIMIT = 100
Found = dict[str, Any]


@router.get("/automations", dependencies=[READ])
def list_automations(request: Request, served: Served, workspace_id: Workspace) -> Json:
    return Json(_page(request, list(map(automation_body, _set(served).listed(workspace_id)))))


@router.get("/automations/{automation_id:path}", dependencies=[READ])
def read_automation(served: Served, workspace_id: Workspace, automation_id: str) -> Json:
    return Json({"data": automation_body(_set(served).get(workspace_id, automation_id))})


@router.post("/automations", status_code=201, dependencies=[INGEST])
def create_automation(served: Served, workspace_id: Workspace, actor: Operator, sent: SentObject) -> Json:
    made = _set(served).add(automation_of(sent, workspace_id, actor))
    return Json({"message": "the automation is made", "data": automation_body(made)}, status_code=201)


@router.delete("/automations/{automation_id:path}", dependencies=[INGEST])
def delete_automation(served: Served, workspace_id: Workspace, automation_id: str) -> Json:
    gone = _set(served).remove(workspace_id, automation_id)
    return Json({"message": f"automation {gone.name} is deleted", "data": automation_body(gone)})


@router.get("/triggers", dependencies=[READ])
def list_triggers(request: Request, served: Served, workspace_id: Workspace) -> Json:
    page = _page(request, list(map(trigger_body, _set(served).triggers(workspace_id))))
    for trigger in page["data"]:
        trigger["lastExecuted"] = _last_executed_ms(served, workspace_id, trigger["name"])
    return Json(page)


@router.post("/triggers", status_code=201, dependencies=[INGEST])
def create_trigger(served: Served, workspace_id: Workspace, actor: Operator, sent: SentObject) -> Json:
    made = _set(served).add_trigger(trigger_of(sent, workspace_id, actor))
    return Json({"message": "the trigger is made", "data": trigger_body(made)}, status_code=201)


@router.post("/triggers/{kind}/{name}", dependencies=[INGEST])
async def fire(
    served: Served, workspace_id: Workspace, kind: str, name: str, actor: Operator, person: Person, inputs: SentObject
) -> Json:
    """An endpoint by its route; the other kinds, which their schedulers and buses fire, by id."""
    known = _set(served)
    trigger = await asyncio.to_thread(known.trigger, workspace_id, trigger_type_of(kind), name)
    automation = await asyncio.to_thread(known.agent_to_start, trigger, inputs)
    wanted = Start(
        agent_id=automation.agent_id,
        inputs=inputs,
        trigger_type=trigger.type,
        trigger_source=(person or actor) if trigger.type == TriggerType.MANUAL else trigger.name,
        trigger_name=trigger.name,
        user_id=person or actor,
        metadata={"created_by": person or actor, "agent_name": automation.component_name or automation.agent_id},
    )
    session = await starting.started(served, workspace_id, wanted)
    return Json({"message": "the session is started", "data": starting.started_body(session)})


@router.get("/jobs", dependencies=[READ])
def list_jobs() -> Json:
    """Workflows run elsewhere: none of their jobs is known here."""
    return Json({"data": [], "metadata": {"total": 0}})


@router.get("/jobs/{job_id}", dependencies=[READ])
def read_job(job_id: str) -> Json:
    raise NotFound(f"there is no job {job_id[:100]!r}: workflows run elsewhere")


def _page(request: Request, entries: list[Found]) -> Found:
    """The total is of what passes the filter: clients go on until they have as many."""
    params = request.query_params
    chosen = passing(entries, params.get("equalsField"), params.get("equals"), params.get("enabled"))
    skip = listing.whole(request, "skip", listing.whole(request, "offset", 0))
    limit = min(listing.whole(request, "limit", MAX_LIMIT), MAX_LIMIT)
    data = [dict(entry) for entry in chosen[skip : skip + limit]]
    return {"data": data, "metadata": {"total": len(chosen), "skip": skip, "limit": limit}}


def _last_executed_ms(served: Services, workspace_id: str, name: str) -> int | None:
    with read_ledger(served.ledger) as conn:
        found = served.ledger.sessions.list_page(
            conn, workspace_id, SessionFilter(source=(name,)), "-started_at", 1, None
        )
    started_ns = found.items[0].status_since_ns or found.items[0].started_at_ns if found.items else 0
    return started_ns // 1_000_000 or None


def _set(served: Services) -> AutomationSet:
    return AutomationSet(served.ledger, served.clock)
