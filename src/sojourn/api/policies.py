"""Policies: what sessions may not do, who changed that, and what a change would have meant."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Body, Depends, Path, Query
from pydantic import Field
from starlette.responses import Response

from sojourn.api.answers import PAGE_ERRORS, Json
from sojourn.api.control_models import SENT_ERRORS, UUID, Sent, SentObject, Word
from sojourn.api.control_models import WHOLE as WHOLE_NUMBER
from sojourn.api.cursors import Cursor, following
from sojourn.api.dependencies import ADMIN, READ, Actor, Served, Services, Workspace
from sojourn.api.filters import WHOLE, Text, each_once
from sojourn.api.models import Error, JsonObject, Model, Time
from sojourn.api.steering_routes import SteeringRoute
from sojourn.app.policies.policy_set import Author, PolicySet
from sojourn.app.views import cursors
from sojourn.app.views.times import rfc3339
from sojourn.domain import policies as domain
from sojourn.domain.policy_forms import ACTIONS, CONDITIONS

router = APIRouter(prefix="/api/v1", tags=["policies"], route_class=SteeringRoute, dependencies=[Depends(each_once)])
MISSING: dict[int | str, dict[str, Any]] = {
    **SENT_ERRORS,
    404: {"model": Error, "description": "There is no such policy"},
}
NO_CONTENT = 204
SOURCE = "api"
Type = Literal[
    "cost_limit",
    "step_limit",
    "retry",
    "fallback",
    "cost_spike",
    "error_spike",
    "repeated_tool_calls",
    "no_progress",
    "condition",
]
PolicyId = Annotated[str, Path(pattern=UUID)]
Limit = Annotated[int, Query(ge=1, le=500), WHOLE]
Priority = Annotated[int, Field(ge=-1_000_000, le=1_000_000), WHOLE_NUMBER]


class Policy(Model):
    id: str
    type: Type
    agent_id: str = Field(description="Empty if it holds for every agent")
    name: str
    condition: JsonObject = Field(description="By type; see /api/v1/policy-types")
    action: JsonObject = Field(description="type: notify, require_approval, pause or cancel; of retry and fallback how")
    priority: int
    enabled: bool
    source: str
    created_by: str
    created_at: Time | None
    updated_at: Time | None


class PolicyList(Model):
    items: list[Policy]


class NewPolicy(Sent):
    type: Type
    agent_id: Word = ""
    name: Word = ""
    condition: SentObject
    action: SentObject
    priority: Priority = 0
    enabled: bool = True


class ChangedPolicy(Sent):
    """What is left out stays as it is."""

    agent_id: Word | None = None
    name: Word | None = None
    condition: SentObject | None = None
    action: SentObject | None = None
    priority: Priority | None = None
    enabled: bool | None = None


class PolicyChange(Model):
    at: Time | None
    actor: str
    action: Literal["created", "updated", "deleted"]
    source: str
    policy_id: str
    agent_id: str
    policy_type: str
    before: JsonObject | None
    after: JsonObject | None


class PolicyChangeList(Model):
    items: list[PolicyChange]
    next_cursor: str | None


class PolicyTypeForm(Model):
    type: Type
    condition: JsonObject = Field(description="JSON Schema")
    action: JsonObject = Field(description="JSON Schema")


class PolicyTypes(Model):
    items: list[PolicyTypeForm]


@router.get(
    "/policies", response_model=PolicyList, responses=SENT_ERRORS, operation_id="list_policies", dependencies=[READ]
)
def list_policies(
    served: Served, workspace_id: Workspace, agent_id: Annotated[Text, Query(description="And those for all")] = ""
) -> Json:
    """All policies, by priority."""
    chosen = set_of(served)
    found = chosen.for_agent(workspace_id, agent_id) if agent_id else chosen.listed(workspace_id)
    return Json({"items": [policy_json(policy) for policy in found]})


@router.post(
    "/policies",
    status_code=201,
    response_model=Policy,
    responses=SENT_ERRORS,
    operation_id="create_policy",
    dependencies=[ADMIN],
)
def create_policy(served: Served, workspace_id: Workspace, actor: Actor, new: Annotated[NewPolicy, Body()]) -> Json:
    """Holds from now on, for sessions that are running too."""
    created = set_of(served).create(policy_of(workspace_id, new), Author(actor, SOURCE))
    return Json(policy_json(created), status_code=201)


@router.get("/policy-types", response_model=PolicyTypes, operation_id="read_policy_types", dependencies=[READ])
def policy_types() -> Json:
    """What each type's condition and action look like."""
    kinds = [{"type": str(kind), "condition": CONDITIONS[kind], "action": ACTIONS[kind]} for kind in CONDITIONS]
    return Json({"items": kinds})


