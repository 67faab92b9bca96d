"""One session under the policies that hold for it: what was found, what won, and what is written of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sojourn.app.policies.expressions import holds
from sojourn.domain.identity import content_id
from sojourn.domain.policies import MAX_STEPS, Facts, Finding, Policy, PolicyType, Step, Verdict, find
from sojourn.domain.sessions import Session
from sojourn.domain.signals import Signal
from sojourn.events.store import EventStore
from sojourn.ledger.decisions import Decision

STAGE = "at_ingest"
SOURCE = "sojourn"
SIGNAL_TYPES = {
    PolicyType.COST_LIMIT: "guardrail",
    PolicyType.STEP_LIMIT: "guardrail",
    PolicyType.CONDITION: "policy",
}


def findings(events: EventStore, session: Session, policies: Sequence[Policy]) -> list[Finding]:
    """Which of the policies the session has run into."""
    facts = facts_of(events, session, policies)
    return [found for policy in policies if (found := find(policy, facts)) is not None]


def facts_of(events: EventStore, session: Session, policies: Sequence[Policy]) -> Facts:
    """Steps are read only if a policy looks at them, and no more of them than it needs."""
    needed = min(MAX_STEPS, max((policy.steps_needed for policy in policies), default=0))
    return Facts(
        cost_usd=session.cost_usd or 0.0,
        step_count=session.llm_call_count + session.tool_call_count,
        steps=latest_steps(events, session, needed) if needed else (),
        holds={
            policy.id: holds(policy.condition["cel"], session)
            for policy in policies
            if policy.type == PolicyType.CONDITION
        },
    )


def latest_steps(events: EventStore, session: Session, limit: int) -> list[Step]:
    rows = events.rows("recent_steps", workspace_id=session.workspace_id, session_id=session.id, limit=limit)
    steps = [Step(**{**row, "is_error": bool(row["is_error"])}) for row in rows]
    return steps[::-1]


def signal_id(session: Session, policy: Policy) -> str:
    """A policy fires once in a session, and again after it was changed."""
    return content_id("policy", session.workspace_id, session.id, policy.id, policy.updated_at_ns)


def signal_of(session: Session, finding: Finding, now_ns: int) -> Signal:
    policy = finding.policy
    return Signal(
        id=signal_id(session, policy),
        workspace_id=session.workspace_id,
        type=SIGNAL_TYPES.get(PolicyType(policy.type), "alert"),
        subtype=str(policy.type),
        message=finding.message,
        session_id=session.id,
        session_key=session.key,
        agent_id=session.agent_id,
        event_id=finding.event_id,
        data={**finding.data, "policy": policy.label},
        policy_id=policy.id,
        action=policy.rung,
        first_at_ns=now_ns,
        last_at_ns=now_ns,
    )


def decision_of(session: Session, found: Sequence[Finding], verdict: Verdict, now_ns: int) -> Decision:
    winner = verdict.winner
    identity = (session.workspace_id, session.id, *sorted(signal_id(session, one.policy) for one in found))
    return Decision(
        id=content_id("decision", *identity),
        workspace_id=session.workspace_id,
        at_ns=now_ns,
        stage=STAGE,
        session_id=session.id,
        session_key=session.key,
        agent_id=session.agent_id,
        context={
            "cost": session.cost_usd or 0.0,
            "total_steps": session.llm_call_count + session.tool_call_count,
            "error_count": session.error_count,
        },
        matched_policy_count=len(found),
        candidates=[candidate(finding) for finding in found],
        reason=verdict.reason,
        winning_type=winner.policy.rung if winner else "",
        final_decision=candidate(winner) if winner else None,
        source=SOURCE,
    )


def candidate(finding: Finding) -> dict[str, Any]:
    policy = finding.policy
    return {
        "type": str(policy.rung),
        "priority": policy.priority,
        "params": dict(finding.data),
        "policy_id": policy.id,
        "policy_type": str(policy.type),
        "message": finding.message,
    }


def settled(signal: Signal, outcome: str, task_id: str = "") -> Signal:
    return replace(signal, outcome=outcome, task_id=task_id or signal.task_id, is_recorded=False)
