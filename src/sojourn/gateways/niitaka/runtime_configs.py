"""What a run is configured with, and what its models cost."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from fastapi import APIRouter

from sojourn.app.errors import Invalid
from sojourn.app.experiments.experiments import Assigned, Experiments
from sojourn.domain.access import Permission
from sojourn.gateways import ADMIN, Json, SentObject, Served, Services, Workspace, needs
from sojourn.gateways.niitaka.fields import a_list, text
from sojourn.gateways.niitaka.pricing import price_rows
from sojourn.ledger.experiments import Experiment

router = APIRouter()
CREATED = 201
MAX_ID_CHARS = 256


@router.get("/pricing", dependencies=[needs(Permission.READ, Permission.INGEST)])
def pricing(served: Served, workspace_id: Workspace) -> Json:
    """By the names to which the SDK shortens models; what the workspace pays beats what is published."""
    with served.ledger.read() as conn:
        overrides = served.ledger.prices.overrides(conn, workspace_id)
    return Json(price_rows(overrides, served.clock()))


@router.get("/runtime-config", dependencies=[needs(Permission.READ, Permission.INGEST)])
def runtime_config(
    served: Served,
    workspace_id: Workspace,
    agent_id: str = "",
    experiment_id: str = "",
    session_id: str = "",
    variant: str = "",
    sticky_key: str = "",
) -> Json:
    """A variant of an experiment, or what the agent runs with. Unknown ones have an empty configuration."""
    found = _experiments(served)
    if experiment_id:
        if not (session_id or sticky_key or variant):
            raise Invalid("session_id is missing")
        return Json(_row(found.assign(workspace_id, experiment_id, session_id, variant, sticky_key)))
    return Json(_row(found.config_of(workspace_id, agent_id) if agent_id else Assigned()))


@router.put("/agents/{agent_id:path}/config", dependencies=[ADMIN])
def configure(served: Served, workspace_id: Workspace, agent_id: str, sent: SentObject) -> Json:
    """The next version of what the agent runs with."""
    stored = _experiments(served).configure(workspace_id, agent_id, sent)
    return Json({"agent_id": agent_id, "version_number": stored.version_number, "config": stored.config})


@router.post("/experiments", status_code=CREATED, dependencies=[ADMIN])
def create_experiment(served: Served, workspace_id: Workspace, sent: SentObject) -> Json:
    experiment = Experiment(
        id=text(sent, "id", MAX_ID_CHARS) or str(uuid4()),
        workspace_id=workspace_id,
        name=text(sent, "name"),
        agent_id=text(sent, "agent_id"),
        status=text(sent, "status") or "running",
        variants=[variant for variant in a_list(sent, "variants") if isinstance(variant, dict)],
    )
    return Json(_experiment_row(_experiments(served).put(experiment)), status_code=CREATED)


@router.get("/experiments/{experiment_id}", dependencies=[needs(Permission.READ, Permission.INGEST)])
def read_experiment(served: Served, workspace_id: Workspace, experiment_id: str) -> Json:
    return Json(_experiment_row(_experiments(served).get(workspace_id, experiment_id)))


@router.patch("/experiments/{experiment_id}", dependencies=[ADMIN])
def change_experiment(served: Served, workspace_id: Workspace, experiment_id: str, sent: SentObject) -> Json:
    known = _experiments(served).get(workspace_id, experiment_id)
    changed = Experiment(
        id=known.id,
        workspace_id=workspace_id,
        name=text(sent, "name") or known.name,
        agent_id=known.agent_id,
        status=text(sent, "status") or known.status,
        variants=[one for one in a_list(sent, "variants") if isinstance(one, dict)] or known.variants,
        created_at_ns=known.created_at_ns,
    )
    return Json(_experiment_row(_experiments(served).put(changed)))


def _row(assigned: Assigned) -> dict[str, Any]:
    row = {"variant": assigned.variant, "experiment_id": assigned.experiment_id, "config": dict(assigned.config)}
    return row if assigned.version_number is None else {**row, "version_number": assigned.version_number}


def _experiment_row(experiment: Experiment) -> dict[str, Any]:
    return {
        "id": experiment.id,
        "name": experiment.name,
        "agent_id": experiment.agent_id or None,
        "status": experiment.status,
        "variants": experiment.variants,
    }


def _experiments(served: Services) -> Experiments:
    return Experiments(served.ledger, served.clock)
