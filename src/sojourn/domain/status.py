"""What a session's status must be, judged from its events alone.

A declared status beats this (folding.py). Each answer says since when, because of what, and when time alone may
change it. Exception classes that mean "paused on purpose" are told apart from failures (interop.md §8.6).
"""

from __future__ import annotations

from dataclasses import dataclass

from sojourn.domain.sessions import Rollup, SessionKind, SessionStatus

SILENCE_NS = 300 * 1_000_000_000  # no event for this long: nobody is working on it; a setting may change it
PAUSED_BY = frozenset({"GraphDrained"})


@dataclass(frozen=True, slots=True)
class Judgement:
    status: str
    since_ns: int
    reason: str
    end_reason: str = ""
    waiting_on: str = ""
    due_at_ns: int | None = None
    heard_at_ns: int = 0  # the last event or word that it rests on


def judge(facts: Rollup, kind: str, now_ns: int, heard_at_ns: int = 0, silence_ns: int = SILENCE_NS) -> Judgement:
    """The status that the events show. `now_ns` decides only how long they have been silent.

    `heard_at_ns` is the latest sign of life that is no event: a heartbeat, the end of a pause.
    """
    last_ns = min(max(facts.last_activity_at_ns, heard_at_ns), now_ns)  # a sender's clock may be ahead of ours
    is_silent = now_ns - last_ns >= silence_ns
    due_at_ns = last_ns + silence_ns
    has_news_after_root = facts.last_activity_at_ns > facts.root_ended_at_ns
    if facts.open_count:
        if is_silent:
            return _abandoned(facts, last_ns, silence_ns)
        return _running(facts, due_at_ns, f"{facts.open_count} open")
    if facts.root_status and not (has_news_after_root and facts.missing_parents and not is_silent):
        return _judge_root(facts, kind)
    if not is_silent:
        reason = "its root span has not arrived" if facts.missing_parents else "recent events"
        return _running(facts, due_at_ns, reason)
    if kind == SessionKind.CONVERSATION:
        return Judgement(SessionStatus.IDLE, last_ns, "nothing happened after that")
    if facts.missing_parents:
        return _abandoned(facts, last_ns, silence_ns)
    return Judgement(SessionStatus.COMPLETED, last_ns, "nothing happened after that", end_reason="clean")


def _running(facts: Rollup, due_at_ns: int, reason: str) -> Judgement:
    since_ns = facts.root_ended_at_ns or facts.started_at_ns
    return Judgement(SessionStatus.RUNNING, since_ns, reason, due_at_ns=due_at_ns)


def _abandoned(facts: Rollup, last_ns: int, silence_ns: int) -> Judgement:
    waiting = f"{facts.open_count} open" if facts.open_count else "its root span never arrived"
    reason = f"silent for {silence_ns // 1_000_000_000} s, {waiting}"
    return Judgement(SessionStatus.ABANDONED, last_ns + silence_ns, reason, end_reason="heartbeat_timeout")


def _judge_root(facts: Rollup, kind: str) -> Judgement:
    at_ns = facts.root_ended_at_ns
    error_class = facts.root_error_type.rsplit(".", 1)[-1]
    if facts.root_status == "error":
        reason = facts.root_error or facts.root_error_type or "its root span ended with an error"
        return Judgement(SessionStatus.FAILED, at_ns, reason, end_reason="exception")
    if facts.root_status == "waiting" and error_class in PAUSED_BY:
        return Judgement(SessionStatus.PAUSED, at_ns, f"the run was drained ({error_class})")
    if facts.root_status == "waiting":
        reason = f"interrupted for a human ({error_class})" if error_class else "interrupted for a human"
        return Judgement(SessionStatus.IDLE, at_ns, reason, waiting_on="human_task")
    if facts.root_status == "canceled" and kind != SessionKind.CONVERSATION:
        return Judgement(
            SessionStatus.CANCELED, at_ns, error_class or "its root span was canceled", end_reason="user_cancel"
        )
    if kind == SessionKind.CONVERSATION:
        ended = "was canceled" if facts.root_status == "canceled" else "ended"
        return Judgement(SessionStatus.IDLE, at_ns, f"its last trace {ended}", waiting_on="user")
    return Judgement(SessionStatus.COMPLETED, at_ns, "its root span ended", end_reason="clean")
