"""The feed of signals: what fired, in which session, how often, and what was done."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query
from pydantic import Field

from sojourn.api.answers import LIST_ERRORS, PAGE_ERRORS, Json
from sojourn.api.cursors import Cursor, following
from sojourn.api.dependencies import READ, Asking, Served, Services, Workspace
from sojourn.api.filters import WHOLE, Text, Texts, TimeText, each_once
from sojourn.api.models import Error, FacetValue, JsonObject, Model, Time
from sojourn.api.session_paths import EncodedPathRoute, session_of_feed
from sojourn.app.policies.signaling import Signals
from sojourn.app.views import cursors
from sojourn.app.views.signal_rows import signal_json
from sojourn.app.views.times import parse_time
from sojourn.ledger.signals import SignalFilter

router = APIRouter(prefix="/api/v1", tags=["policies"], route_class=EncodedPathRoute, dependencies=[Depends(each_once)])
MISSING: dict[int | str, dict[str, Any]] = {
    **PAGE_ERRORS,
    404: {"model": Error, "description": "There is no such signal"},
}


class Signal(Model):
    """One group: what fires again in the same session with the same limit is counted."""

    id: str
    session_id: str = Field(description="Empty if it belongs to no session")
    session_key: str
    agent_id: str
    type: str = Field(description="guardrail, control, policy, alert, or a sender's own word")
    subtype: str
    message: str = Field(description="Of the latest time")
    event_id: str = Field(description="Where on the timeline it fired last, if it is known")
    data: JsonObject
    policy_id: str = Field(description="Empty if an SDK and no policy of ours fired it")
    action: str
    outcome: str = Field(description="What came of the action: asked, waiting, refused: …, approved by …")
    task_id: str = Field(description="The approval that it waits for")
    count: int
    first_at: Time | None
    last_at: Time | None


class SignalList(Model):
    items: list[Signal]
    next_cursor: str | None
    total: int


class SignalFacets(Model):
    """The values of the feed's filters with their numbers of groups, most frequent first; at most 100 of each."""

    type: list[FacetValue]
    subtype: list[FacetValue]
    agent_id: list[FacetValue]


@router.get(
    "/signals", response_model=SignalList, responses=PAGE_ERRORS, operation_id="list_signals", dependencies=[READ]
)
def list_signals(
    served: Served,
    workspace_id: Workspace,
    asking: Asking,
    session: Annotated[Text, Query(description="Key or UUID")] = "",
    agent_id: Text = "",
    type: Texts = (),
    subtype: Texts = (),
    since: TimeText = None,
    until: Annotated[TimeText, Query(description="Those that fired last before this time")] = None,
    limit: Annotated[int, Query(ge=1, le=500), WHOLE] = 50,
    cursor: Cursor = None,
) -> Json:
    """Signals, those that fired last first."""
    session_id = session_of_feed(served, asking, workspace_id, session)
    since_ns = parse_time(since, "since") if since else 0
    until_ns = parse_time(until, "until") if until else 0
    filter = SignalFilter(session_id, agent_id, tuple(type), tuple(subtype), since_ns, until_ns)
    with following(cursor):
        place = cursors.decode(cursor, "cursor", int, int) if cursor else None
    before = (place[0], place[1]) if place else None
    found, total = _signals(served).listed(workspace_id, filter, before, limit + 1)
    shown = found[:limit]
    more = cursors.encode(shown[-1][1].last_at_ns, shown[-1][0]) if len(found) > limit else None
    return Json({"items": [signal_json(signal) for _, signal in shown], "next_cursor": more, "total": total})


@router.get(
    "/signal-facets",
    response_model=SignalFacets,
    responses=LIST_ERRORS,
    operation_id="read_signal_facets",
    dependencies=[READ],
)
def signal_facets(served: Served, workspace_id: Workspace, asking: Asking) -> Json:
    """What the feed can be filtered by."""
    session_of_feed(served, asking, workspace_id, "")
    found = _signals(served).facets(workspace_id)
    return Json({name: [{"value": value, "count": count} for value, count in rows] for name, rows in found.items()})


@router.get("/signals/{id}", response_model=Signal, responses=MISSING, operation_id="read_signal", dependencies=[READ])
def read_signal(served: Served, workspace_id: Workspace, asking: Asking, id: Annotated[Text, Path()]) -> Json:
    signal = _signals(served).get(workspace_id, id)
    if signal.session_id:
        session_of_feed(served, asking, workspace_id, signal.session_id)
    return Json(signal_json(signal))


def _signals(served: Services) -> Signals:
    return Signals(served.ledger, served.clock)
