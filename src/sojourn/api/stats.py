"""GET /stats: tiles and charts, over the same filters as the list."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query

from sojourn.api.answers import LIST_ERRORS, Json
from sojourn.api.dependencies import Readable, Served
from sojourn.api.filters import Filtered
from sojourn.api.models import AgentStatsList, ModelStatsList, Overview, Trends
from sojourn.app.views import stats

router = APIRouter(prefix="/api/v1/stats", tags=["stats"])
Group = Literal[
    "agent",
    "channel",
    "environment",
    "service",
    "origin",
    "status",
    "kind",
    "trigger_type",
    "source",
    "user",
    "attention",
    "experiment",
    "variant",
    "model",
]


@router.get("/overview", response_model=Overview, responses=LIST_ERRORS)
def overview(served: Served, where: Readable, chosen: Filtered) -> Json:
    """Totals of the sessions."""
    return Json(stats.overview(served.ledger, served.events, where, chosen))


@router.get("/trends", response_model=Trends, responses=LIST_ERRORS)
def trends(
    served: Served,
    where: Readable,
    chosen: Filtered,
    bucket: Annotated[Literal["hour", "day", "week"], Query(description="How long a bucket is")] = "day",
    by: Annotated[
        Group | None,
        Query(description="One bucket for each value of this column, too; by model with what that model cost"),
    ] = None,
) -> Json:
    """Sessions, failures, cost, durations and tokens over time, by start."""
    return Json(stats.trends(served.ledger, served.events, where, chosen, bucket, by))


@router.get("/models", response_model=ModelStatsList, responses=LIST_ERRORS)
def models(served: Served, where: Readable, chosen: Filtered) -> Json:
    """What each model did in the sessions, by cost."""
    return Json(stats.models(served.ledger, served.events, where, chosen))


@router.get("/agents", response_model=AgentStatsList, responses=LIST_ERRORS)
def agents(served: Served, where: Readable, chosen: Filtered) -> Json:
    """What each agent did, the latest active first."""
    return Json(stats.agents(served.ledger, served.events, where, chosen))
