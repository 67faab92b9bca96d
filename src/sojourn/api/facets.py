"""GET /sessions/facets: the values that a filter can take."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query

from sojourn.api.answers import LIST_ERRORS, Json
from sojourn.api.dependencies import Readable, Served
from sojourn.api.filters import WHOLE, Text
from sojourn.api.models import Facets
from sojourn.app.views import sessions

router = APIRouter(prefix="/api/v1", tags=["sessions"])
Field = Literal[
    "agent",
    "channel",
    "environment",
    "service",
    "origin",
    "status",
    "kind",
    "model",
    "trigger_type",
    "source",
    "user",
]


@router.get("/sessions/facets", response_model=Facets, responses=LIST_ERRORS)
def facets(
    served: Served,
    where: Readable,
    field: Annotated[Field, Query(description="The filter")],
    prefix: Annotated[Text, Query(description="How the values begin")] = "",
    limit: Annotated[int, Query(ge=1, le=500), WHOLE] = 100,
) -> Json:
    """Values of one column with the number of their sessions, most frequent first."""
    return Json(sessions.facets(served.ledger, where, field, prefix, limit))
