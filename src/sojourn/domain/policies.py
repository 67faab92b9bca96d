"""Policies: what a session may not do, how far the answer goes, and what several of them come to together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class PolicyType(StrEnum):
    COST_LIMIT = "cost_limit"  # the session has cost more than this
    STEP_LIMIT = "step_limit"  # model and tool calls of the session
    RETRY = "retry"  # the SDK tries a failed call again
    FALLBACK = "fallback"  # the SDK goes on with another model
    COST_SPIKE = "cost_spike"  # a call costs far more than those before it
    ERROR_SPIKE = "error_spike"  # too many of the last steps failed
    REPEATED_TOOL_CALLS = "repeated_tool_calls"  # the same tool with the same arguments, again and again
    NO_PROGRESS = "no_progress"  # tool calls that fail, or give what an earlier one gave
    CONDITION = "condition"  # an expression (CEL) over the session's row


class Rung(StrEnum):
    """The ladder: how far the answer goes, gentlest first."""

    NOTIFY = "notify"
    REQUIRE_APPROVAL = "require_approval"  # pause, and go on when a human approves
    PAUSE = "pause"
    CANCEL = "cancel"


class Reason(StrEnum):
    """How one of several answers was chosen."""

    NO_MATCH = "no_match"
    ONLY_MATCH = "only_match"
    HIGHER_PRECEDENCE = "higher_precedence"  # a higher rung beats a lower
    HIGHER_PRIORITY = "higher_priority"  # of one rung, the higher priority


LADDER = tuple(Rung)
IN_SDK = frozenset({PolicyType.RETRY, PolicyType.FALLBACK})  # only whoever makes the call can obey these
LOOKS_AT_STEPS = frozenset(
    {PolicyType.COST_SPIKE, PolicyType.ERROR_SPIKE, PolicyType.REPEATED_TOOL_CALLS, PolicyType.NO_PROGRESS}
)
MAX_STEPS = 200  # the latest steps that a policy may look at


@dataclass(frozen=True, slots=True)
class Policy:
    id: str
    workspace_id: str
    type: str  # a PolicyType
    agent_id: str = ""  # "" for every agent
    name: str = ""
    condition: dict[str, Any] = field(default_factory=dict)
    action: dict[str, Any] = field(default_factory=dict)
    priority: int = 0
    is_enabled: bool = True
    source: str = ""  # api, import, niitaka
    created_by: str = ""
    created_at_ns: int = 0
    updated_at_ns: int = 0

    @property
    def rung(self) -> Rung:
        return Rung(self.action.get("type", Rung.NOTIFY))

    @property
    def label(self) -> str:
        return self.name or self.type

    @property
    def steps_needed(self) -> int:
        """How many of the latest steps it looks at."""
        return STEPS_NEEDED[PolicyType(self.type)](self.condition) if self.type in LOOKS_AT_STEPS else 0


@dataclass(frozen=True, slots=True)
class Step:
    """A model call, a tool call or an error, without its content."""

    event_id: str
    type: str
    tool_name: str = ""
    is_error: bool = False
    cost_usd: float | None = None
    asked: int = 0  # hash of what it was given
    answered: int = 0  # hash of what it gave; 0 for nothing


@dataclass(frozen=True, slots=True)
class Facts:
    """What policies are judged by."""

    cost_usd: float = 0.0
    step_count: int = 0
    steps: Sequence[Step] = ()  # the latest, oldest first
    holds: Mapping[str, bool] = field(default_factory=dict)  # by policy id: what its expression gave


@dataclass(frozen=True, slots=True)
class Finding:
    """A policy that a session has run into."""

    policy: Policy
    message: str
    data: Mapping[str, Any]
    event_id: str = ""  # the step at which it showed


@dataclass(frozen=True, slots=True)
class Verdict:
    winner: Finding | None
    reason: Reason


def find(policy: Policy, facts: Facts) -> Finding | None:
    """Whether the session has run into the policy, and by what."""
    judge = JUDGES.get(PolicyType(policy.type))
    found = judge(policy, facts) if judge is not None and policy.is_enabled else None
    return Finding(policy, *found) if found is not None else None


def resolve(findings: Sequence[Finding]) -> Verdict:
    """The highest rung wins, then the highest priority."""
    if not findings:
        return Verdict(None, Reason.NO_MATCH)
    highest = max(findings, key=lambda finding: LADDER.index(finding.policy.rung)).policy.rung
    candidates = [finding for finding in findings if finding.policy.rung == highest]
    winner = max(candidates, key=lambda finding: finding.policy.priority)
    if len(candidates) < len(findings):
        return Verdict(winner, Reason.HIGHER_PRECEDENCE)
    return Verdict(winner, Reason.HIGHER_PRIORITY if len(candidates) > 1 else Reason.ONLY_MATCH)


def applies(policy: Policy, agents: Sequence[str]) -> bool:
    return policy.is_enabled and (not policy.agent_id or policy.agent_id in agents)


Found = tuple[str, dict[str, Any], str]


def _cost_limit(policy: Policy, facts: Facts) -> Found | None:
    limit = float(policy.condition["cost_exceeded"])
    if facts.cost_usd <= limit:
        return None
    return f"Cost ${facts.cost_usd:.4f} is over the limit of ${limit:g}", {"limit": limit, "actual": facts.cost_usd}, ""


def _step_limit(policy: Policy, facts: Facts) -> Found | None:
    limit = int(policy.condition["steps_exceeded"])
    if facts.step_count < limit:
        return None
    return f"{facts.step_count} steps reach the limit of {limit}", {"limit": limit, "actual": facts.step_count}, ""


def _cost_spike(policy: Policy, facts: Facts) -> Found | None:
    factor, window = _spike_of(policy.condition)
    priced = [step for step in facts.steps if step.cost_usd is not None][-window:]
    if len(priced) < window:
        return None
    *before, last = [step.cost_usd or 0.0 for step in priced]
    mean = sum(before) / len(before)
    if mean <= 0 or last <= mean * factor:
        return None
    words = f"A call for ${last:.4f} after {len(before)} of ${mean:.4f} on average"
    return words, {"current": last, "avg": mean, "factor": factor}, priced[-1].event_id


def _error_spike(policy: Policy, facts: Facts) -> Found | None:
    rate, window = float(policy.condition.get("rate", 0.5)), int(policy.condition.get("window", 10))
    steps = facts.steps[-window:]
    failed = sum(step.is_error for step in steps)
    if len(steps) < window or failed / window <= rate:
        return None
    data = {"error_rate": failed / window, "window": window}
    return f"{failed} of the last {window} steps failed", data, steps[-1].event_id


def _repeated_tool_calls(policy: Policy, facts: Facts) -> Found | None:
    times = int(policy.condition.get("times", 3))
    calls = [step for step in facts.steps if step.type == "tool_call"][-times:]
    if len(calls) < times or len({(call.tool_name, call.asked) for call in calls}) > 1:
        return None
    tool_name = calls[-1].tool_name
    return (
        f"{tool_name} was called {times} times with the same arguments",
        {"tool_name": tool_name, "times": times},
        (calls[-1].event_id),
    )


def _no_progress(policy: Policy, facts: Facts) -> Found | None:
    wanted = int(policy.condition.get("steps", 10))
    seen: set[tuple[str, int]] = set()
    idle = 0  # tool calls in a row that brought nothing new
    calls = [step for step in facts.steps if step.type == "tool_call"]
    for call in calls:
        result = (call.tool_name, call.answered)
        is_new = not call.is_error and (not call.answered or result not in seen)
        idle = 0 if is_new else idle + 1
        seen.add(result)
    if idle < wanted:
        return None
    return f"The last {idle} tool calls failed or gave nothing new", {"steps": idle}, calls[-1].event_id


def _condition(policy: Policy, facts: Facts) -> Found | None:
    if not facts.holds.get(policy.id):
        return None
    return f"{policy.label}: {policy.condition['cel']}"[:500], {"cel": policy.condition["cel"]}, ""


def _spike_of(condition: Mapping[str, Any]) -> tuple[float, int]:
    return float(condition.get("factor", 3)), int(condition.get("window", 5))


JUDGES = {
    PolicyType.COST_LIMIT: _cost_limit,
    PolicyType.STEP_LIMIT: _step_limit,
    PolicyType.COST_SPIKE: _cost_spike,
    PolicyType.ERROR_SPIKE: _error_spike,
    PolicyType.REPEATED_TOOL_CALLS: _repeated_tool_calls,
    PolicyType.NO_PROGRESS: _no_progress,
    PolicyType.CONDITION: _condition,
}
STEPS_NEEDED = {
    PolicyType.COST_SPIKE: lambda condition: 2 * _spike_of(condition)[1],
    PolicyType.ERROR_SPIKE: lambda condition: int(condition.get("window", 10)),
    PolicyType.REPEATED_TOOL_CALLS: lambda condition: 4 * int(condition.get("times", 3)),
    PolicyType.NO_PROGRESS: lambda condition: 4 * int(condition.get("steps", 10)),
}
