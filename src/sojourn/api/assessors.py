"""Assessors: who reviews each trace as it arrives, and what they said."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Body, Depends, Path, Query
from pydantic import Field
from starlette.responses import Response

from sojourn.api.answers import PAGE_ERRORS, Json
from sojourn.api.control_models import SENT_ERRORS, UUID, Plain, Sent, SentObject
from sojourn.api.cursors import Cursor, following
from sojourn.api.dependencies import ADMIN, READ, Actor, Asking, Served, Services, Workspace
from sojourn.api.filters import WHOLE, Text, each_once
from sojourn.api.models import Error, JsonObject, Model, Time
from sojourn.api.steering_routes import SteeringRoute
from sojourn.app.access import admission
from sojourn.app.assessors.assessments import assessments_page, session_of
from sojourn.app.assessors.assessor_set import AssessorSet
from sojourn.app.views.reading import Reading
from sojourn.app.views.times import rfc3339
from sojourn.domain import assessments as domain

router = APIRouter(prefix="/api/v1", tags=["assessors"], route_class=SteeringRoute, dependencies=[Depends(each_once)])
MISSING: dict[int | str, dict[str, Any]] = {
    **SENT_ERRORS,
    404: {"model": Error, "description": "There is no such assessor"},
}
FULL: dict[int | str, dict[str, Any]] = {
    **SENT_ERRORS,
    409: {"model": Error, "description": "There are too many assessors"},
}
NO_SESSION: dict[int | str, dict[str, Any]] = {
    **PAGE_ERRORS,
    404: {"model": Error, "description": "There is no such session or trace"},
}
NO_CONTENT = 204
Kind = Literal["rule", "detector", "webhook", "judge"]
Role = Literal["observer", "enforcer"]
Intent = Literal["allow", "escalate", "block"]
AssessorId = Annotated[str, Path(pattern=UUID)]
Name = Annotated[str, Field(min_length=1, max_length=120, pattern=r"\S"), Plain]


class Assessor(Model):
    id: str
    name: str
    kind: Kind
    role: Role = Field(description="An observer's word is noted; an enforcer may escalate or block")
    is_active: bool
    config: JsonObject = Field(description="By kind; see /api/v1/assessor-kinds")
    created_by: str
    created_at: Time | None
    updated_at: Time | None


class AssessorList(Model):
    items: list[Assessor]


class NewAssessor(Sent):
    name: Name
    kind: Kind
    role: Role = "observer"
    is_active: bool = True
    config: SentObject = Field(default_factory=dict)


class ChangedAssessor(Sent):
    """What is left out stays as it is."""

    name: Name | None = None
    role: Role | None = None
    is_active: bool | None = None
    config: SentObject | None = None


class AssessorKindForm(Model):
    kind: Kind
    config: JsonObject = Field(description="JSON Schema")


class AssessorKinds(Model):
    items: list[AssessorKindForm]


class Assessment(Model):
    """What somebody said of one state of a trace."""

    event_id: str
    session_id: str
    trace_id: str
    assessor_id: str = Field(description="Empty if it was sent and no assessor of ours said it")
    name: str
    kind: str
    role: str
    intent: Intent | None = Field(description="Unknown if the assessor failed, or if it was sent without")
    label: str = Field(description="The intent, failed, or a sender's own word")
    score: float | None
    explanation: str
    revision: str = Field(description="The same for assessments of the same content")
    task_id: str = Field(description="The review that it opened")
    at: Time | None


class AssessmentList(Model):
    items: list[Assessment]
    outcome: Intent | None = Field(
        description="The most restrictive word of an enforcer on the latest content of the named trace"
    )
    next_cursor: str | None
    total: int


@router.get("/assessors", response_model=AssessorList, operation_id="list_assessors", dependencies=[READ])
def list_assessors(served: Served, workspace_id: Workspace) -> Json:
    """All assessors, the oldest first."""
    return Json({"items": [_assessor_json(one) for one in _set(served).listed(workspace_id)]})


@router.post(
    "/assessors",
    status_code=201,
    response_model=Assessor,
    responses=FULL,
    operation_id="create_assessor",
    dependencies=[ADMIN],
)
def create_assessor(served: Served, workspace_id: Workspace, actor: Actor, new: Annotated[NewAssessor, Body()]) -> Json:
    """Reviews traces that arrive from now on."""
    assessor = domain.Assessor(id="", workspace_id=workspace_id, created_by=actor, **new.model_dump())
    return Json(_assessor_json(_set(served).create(assessor)), status_code=201)


@router.get("/assessor-kinds", response_model=AssessorKinds, operation_id="read_assessor_kinds", dependencies=[READ])
def assessor_kinds() -> Json:
    """What each kind's config looks like."""
    return Json({"items": [{"kind": str(kind), "config": form} for kind, form in domain.CONFIGS.items()]})


@router.get(
    "/assessors/{id}", response_model=Assessor, responses=MISSING, operation_id="read_assessor", dependencies=[READ]
)
def read_assessor(served: Served, workspace_id: Workspace, id: AssessorId) -> Json:
    return Json(_assessor_json(_set(served).get(workspace_id, id.lower())))


@router.patch(
    "/assessors/{id}", response_model=Assessor, responses=MISSING, operation_id="change_assessor", dependencies=[ADMIN]
)
def change_assessor(
    served: Served, workspace_id: Workspace, id: AssessorId, sent: Annotated[ChangedAssessor, Body()]
) -> Json:
    """Holds for traces that arrive from now on."""
    changed = sent.model_dump(exclude_none=True)
    return Json(_assessor_json(_set(served).change(workspace_id, id.lower(), **changed)))


@router.delete(
    "/assessors/{id}",
    status_code=NO_CONTENT,
    response_class=Response,
    responses=MISSING,
    operation_id="delete_assessor",
    dependencies=[ADMIN],
)
def delete_assessor(served: Served, workspace_id: Workspace, id: AssessorId) -> Response:
    """What it has said stays."""
    _set(served).remove(workspace_id, id.lower())
    return Response(status_code=NO_CONTENT)


@router.get(
    "/assessments",
    response_model=AssessmentList,
    responses=NO_SESSION,
    operation_id="list_assessments",
    dependencies=[READ],
)
def list_assessments(
    served: Served,
    workspace_id: Workspace,
    asking: Asking,
    session: Annotated[Text, Query(description="Key or UUID; needed unless a trace is named")] = "",
    trace: Annotated[Text, Query(description="Trace id")] = "",
    limit: Annotated[int, Query(ge=1, le=500), WHOLE] = 100,
    cursor: Cursor = None,
) -> Json:
    """Assessments of a session or of one trace, in the order of what they speak of."""
    found = session_of(served.ledger, workspace_id, session, trace)
    admission.check_called(asking, found)
    reading = Reading(served.events, served.recent, found)
    with following(cursor):
        return Json(assessments_page(reading, trace, cursor or "", limit))


def _assessor_json(assessor: domain.Assessor) -> dict[str, Any]:
    return {
        "id": assessor.id,
        "name": assessor.name,
        "kind": str(assessor.kind),
        "role": str(assessor.role),
        "is_active": assessor.is_active,
        "config": assessor.config,
        "created_by": assessor.created_by,
        "created_at": rfc3339(assessor.created_at_ns),
        "updated_at": rfc3339(assessor.updated_at_ns),
    }


def _set(served: Services) -> AssessorSet:
    return AssessorSet(served.ledger, served.clock)
