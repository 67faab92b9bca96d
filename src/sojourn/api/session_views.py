"""The views of one session: conversation, traces, agents, state, context and metrics."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query

from sojourn.api.answers import SESSION_ERRORS, Json
from sojourn.api.cursors import After, Before, Cursor, following
from sojourn.api.dependencies import READ
from sojourn.api.filters import WHOLE, Texts
from sojourn.api.readings import Read, Veiled, seen
from sojourn.api.session_paths import EncodedPathRoute
from sojourn.api.view_models import Agents, ContextCalls, ContextDetail, Conversation, Metrics, Pipelines, State, Traces
from sojourn.app.views import agents, context, conversation, metrics, state, traces

router = APIRouter(prefix="/api/v1", tags=["session views"], route_class=EncodedPathRoute, dependencies=[READ])
Limit = Annotated[int, Query(ge=1, le=500, description="Page size"), WHOLE]
CallLimit = Annotated[int, Query(ge=1, le=100, description="Page size"), WHOLE]


@router.get("/sessions/{id:path}/conversation", response_model=Conversation, responses=SESSION_ERRORS)
def read_conversation(
    reading: Read,
    veil: Veiled,
    q: Texts = (),
    limit: Limit = 100,
    after: After = None,
    before: Before = None,
) -> Json:
    """What was said and done, each thing once."""
    page = conversation.Page(after or "", before or "", limit, " ".join(q))
    with following(after, before):
        return Json(seen(conversation.conversation(reading, page), veil))


@router.get("/sessions/{id:path}/traces", response_model=Traces, responses=SESSION_ERRORS)
def read_traces(reading: Read, veil: Veiled, limit: Limit = 100, cursor: Cursor = None) -> Json:
    """Its exchanges from request to response, in order."""
    with following(cursor):
        return Json(seen(traces.traces(reading, cursor or "", limit), veil))


@router.get("/sessions/{id:path}/agents", response_model=Agents, responses=SESSION_ERRORS)
def read_agents(reading: Read, veil: Veiled) -> Json:
    """Who took part, who passed control to whom, and the tree of their runs."""
    return Json(seen(agents.agents(reading), veil))


@router.get("/sessions/{id:path}/state", response_model=State, responses=SESSION_ERRORS)
def read_state(reading: Read, veil: Veiled, limit: Limit = 100, cursor: Cursor = None) -> Json:
    """Its variables now, and how they changed."""
    with following(cursor):
        return Json(seen(state.state(reading, cursor or "", limit), veil))


@router.get("/sessions/{id:path}/context/pipelines", response_model=Pipelines, responses=SESSION_ERRORS)
def read_pipelines(reading: Read, veil: Veiled, limit: CallLimit = 50, cursor: Cursor = None) -> Json:
    """Executions of context pipelines, with the time of each layer."""
    with following(cursor):
        return Json(seen(context.context_pipelines(reading, cursor or "", limit), veil))


@router.get("/sessions/{id:path}/context/{event_id}", response_model=ContextDetail, responses=SESSION_ERRORS)
def read_context_of_call(
    reading: Read, veil: Veiled, event_id: Annotated[str, Path(description="A model call")]
) -> Json:
    """What one model call was given, and what entered and left since the call before."""
    return Json(seen(context.context_detail(reading, event_id), veil))


@router.get("/sessions/{id:path}/context", response_model=ContextCalls, responses=SESSION_ERRORS)
def read_context(reading: Read, limit: CallLimit = 50, cursor: Cursor = None) -> Json:
    """The token budget of each model call."""
    with following(cursor):
        return Json(context.context_calls(reading, cursor or "", limit))


@router.get("/sessions/{id:path}/metrics", response_model=Metrics, responses=SESSION_ERRORS)
def read_metrics(reading: Read) -> Json:
    """Tokens, cost, counts, tools, latency and outcome."""
    return Json(metrics.metrics(reading))