@router.get(
    "/policy-changes",
    response_model=PolicyChangeList,
    responses=PAGE_ERRORS,
    operation_id="list_policy_changes",
    dependencies=[READ],
)
def policy_changes(
    served: Served,
    workspace_id: Workspace,
    agent_id: Text = "",
    policy_id: Text = "",
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Json:
    """The audit: every change of every policy, the latest first."""
    with following(cursor):
        before = cursors.decode(cursor, "cursor", int)[0] if cursor else None
    found = set_of(served).audit(workspace_id, agent_id or None, before, limit + 1, policy_id.lower())
    shown = found[:limit]
    items = [
        {
            "at": rfc3339(change.at_ns),
            **{name: getattr(change, name) for name in PolicyChange.model_fields if name != "at"},
        }
        for _, change in shown
    ]
    return Json({"items": items, "next_cursor": cursors.encode(shown[-1][0]) if len(found) > limit else None})


@router.get("/policies/{id}", response_model=Policy, responses=MISSING, operation_id="read_policy", dependencies=[READ])
def read_policy(served: Served, workspace_id: Workspace, id: PolicyId) -> Json:
    return Json(policy_json(set_of(served).get(workspace_id, id.lower())))


@router.patch(
    "/policies/{id}", response_model=Policy, responses=MISSING, operation_id="change_policy", dependencies=[ADMIN]
)
def change_policy(
    served: Served, workspace_id: Workspace, actor: Actor, id: PolicyId, sent: Annotated[ChangedPolicy, Body()]
) -> Json:
    """A changed policy may fire again in a session in which it fired before."""
    changed = set_of(served).change(workspace_id, id.lower(), Author(actor, SOURCE), **fields_of(sent))
    return Json(policy_json(changed))


@router.delete(
    "/policies/{id}",
    status_code=NO_CONTENT,
    response_class=Response,
    responses=MISSING,
    operation_id="delete_policy",
    dependencies=[ADMIN],
)
def delete_policy(served: Served, workspace_id: Workspace, actor: Actor, id: PolicyId) -> Response:
    """Its signals and decisions stay."""
    set_of(served).remove(workspace_id, id.lower(), Author(actor, SOURCE))
    return Response(status_code=NO_CONTENT)


def policy_json(policy: domain.Policy) -> dict[str, Any]:
    return {
        "id": policy.id,
        "type": str(policy.type),
        "agent_id": policy.agent_id,
        "name": policy.name,
        "condition": policy.condition,
        "action": policy.action,
        "priority": policy.priority,
        "enabled": policy.is_enabled,
        "source": policy.source,
        "created_by": policy.created_by,
        "created_at": rfc3339(policy.created_at_ns),
        "updated_at": rfc3339(policy.updated_at_ns),
    }


def policy_of(workspace_id: str, new: NewPolicy, id: str = "") -> domain.Policy:
    return domain.Policy(
        id=id,
        workspace_id=workspace_id,
        type=new.type,
        agent_id=new.agent_id,
        name=new.name,
        condition=new.condition,
        action=new.action,
        priority=new.priority,
        is_enabled=new.enabled,
    )


def fields_of(sent: ChangedPolicy) -> dict[str, Any]:
    changed = sent.model_dump(exclude_none=True)
    changed.pop("id", None)
    return {"is_enabled" if name == "enabled" else name: value for name, value in changed.items()}


def set_of(served: Services) -> PolicySet:
    return PolicySet(served.ledger, served.clock)
