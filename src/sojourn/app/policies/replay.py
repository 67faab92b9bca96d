"""What stored decisions would have been under another set of policies."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sojourn.domain.policies import Facts, Finding, Policy, PolicyType, Rung, Verdict, applies, find, resolve
from sojourn.ledger.decisions import Decision

Json = dict[str, Any]
IN_SDK_ORDER = (PolicyType.FALLBACK, PolicyType.RETRY)  # a higher precedence first
REPLAYED = frozenset({PolicyType.COST_LIMIT, PolicyType.STEP_LIMIT, PolicyType.RETRY, PolicyType.FALLBACK})


def replayed(decisions: Sequence[Decision], before: Sequence[Policy], after: Sequence[Policy]) -> list[Json]:
    """For each decision what both sets come to. What needs more than the stored context is not replayed."""
    return [_compared(decision, _outcome(decision, before), _outcome(decision, after)) for decision in decisions]


def _compared(decision: Decision, before: Json, after: Json) -> Json:
    return {
        "decision_id": decision.id,
        "session_id": decision.session_id,
        "stage": decision.stage,
        "stored": decision.winning_type,
        "before": before,
        "after": after,
        "differs": before != after,
    }


def _outcome(decision: Decision, policies: Sequence[Policy]) -> Json:
    held = [one for one in policies if one.type in REPLAYED and applies(one, (decision.agent_id,))]
    context = decision.context
    facts = Facts(cost_usd=_number(context.get("cost")), step_count=int(_number(context.get("total_steps"))))
    verdict = resolve([found for policy in held if (found := find(policy, facts)) is not None])
    if verdict.winner is not None and verdict.winner.policy.rung == Rung.CANCEL:
        return _told(verdict)  # what stops beats what tries again
    recovery = _recovery(held, context)
    if recovery is not None:
        return {"type": str(recovery.type), "policy_id": recovery.id, "params": recovery.action}
    return _told(verdict)


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
