"""Decision traces: what policies came to each time that they were asked, and why."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from pydantic import Field

from sojourn.api.answers import PAGE_ERRORS, Json
from sojourn.api.cursors import Cursor, following
from sojourn.api.dependencies import READ, Asking, Served, Workspace
from sojourn.api.filters import WHOLE, Text, each_once
from sojourn.api.models import JsonObject, Model, Time
from sojourn.api.session_paths import EncodedPathRoute, session_of_feed
from sojourn.app.views import cursors
from sojourn.app.views.times import rfc3339
from sojourn.ledger import decisions as stored
from sojourn.ledger.decisions import DecisionFilter

router = APIRouter(prefix="/api/v1", tags=["policies"], route_class=EncodedPathRoute, dependencies=[Depends(each_once)])
_SAME = (
    "id",
    "session_id",
    "session_key",
    "agent_id",
    "stage",
    "context",
    "matched_policy_count",
    "candidates",
    "reason",
    "winning_type",
    "final_decision",
    "source",
)


class Decision(Model):
    id: str
    session_id: str
    session_key: str
    agent_id: str
    at: Time | None
    stage: str = Field(description="pre_execution, on_error, post_success; at_ingest if Sojourn decided")
    context: JsonObject = Field(description="What was known then: cost, steps, error, attempts")
    matched_policy_count: int
    candidates: list[Any] = Field(description="What each policy that matched asked for")
    reason: str = Field(description="no_match, only_match, higher_precedence, higher_priority")
    winning_type: str
    final_decision: JsonObject | None
    source: str = Field(description="Who decided: sojourn, or an SDK")


class DecisionList(Model):
    items: list[Decision]
    next_cursor: str | None
    total: int


@router.get(
    "/decisions", response_model=DecisionList, responses=PAGE_ERRORS, operation_id="list_decisions", dependencies=[READ]
)
def list_decisions(
    served: Served,
    workspace_id: Workspace,
    asking: Asking,
    session: Annotated[Text, Query(description="Key or UUID")] = "",
    agent_id: Text = "",
    limit: Annotated[int, Query(ge=1, le=500), WHOLE] = 50,
    cursor: Cursor = None,
) -> Json:
    """Decisions, the latest first."""
    session_id = session_of_feed(served, asking, workspace_id, session)
    with following(cursor):
        before = cursors.decode(cursor, "cursor", int)[0] if cursor else None
    with served.ledger.read() as conn:
        filter = DecisionFilter(session_id, agent_id)
        found = served.ledger.decisions.list_page(conn, workspace_id, filter, before, limit + 1)
        total = served.ledger.decisions.total(conn, workspace_id, filter)
    shown = found[:limit]
    more = cursors.encode(shown[-1][0]) if len(found) > limit else None
    items = [decision_json(decision) for _, decision in shown]
    return Json({"items": items, "next_cursor": more, "total": total})


def decision_json(decision: stored.Decision) -> dict[str, Any]:
    return {**{name: getattr(decision, name) for name in _SAME}, "at": rfc3339(decision.at_ns)}
