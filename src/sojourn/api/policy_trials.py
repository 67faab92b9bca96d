"""Policies before they hold: are they sound, what would they have decided, and several changes at once."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body, Depends
from pydantic import Field

from sojourn.api.answers import Json
from sojourn.api.control_models import SENT_ERRORS, UUID, Sent, Word
from sojourn.api.control_models import WHOLE as WHOLE_NUMBER
from sojourn.api.dependencies import ADMIN, READ, Actor, Served, Workspace
from sojourn.api.filters import each_once
from sojourn.api.models import JsonObject, Model, Time
from sojourn.api.policies import (
    MISSING,
    SOURCE,
    ChangedPolicy,
    NewPolicy,
    PolicyList,
    fields_of,
    policy_json,
    policy_of,
    set_of,
)
from sojourn.api.steering_routes import SteeringRoute
from sojourn.app.errors import Invalid
from sojourn.app.policies.policy_set import MAX_POLICIES, Author, Batch, check_policy
from sojourn.app.policies.replay import replayed, unknown_in
from sojourn.app.views.sessions import find_session
from sojourn.ledger.decisions import DecisionFilter

router = APIRouter(prefix="/api/v1", tags=["policies"], route_class=SteeringRoute, dependencies=[Depends(each_once)])
MAX_SET = MAX_POLICIES
PolicyIdText = Annotated[str, Field(pattern=UUID)]


class PolicyCheck(Model):
    fault: str | None = Field(description="Where, and what is wrong there: `condition.cel: 'x' is unknown`")


class ReplayedPolicy(NewPolicy):
    id: PolicyIdText | None = Field(default=None, description="Of the policy in force that it stands for; none if new")


class Replay(Sent):
    policies: list[ReplayedPolicy] = Field(max_length=MAX_SET, description="The changed set, instead of that in force")
    session: Word = Field(default="", description="Only its decisions: key or UUID")
    agent_id: Word = ""
    limit: Annotated[int, Field(ge=1, le=5_000), WHOLE_NUMBER] = 500


class ReplayedOutcome(Model):
    type: str = Field(description="Empty if no policy matches")
    policy_id: str = Field(description="Of a new one `new:` and its place in the set")
    params: JsonObject


class ReplayedDecision(Model):
    decision_id: str
    session_id: str
    session_key: str
    agent_id: str
    at: Time | None
    stage: str
    stored: str = Field(description="What was decided then")
    stored_policy_id: str
    before: ReplayedOutcome = Field(description="By the policies that are in force now")
    after: ReplayedOutcome = Field(description="By the changed ones")
    differs: bool


class ReplayAnswer(Model):
    items: list[ReplayedDecision] = Field(description="The latest first")
    replayed: int
    differing: int
    not_replayed: list[str] = Field(
        description="Ids of changed policies that look at more than decisions keep: they were left out"
    )


class PolicyPatch(ChangedPolicy):
    id: PolicyIdText


class PolicyBatch(Sent):
    """All of it holds, or nothing."""

    create: list[NewPolicy] = Field(default_factory=list, max_length=MAX_SET)
    change: list[PolicyPatch] = Field(default_factory=list, max_length=MAX_SET)
    delete: list[PolicyIdText] = Field(default_factory=list, max_length=MAX_SET)


@router.post(
    "/policy-checks",
    response_model=PolicyCheck,
    responses=SENT_ERRORS,
    operation_id="check_policy",
    dependencies=[READ],
)
def check(workspace_id: Workspace, new: Annotated[NewPolicy, Body()]) -> Json:
    """Whether it could be created; nothing is changed."""
    try:
        check_policy(policy_of(workspace_id, new))
    except Invalid as fault:
        return Json({"fault": fault.message})
    return Json({"fault": None})


@router.post(
    "/policy-replays",
    response_model=ReplayAnswer,
    responses=MISSING,
    operation_id="replay_decisions",
    dependencies=[READ],
)
def replay(served: Served, workspace_id: Workspace, sent: Annotated[Replay, Body()]) -> Json:
    """What stored decisions would have been under a changed set of policies; nothing is changed."""
    after = [
        policy_of(workspace_id, new, new.id.lower() if new.id else f"new:{place}")
        for place, new in enumerate(sent.policies)
    ]
    for place, policy in enumerate(after):
        check_policy(policy, f"policies.{place}.")
    session_id = find_session(served.ledger, workspace_id, sent.session).id if sent.session else ""
    with served.ledger.read() as conn:
        filter = DecisionFilter(session_id, sent.agent_id)
        stored = [one for _, one in served.ledger.decisions.list_page(conn, workspace_id, filter, None, sent.limit)]
    before = set_of(served).listed(workspace_id)
    items = replayed(stored, before, after)
    return Json(
        {
            "items": items,
            "replayed": len(items),
            "differing": sum(item["differs"] for item in items),
            "not_replayed": unknown_in(before, after),
        }
    )


@router.post(
    "/policy-batches",
    response_model=PolicyList,
    responses=MISSING,
    operation_id="change_policies",
    dependencies=[ADMIN],
)
def change_policies(
    served: Served, workspace_id: Workspace, actor: Actor, sent: Annotated[PolicyBatch, Body()]
) -> Json:
    """Several changes in one step. Answers with what was created, then with what was changed."""
    batch = Batch(
        [policy_of(workspace_id, new) for new in sent.create],
        [(patch.id.lower(), fields_of(patch)) for patch in sent.change],
        [id.lower() for id in sent.delete],
    )
    applied = set_of(served).apply(workspace_id, batch, Author(actor, SOURCE))
    return Json({"items": [policy_json(policy) for policy in applied]})
