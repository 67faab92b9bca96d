"""The outbound channel of processes that run agents: they poll, we answer with what was asked of their sessions."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body, Depends, Path, Query
from starlette.responses import Response

from sojourn.api.answers import LIST_ERRORS, Json
from sojourn.api.control_models import SENT_ERRORS, UUID, PollAnswer, PollRequest, RuntimeList
from sojourn.api.dependencies import INGEST, READ, Served, Workspace
from sojourn.api.filters import WHOLE, each_once
from sojourn.api.steering_routes import SteeringRoute
from sojourn.app.control.delivery import Held, Poll, Receipt
from sojourn.app.views.control_rows import delivered_json
from sojourn.app.views.times import rfc3339
from sojourn.ledger.runtimes import Runtime

router = APIRouter(prefix="/api/v1", tags=["runtimes"], route_class=SteeringRoute, dependencies=[Depends(each_once)])
RuntimeId = Annotated[str, Path(pattern=UUID, description="UUID that the process chose for itself")]


@router.post(
    "/runtimes/{id}/poll", response_model=PollAnswer, responses=SENT_ERRORS, operation_id="poll", dependencies=[INGEST]
)
async def poll(served: Served, workspace_id: Workspace, id: RuntimeId, sent: Annotated[PollRequest, Body()]) -> Json:
    """Registers the process and its sessions, takes its receipts, and waits for commands."""
    told = sent.runtime
    asked = Poll(
        runtime=Runtime(id.lower(), workspace_id, told.name, told.host, told.pid, told.sdk),
        held=tuple(
            Held(one.session, tuple(one.verbs), one.state, one.tools_in_flight, one.owns_memory)
            for one in {one.session: one for one in sent.sessions}.values()
        ),
        known=frozenset(sent.known),
        receipts=tuple(Receipt(one.command_id, one.outcome, one.at, one.reason, one.detail) for one in sent.receipts),
        task_ids=tuple(sent.tasks),
    )
    delivered, accepted = await served.control.poll(asked, sent.wait_s)
    return Json(delivered_json(delivered, accepted))


@router.delete(
    "/runtimes/{id}",
    status_code=204,
    response_class=Response,
    responses=LIST_ERRORS,
    operation_id="end_runtime",
    dependencies=[INGEST],
)
def end(served: Served, workspace_id: Workspace, id: RuntimeId) -> Response:
    """The process ends in order and lets go of its sessions."""
    served.control.leave(workspace_id, id.lower())
    return Response(status_code=204)


@router.get(
    "/runtimes", response_model=RuntimeList, responses=LIST_ERRORS, operation_id="list_runtimes", dependencies=[READ]
)
def runtimes(served: Served, workspace_id: Workspace, limit: Annotated[int, Query(ge=1, le=500), WHOLE] = 100) -> Json:
    """Processes that listen or have listened, those heard last first."""
    with served.ledger.read() as conn:
        found = served.ledger.runtimes.listed(conn, workspace_id, limit)
    return Json({"items": [_json(runtime) for runtime in found]})


def _json(runtime: Runtime) -> dict[str, object]:
    return {
        "id": runtime.id,
        "name": runtime.name,
        "host": runtime.host,
        "pid": runtime.pid,
        "sdk": runtime.sdk,
        "registered_at": rfc3339(runtime.registered_at_ns),
        "heard_at": rfc3339(runtime.heard_at_ns),
        "ended_at": rfc3339(runtime.ended_at_ns),
        "is_lost": runtime.is_lost,
    }
