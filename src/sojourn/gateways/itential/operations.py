"""/operations-manager: automations that wrap agents, and the triggers that start them."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from jsonschema.exceptions import SchemaError, best_match

from sojourn.app.control.forms import NOWHERE_ELSE, BoundedValidator, check_form
from sojourn.app.errors import Invalid, NotFound
from sojourn.app.views.ledger_reads import read_ledger
from sojourn.gateways import INGEST, READ, Json, SentObject, Served, Services, Workspace
from sojourn.gateways.itential import listing, starting
from sojourn.gateways.itential.catalogue import AGENTS, Catalogue, passing
from sojourn.gateways.itential.login import Operator, Person
from sojourn.gateways.itential.session_bodies import STATUSES, trigger_type_of
from sojourn.ledger.filters import SessionFilter

router = APIRouter(prefix="/operations-manager")
MAX_LIMIT = 100
Found = dict[str, Any]


@router.get("/automations", dependencies=[READ])
def list_automations(request: Request, served: Served, workspace_id: Workspace) -> Json:
    return Json(_page(request, Catalogue(served, workspace_id).automations()))


@router.get("/automations/{automation_id:path}", dependencies=[READ])
def read_automation(served: Served, workspace_id: Workspace, automation_id: str) -> Json:
    return Json({"data": Catalogue(served, workspace_id).automation(automation_id)})


@router.post("/automations", status_code=201, dependencies=[INGEST])
async def create_automation(served: Served, workspace_id: Workspace, actor: Operator, sent: SentObject) -> Json:
    made = await Catalogue(served, workspace_id).add_automation(sent, actor)
    return Json({"message": "the automation is made", "data": made}, status_code=201)


@router.delete("/automations/{automation_id:path}", dependencies=[INGEST])
async def delete_automation(served: Served, workspace_id: Workspace, automation_id: str) -> Json:
    gone = await Catalogue(served, workspace_id).remove_automation(automation_id)
    return Json({"message": f"automation {gone['name']} is deleted", "data": gone})


@router.get("/triggers", dependencies=[READ])
def list_triggers(request: Request, served: Served, workspace_id: Workspace) -> Json:
    page = _page(request, Catalogue(served, workspace_id).triggers())
    for trigger in page["data"]:
        trigger["lastExecuted"] = _last_executed_ms(served, workspace_id, trigger["name"])
    return Json(page)


@router.post("/triggers", status_code=201, dependencies=[INGEST])
async def create_trigger(served: Served, workspace_id: Workspace, actor: Operator, sent: SentObject) -> Json:
    if sent.get("schema") is not None:
        check_form(sent["schema"] if isinstance(sent["schema"], dict) else {"type": sent["schema"]})
    made = await Catalogue(served, workspace_id).add_trigger(sent, actor)
    return Json({"message": "the trigger is made", "data": made}, status_code=201)


@router.post("/triggers/{kind}/{name}", dependencies=[INGEST])
async def fire(
    served: Served, workspace_id: Workspace, kind: str, name: str, actor: Operator, person: Person, inputs: SentObject
) -> Json:
    """An endpoint by its route; the other kinds, which their schedulers and buses fire, by id."""
    catalogue = Catalogue(served, workspace_id)
    trigger = catalogue.trigger(kind, name)
    automation = catalogue.automation(trigger["actionId"])
    if automation["componentType"] != AGENTS:
        raise Invalid(f"only agents can be started here, and {automation['name']} is of {automation['componentType']}")
    _check(inputs, trigger["schema"])
    source = (person or actor) if kind == "manual" else trigger["name"]
    why = starting.Trigger(trigger_type_of(kind), source, trigger["name"])
    agent_id = str(automation["componentId"] or automation["name"])
    metadata = {"created_by": person or actor, "agent_name": automation.get("componentName") or agent_id}
    session = await starting.start(served, workspace_id, agent_id, inputs, why, metadata)
    return Json(
        {"message": "the session is started", "data": {"sessionId": session.id, "status": STATUSES[session.status]}}
    )


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


def _check(inputs: Found, schema: Found) -> None:
    try:
        fault = best_match(BoundedValidator(schema, registry=NOWHERE_ELSE).iter_errors(inputs))
    except (SchemaError, RecursionError) as error:
        raise Invalid("the trigger's schema cannot be used") from error
    if fault is not None:
        where = "/".join(map(str, fault.absolute_path))
        raise Invalid(f"the inputs do not fit the trigger: {where + ': ' if where else ''}{fault.message}"[:500])
