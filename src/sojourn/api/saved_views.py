"""Named views of the list. What a view holds is the web app's matter: it is kept and told as it came."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import uuid4

import orjson
from fastapi import APIRouter, Body, Depends, Path
from pydantic import AfterValidator, Field, StringConstraints
from starlette.responses import Response

from sojourn.api.answers import LIST_ERRORS, Json
from sojourn.api.control_models import SENT_ERRORS, UUID, Plain, Sent, SentObject
from sojourn.api.dependencies import READ, Actor, Served, Workspace
from sojourn.api.filters import each_once
from sojourn.api.models import Error, JsonObject, Model, Time
from sojourn.api.steering_routes import SteeringRoute
from sojourn.app import saved_views
from sojourn.app.saved_views import view_json
from sojourn.ledger.saved_views import SavedView as Kept

router = APIRouter(prefix="/api/v1", tags=["saved views"], route_class=SteeringRoute, dependencies=[Depends(each_once)])
MAX_NAME_CHARS = 120
MAX_QUERY_BYTES = 32_768
NO_CONTENT = 204
FULL: dict[int | str, dict[str, Any]] = {
    **SENT_ERRORS,
    409: {"model": Error, "description": "You keep too many views"},
}
OWNED: dict[int | str, dict[str, Any]] = {
    **SENT_ERRORS,
    403: {"model": Error, "description": "It belongs to somebody else"},
    404: {"model": Error, "description": "There is no such view"},
}


def _small(query: JsonObject) -> JsonObject:
    if len(orjson.dumps(query)) > MAX_QUERY_BYTES:
        raise ValueError(f"it is longer than {MAX_QUERY_BYTES} bytes")
    return query


ViewId = Annotated[str, Path(pattern=UUID)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=MAX_NAME_CHARS, pattern=r"\S"), Plain]
Query = Annotated[SentObject, AfterValidator(_small)]


class SavedView(Model):
    """A named view of the list."""

    id: str
    name: str
    is_shared: bool = Field(description="Everybody in the workspace finds it")
    query: JsonObject = Field(description="Filters, order and columns, as the web app's URL holds them")
    owner: str
    changed_at: Time | None


class SavedViewList(Model):
    items: list[SavedView]


class NewView(Sent):
    name: Name
    is_shared: bool = False
    query: Query


class ChangedView(Sent):
    """What is left out stays as it is."""

    name: Name | None = None
    is_shared: bool | None = None
    query: Query | None = None


@router.get(
    "/saved-views",
    response_model=SavedViewList,
    responses=LIST_ERRORS,
    operation_id="list_saved_views",
    dependencies=[READ],
)
def list_views(served: Served, workspace_id: Workspace, actor: Actor) -> Json:
    """Your own views and the shared ones, by name."""
    return Json({"items": [view_json(view) for view in saved_views.listed(served.ledger, workspace_id, actor)]})


@router.post(
    "/saved-views",
    status_code=201,
    response_model=SavedView,
    responses=FULL,
    operation_id="save_view",
    dependencies=[READ],
)
def save_view(served: Served, workspace_id: Workspace, actor: Actor, new: Annotated[NewView, Body()]) -> Json:
    """Keep a view under a name."""
    view = Kept(str(uuid4()), workspace_id, actor, new.name, new.is_shared, new.query, served.clock())
    return Json(view_json(saved_views.save(served.ledger, view)), status_code=201)


@router.patch(
    "/saved-views/{id}",
    response_model=SavedView,
    responses=OWNED,
    operation_id="change_saved_view",
    dependencies=[READ],
)
def change_view(
    served: Served, workspace_id: Workspace, actor: Actor, id: ViewId, changed: Annotated[ChangedView, Body()]
) -> Json:
    """Rename it, share it, or let it hold something else."""
    part = changed.model_dump(exclude_none=True)
    return Json(view_json(saved_views.change(served.ledger, workspace_id, id.lower(), actor, part, served.clock())))


@router.delete(
    "/saved-views/{id}",
    status_code=NO_CONTENT,
    response_class=Response,
    responses=OWNED,
    operation_id="delete_saved_view",
    dependencies=[READ],
)
def delete_view(served: Served, workspace_id: Workspace, actor: Actor, id: ViewId) -> Response:
    """The view is gone; the sessions that it shows are not touched."""
    saved_views.drop(served.ledger, workspace_id, id.lower(), actor)
    return Response(status_code=NO_CONTENT)
