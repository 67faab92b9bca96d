"""Policies in the wire's words: what the SDK can obey, and the audit of every change."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query

from sojourn.app.errors import Invalid
from sojourn.app.policies.policy_set import Author, PolicySet
from sojourn.app.views.times import rfc3339
from sojourn.domain.access import Permission
from sojourn.domain.policies import Policy, PolicyType, Rung
from sojourn.domain.policy_forms import ACTIONS, CONDITIONS
from sojourn.gateways import ADMIN, Actor, Json, SentObject, Served, Services, Workspace, needs
from sojourn.gateways.niitaka.fields import Sent, a_list, an_object, count, text
from sojourn.ledger.policies import PolicyChange

router = APIRouter()
CREATED = 201
SOURCE = "niitaka"
ON_THE_WIRE = (PolicyType.COST_LIMIT, PolicyType.STEP_LIMIT, PolicyType.RETRY, PolicyType.FALLBACK)
LIMITS = frozenset({PolicyType.COST_LIMIT, PolicyType.STEP_LIMIT})
# An agent that cannot pause must stop instead: a limit holds.
TO_WIRE = {Rung.NOTIFY: "warn", Rung.REQUIRE_APPROVAL: "abort", Rung.PAUSE: "abort", Rung.CANCEL: "abort"}
FROM_WIRE = {"warn": Rung.NOTIFY, "abort": Rung.CANCEL, "stop": Rung.CANCEL}
WIRE_ACTION = {
    "type": "object",
    "required": ["type"],
    "additionalProperties": False,
    "properties": {"type": {"type": "string", "enum": ["abort", "warn"]}},
}
Limit = Annotated[int, Query(ge=1, le=500)]


@router.get("/policies", dependencies=[needs(Permission.READ, Permission.INGEST)])
def list_policies(served: Served, workspace_id: Workspace) -> Json:
    return Json([_row(policy) for policy in _spoken(_set(served).listed(workspace_id))])


@router.post("/policies", status_code=CREATED, dependencies=[ADMIN])
def create(served: Served, workspace_id: Workspace, actor: Actor, sent: SentObject) -> Json:
    created = _set(served).create(_policy(workspace_id, sent), Author(actor, SOURCE))
    return Json(_row(created), status_code=CREATED)


@router.get("/policies/schemas", dependencies=[needs(Permission.READ, Permission.INGEST)])
def schemas() -> Json:
    return Json({str(kind): _schema(kind) for kind in ON_THE_WIRE})


@router.post("/policies/import", dependencies=[ADMIN])
def import_policies(served: Served, workspace_id: Workspace, actor: Actor, sent: SentObject) -> Json:
    """All or none; `replace` replaces what the named agents had."""
    rows = a_list(sent, "policies")
    if not all(isinstance(row, dict) for row in rows):
        raise Invalid("policies must be objects")
    policies = [_policy(workspace_id, row) for row in rows]
    done = _set(served).imported(
        workspace_id, policies, Author(actor, "import"), replaces=sent.get("replace") is not False
    )
    by_agent: dict[str, int] = {}
    for policy in done.policies:
        by_agent[policy.agent_id] = by_agent.get(policy.agent_id, 0) + 1
    return Json({"imported": len(done.policies), "deleted": done.deleted, "by_agent": by_agent})


@router.get("/policies/audit", dependencies=[needs(Permission.READ, Permission.INGEST)])
def audit(served: Served, workspace_id: Workspace, limit: Limit = 50) -> Json:
    return Json([_change_row(change) for _, change in _set(served).audit(workspace_id, None, None, limit)])


@router.get("/policies/audit/{agent_id:path}", dependencies=[needs(Permission.READ, Permission.INGEST)])
def audit_of_agent(served: Served, workspace_id: Workspace, agent_id: str, limit: Limit = 50) -> Json:
    return Json([_change_row(change) for _, change in _set(served).audit(workspace_id, agent_id, None, limit)])


@router.get("/policies/{agent_id:path}", dependencies=[needs(Permission.READ, Permission.INGEST)])
def of_agent(served: Served, workspace_id: Workspace, agent_id: str) -> Json:
    """What the SDK obeys: the agent's own policies and those for every agent."""
    found = _spoken(_set(served).for_agent(workspace_id, agent_id))
    return Json([_row(policy) for policy in found])


def _spoken(policies: list[Policy]) -> list[Policy]:
    return [policy for policy in policies if policy.is_enabled and policy.type in ON_THE_WIRE]


def _row(policy: Policy) -> dict[str, Any]:
    action = {"type": TO_WIRE[policy.rung]} if policy.type in LIMITS else policy.action
    return {
        "id": policy.id,
        "agent_id": policy.agent_id,
        "type": str(policy.type),
        "config": {"condition": policy.condition, "action": action, "priority": policy.priority},
        "created_at": rfc3339(policy.created_at_ns),
    }


def _policy(workspace_id: str, sent: Sent) -> Policy:
    config = an_object(sent, "config")
    if isinstance(config.get("config"), dict):  # as older clients nest it
        config = config["config"]
    action = an_object(config, "action")
    kind = text(sent, "type")
    if kind in LIMITS:
        word = text(action, "type") or "abort"
        action = {**action, "type": str(FROM_WIRE.get(word, word))}
    elif kind in ON_THE_WIRE:
        action = {name: value for name, value in action.items() if name != "type"}  # the type says it
    return Policy(
        id="",
        workspace_id=workspace_id,
        type=kind,
        agent_id=text(sent, "agent_id"),
        condition=an_object(config, "condition"),
        action=action,
        priority=count(config, "priority") or 0,
    )


def _schema(kind: PolicyType) -> dict[str, Any]:
    action = WIRE_ACTION if kind in LIMITS else ACTIONS[kind]
    properties = {"condition": CONDITIONS[kind], "action": action, "priority": {"type": "integer", "default": 0}}
    return {"type": "object", "required": ["condition", "action"], "properties": properties}


def _change_row(change: PolicyChange) -> dict[str, Any]:
    return {
        "created_at": rfc3339(change.at_ns),
        "agent_id": change.agent_id,
        "action": change.action,
        "policy_type": change.policy_type,
        "source": change.source,
        "actor": change.actor,
    }


def _set(served: Services) -> PolicySet:
    return PolicySet(served.ledger, served.clock)
