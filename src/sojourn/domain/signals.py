"""Signals: a policy or a detector fired. What repeats is one signal that counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from sojourn.domain.identity import content_id

DAY_NS = 86_400 * 1_000_000_000
SAME_WITHIN_NS = 10 * 1_000_000_000  # the same words so soon are the same sending, tried again


@dataclass(frozen=True, slots=True)
class Signal:
    """One group: what fired, in which session, how often."""

    id: str
    workspace_id: str
    type: str  # guardrail, control, policy, alert
    subtype: str
    message: str = ""
    session_id: str = ""  # "" for one that belongs to no session
    session_key: str = ""
    agent_id: str = ""
    event_id: str = ""  # the latest event at which it fired
    data: dict[str, Any] = field(default_factory=dict)  # of the latest time
    policy_id: str = ""
    action: str = ""  # what was asked for: a Rung
    outcome: str = ""  # what came of that
    task_id: str = ""  # the approval that it waits for
    count: int = 1
    first_at_ns: int = 0
    last_at_ns: int = 0
    digest: str = ""  # of what was sent the last time
    is_recorded: bool = False  # its event on the timeline is up to date


def group_id(workspace_id: str, session_id: str, type: str, subtype: str, data: Mapping[str, Any], at_ns: int) -> str:
    """Of one session, what fires with the same limit and action. Without a session, by the day."""
    where = session_id or f"day:{at_ns // DAY_NS}"
    told = (str(data.get("limit", "")), str(data.get("action", "")))
    return content_id("signal", workspace_id, where, type, subtype, *told)


def repeated(known: Signal, again: Signal) -> Signal:
    """The group after it fired again; the same sending tried again changes nothing."""
    if again.digest == known.digest and again.last_at_ns - known.last_at_ns < SAME_WITHIN_NS:
        return known
    return replace(
        known,
        message=again.message or known.message,
        event_id=again.event_id or known.event_id,
        data=again.data or known.data,
        count=known.count + 1,
        last_at_ns=max(known.last_at_ns, again.last_at_ns),
        digest=again.digest,
        is_recorded=False,
    )
