"""What stored decisions would have been under another set of policies.

A decision keeps the cost and the steps of its moment, an error if there was one, and which policies matched. So limits,
retries and fallbacks are judged anew. What looks at more than that is taken to match where it matched then.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sojourn.app.policies.judging import STAGE
from sojourn.app.views.times import rfc3339
from sojourn.domain.policies import (
    IN_SDK,
    Facts,
    Finding,
    Policy,
    PolicyType,
    Rung,
    Verdict,
    applies,
    find,
    resolve,
)
from sojourn.ledger.decisions import Decision

Json = dict[str, Any]
IN_SDK_ORDER = (PolicyType.FALLBACK, PolicyType.RETRY)  # a higher precedence first
JUDGED_ANEW = frozenset({PolicyType.COST_LIMIT, PolicyType.STEP_LIMIT, *IN_SDK})


def replayed(decisions: Sequence[Decision], before: Sequence[Policy], after: Sequence[Policy]) -> list[Json]:
    """For each decision, the latest first, what both sets come to. Ids tell a changed policy from a new one."""
    unknown = set(unknown_in(before, after))
    sets = (_Trial(before), _Trial([policy for policy in after if policy.id not in unknown]))
    items = [_compared(decision, *(one.outcome(decision) for one in sets)) for decision in reversed(decisions)]
    return items[::-1]


def unknown_in(before: Sequence[Policy], after: Sequence[Policy]) -> list[str]:
    """Ids of policies of the changed set of which stored decisions cannot tell whether they would have matched."""
    conditions = {policy.id: (policy.type, policy.condition) for policy in before}
    return [
        policy.id
        for policy in after
        if policy.is_enabled
        and policy.type not in JUDGED_ANEW
        and conditions.get(policy.id) != (policy.type, policy.condition)
    ]


def _compared(decision: Decision, before: Json, after: Json) -> Json:
    return {
        "decision_id": decision.id,
        "session_id": decision.session_id,
        "session_key": decision.session_key,
        "agent_id": decision.agent_id,
        "at": rfc3339(decision.at_ns),
        "stage": decision.stage,
        "stored": decision.winning_type,
        "stored_policy_id": str((decision.final_decision or {}).get("policy_id") or ""),
        "before": before,
        "after": after,
        "differs": _answer(before) != _answer(after),
    }


def _answer(outcome: Json) -> tuple[Any, ...]:
    """What an agent or a person would notice. By which limit a session was stopped is told in the params."""
    how = outcome["params"] if outcome["type"] in IN_SDK else {}
    return outcome["type"], outcome["policy_id"], how


class _Trial:
    """A set of policies that is asked decision by decision, the oldest first."""

    def __init__(self, policies: Sequence[Policy]) -> None:
        self._policies = policies
        self._fired: set[tuple[str, str]] = set()  # session and policy: at ingest a policy fires once in a session

    def outcome(self, decision: Decision) -> Json:
        held = [one for one in self._policies if applies(one, (decision.agent_id,))]
        context = decision.context
        verdict = resolve(self._findings(decision, held))
        if verdict.winner is not None and verdict.winner.policy.rung == Rung.CANCEL:
            return _told(verdict)  # what stops beats what tries again
        recovery = _recovery(held, context) if decision.stage != STAGE else None  # Sojourn itself repeats no call
        if recovery is not None:
            return {"type": str(recovery.type), "policy_id": recovery.id, "params": recovery.action}
        return _told(verdict)

    def _findings(self, decision: Decision, held: Sequence[Policy]) -> list[Finding]:
        context = decision.context
        facts = Facts(cost_usd=_number(context.get("cost")), step_count=int(_number(context.get("total_steps"))))
        matched = _matched(decision)
        found = [one for policy in held if (one := _found(policy, facts, matched)) is not None]
        if decision.stage != STAGE:
            return found
        fresh = [one for one in found if (decision.session_id, one.policy.id) not in self._fired]
        self._fired.update((decision.session_id, one.policy.id) for one in fresh)
        return fresh


def _matched(decision: Decision) -> Mapping[str, Json]:
    """By policy id: what was found then. Senders tell candidates in words of their own."""
    told = [one for one in decision.candidates if isinstance(one, dict)]
    return {str(one["policy_id"]): one for one in told if one.get("policy_id")}


def _found(policy: Policy, facts: Facts, matched: Mapping[str, Json]) -> Finding | None:
    if policy.type in JUDGED_ANEW:
        return find(policy, facts)
    then = matched.get(policy.id)
    if then is None:
        return None
    params = then.get("params")
    return Finding(policy, str(then.get("message") or ""), params if isinstance(params, dict) else {})


def _recovery(policies: Sequence[Policy], context: Json) -> Policy | None:
    """The fallback or retry that answers an error."""
    has_failed = context.get("error_type") is not None
    for kind in IN_SDK_ORDER:
        matching = [
            policy
            for policy in policies
            if policy.type == kind
            and policy.condition.get("on_error") == has_failed
            and (not policy.action.get("on_errors") or context.get("error_type") in policy.action["on_errors"])
            and not (kind == PolicyType.FALLBACK and context.get("fallback_used"))
        ]
        if matching:
            return max(matching, key=lambda policy: policy.priority)
    return None


def _told(verdict: Verdict) -> Json:
    winner: Finding | None = verdict.winner
    if winner is None:
        return {"type": "", "policy_id": "", "params": {}}
    return {"type": str(winner.policy.rung), "policy_id": winner.policy.id, "params": dict(winner.data)}


def _number(value: Any) -> float:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else 0.0
