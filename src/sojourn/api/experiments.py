"""Experiments: their variants, who gets which, and how the variants compare."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import uuid4

from fastapi import APIRouter, Body, Depends, Path, Query
from starlette.responses import Response

from sojourn.api.answers import LIST_ERRORS, Json
from sojourn.api.control_models import SENT_ERRORS, Plain
from sojourn.api.dependencies import ADMIN, INGEST, Readable, Served, Services, Workspace
from sojourn.api.experiment_models import (
    MAX_ID_CHARS,
    Assignment,
    ChangedExperiment,
    Comparison,
    Experiment,
    ExperimentList,
    NewAssignment,
    NewExperiment,
)
from sojourn.api.filters import TimeText, Value, each_once
from sojourn.api.models import Error
from sojourn.api.steering_routes import SteeringRoute
from sojourn.app.experiments.comparison import Period, comparison
from sojourn.app.experiments.experiments import Experiments, Unit
from sojourn.app.experiments.listing import described, listed
from sojourn.app.views.times import parse_time
from sojourn.ledger import experiments as ledger

router = APIRouter(prefix="/api/v1", tags=["experiments"], route_class=SteeringRoute, dependencies=[Depends(each_once)])
NO_CONTENT = 204
NONE: dict[int | str, dict[str, Any]] = {404: {"model": Error, "description": "There is no such experiment"}}
MISSING = {**SENT_ERRORS, **NONE}
TAKEN: dict[int | str, dict[str, Any]] = {
    **SENT_ERRORS,
    409: {"model": Error, "description": "The id is taken, or there are too many experiments"},
}
PINNED: dict[int | str, dict[str, Any]] = {
    **MISSING,
    409: {"model": Error, "description": "It has another variant already, for good"},
}
ExperimentId = Annotated[str, Path(max_length=MAX_ID_CHARS), Plain]


@router.get("/experiments", response_model=ExperimentList, responses=LIST_ERRORS, operation_id="list_experiments")
def list_experiments(served: Served, where: Readable, workspace_id: Workspace) -> Json:
    """Experiments with their sessions by variant, also those that only sessions name."""
    return Json(listed(served.ledger, where, workspace_id))


@router.post(
    "/experiments",
    status_code=201,
    response_model=Experiment,
    responses=TAKEN,
    operation_id="create_experiment",
    dependencies=[ADMIN],
)
def create_experiment(
    served: Served, where: Readable, workspace_id: Workspace, new: Annotated[NewExperiment, Body()]
) -> Json:
    """With the id of one that only sessions name, it takes their sessions."""
    told = new.model_dump()
    experiment = ledger.Experiment(**{**told, "id": new.id or str(uuid4()), "workspace_id": workspace_id})
    created = _experiments(served).create(experiment)
    return Json(described(served.ledger, where, workspace_id, created.id), status_code=201)


@router.get(
    "/experiments/{id}", response_model=Experiment, responses={**LIST_ERRORS, **NONE}, operation_id="read_experiment"
)
def read_experiment(served: Served, where: Readable, workspace_id: Workspace, id: ExperimentId) -> Json:
    return Json(described(served.ledger, where, workspace_id, id))


@router.patch(
    "/experiments/{id}",
    response_model=Experiment,
    responses=MISSING,
    operation_id="change_experiment",
    dependencies=[ADMIN],
)
def change_experiment(
    served: Served,
    where: Readable,
    workspace_id: Workspace,
    id: ExperimentId,
    sent: Annotated[ChangedExperiment, Body()],
) -> Json:
    """A stopped experiment assigns no variants; its sessions stay comparable."""
    _experiments(served).change(workspace_id, id, **sent.model_dump(exclude_none=True))
    return Json(described(served.ledger, where, workspace_id, id))


@router.delete(
    "/experiments/{id}",
    status_code=NO_CONTENT,
    response_class=Response,
    responses=MISSING,
    operation_id="delete_experiment",
    dependencies=[ADMIN],
)
def delete_experiment(served: Served, workspace_id: Workspace, id: ExperimentId) -> Response:
    """Its sessions stay and keep naming it; who has which variant is forgotten."""
    _experiments(served).remove(workspace_id, id)
    return Response(status_code=NO_CONTENT)


@router.post(
    "/experiments/{id}/assignments",
    response_model=Assignment,
    responses=PINNED,
    operation_id="assign_variant",
    dependencies=[INGEST],
)
def assign_variant(
    served: Served, workspace_id: Workspace, id: ExperimentId, sent: Annotated[NewAssignment, Body()]
) -> Json:
    """The same answer for the same session or key, for good. Tell experiment_id and variant with the session."""
    unit = Unit(sent.session or "", sent.sticky_key or "")
    found = _experiments(served).pin(workspace_id, id, unit, sent.variant or "")
    return Json({"experiment_id": id, "variant": found.variant, "config": found.config})


@router.get(
    "/experiments/{id}/comparison",
    response_model=Comparison,
    responses={**LIST_ERRORS, **NONE},
    operation_id="compare_variants",
)
def compare_variants(
    served: Served,
    where: Readable,
    workspace_id: Workspace,
    id: ExperimentId,
    started_after: TimeText = None,
    started_before: TimeText = None,
    baseline: Annotated[Value | None, Query(description="A variant; the first declared one if left out")] = None,
) -> Json:
    """Rates and means of the ended sessions of each variant with 95 % intervals, and against the baseline."""
    period = Period(
        parse_time(started_after, "started_after") if started_after else None,
        parse_time(started_before, "started_before") if started_before else None,
    )
    return Json(comparison(served.ledger, where, id, workspace_id, period, baseline))


def _experiments(served: Services) -> Experiments:
    return Experiments(served.ledger, served.clock)
