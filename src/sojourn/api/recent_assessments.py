"""What assessors have said lately, across sessions."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import Field

from sojourn.api.answers import PAGE_ERRORS, Json
from sojourn.api.assessors import Assessment
from sojourn.api.control_models import UUID
from sojourn.api.cursors import Cursor, following
from sojourn.api.dependencies import READ, Asking, Served, Workspace
from sojourn.api.filters import WHOLE, each_once
from sojourn.api.models import Model, Time
from sojourn.api.steering_routes import SteeringRoute
from sojourn.app.access.admission import sees_called
from sojourn.app.assessors.recent_assessments import RECENT_NS, SCANNED, Chosen, RecentAssessments

router = APIRouter(prefix="/api/v1", tags=["assessors"], route_class=SteeringRoute, dependencies=[Depends(each_once)])
Outcome = Literal["allow", "escalate", "block", "failed"]
AssessorIdText = Annotated[str, Query(pattern=UUID, description="Only what this one said")]
LATELY = f"within {RECENT_NS // 86_400_000_000_000} days, of at most the latest {SCANNED} assessments"


class RecentAssessment(Assessment):
    session_key: str
    session_goal: str


class RecentAssessmentList(Model):
    items: list[RecentAssessment]
    next_cursor: str | None


class AssessorCounts(Model):
    """How often an assessor said what lately."""

    assessor_id: str
    allow: int
    escalate: int
    block: int
    failed: int
    last_at: Time | None
    last_outcome: Outcome
    failed_at: Time | None
    failure: str = Field(description="Why it failed last")
    median_ms: float | None = Field(description="Half of its assessments took no longer")


class AssessorCountsList(Model):
    items: list[AssessorCounts]


@router.get(
    "/recent-assessments",
    response_model=RecentAssessmentList,
    responses=PAGE_ERRORS,
    operation_id="list_recent_assessments",
    dependencies=[READ],
    description=f"Assessments across sessions, the latest first: {LATELY}.",
)
def recent_assessments(
    served: Served,
    workspace_id: Workspace,
    asking: Asking,
    assessor: AssessorIdText | None = None,
    outcome: Outcome | None = None,
    limit: Annotated[int, Query(ge=1, le=500), WHOLE] = 100,
    cursor: Cursor = None,
) -> Json:
    chosen = Chosen((assessor.lower(),) if assessor else (), (outcome,) if outcome else ())
    recent = RecentAssessments(served.ledger, served.events, workspace_id, served.clock())
    with following(cursor):
        return Json(recent.page(chosen, cursor, limit, with_called=sees_called(asking, workspace_id)))


@router.get(
    "/assessor-counts",
    response_model=AssessorCountsList,
    operation_id="count_assessments",
    dependencies=[READ],
    description=f"Of each assessor that has said anything {LATELY}.",
)
def assessor_counts(served: Served, workspace_id: Workspace) -> Json:
    recent = RecentAssessments(served.ledger, served.events, workspace_id, served.clock())
    return Json({"items": recent.counts()})
