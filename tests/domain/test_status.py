"""A status never lies: it says since when and because of what."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sojourn.domain.sessions import Rollup, SessionKind, SessionStatus
from sojourn.domain.status import SILENCE_NS, judge

S = 1_000_000_000
NOW = 1_800_000_000 * S
RECENT = NOW - 10 * S
OLD = NOW - 3_600 * S


def facts(**changes: object) -> Rollup:
    return replace(Rollup("id", started_at_ns=OLD, last_activity_at_ns=RECENT), **changes)  # type: ignore[arg-type]


def test_a_session_with_an_open_span_is_running() -> None:
    judged = judge(facts(open_count=2), SessionKind.OBSERVED, NOW)

    assert (judged.status, judged.reason) == (SessionStatus.RUNNING, "2 open")
    assert judged.due_at_ns == RECENT + SILENCE_NS


def test_how_long_silence_may_last_is_a_setting() -> None:
    silent = facts(open_count=1, last_activity_at_ns=NOW - 61 * S)

    patient, hasty = (judge(silent, SessionKind.RUN, NOW, silence_ns=seconds * S) for seconds in (600, 60))

    assert (patient.status, patient.due_at_ns) == (SessionStatus.RUNNING, NOW + 539 * S)
    assert (hasty.status, hasty.since_ns) == (SessionStatus.ABANDONED, NOW - S)
    assert "60 s" in hasty.reason


def test_an_open_span_that_is_silent_for_five_minutes_is_abandoned() -> None:
    judged = judge(facts(open_count=1, last_activity_at_ns=OLD), SessionKind.RUN, NOW)

    assert (judged.status, judged.since_ns) == (SessionStatus.ABANDONED, OLD + SILENCE_NS)
    assert judged.end_reason == "heartbeat_timeout"


def test_children_without_their_root_mean_that_it_is_still_open() -> None:
    assert judge(facts(missing_parents=1), SessionKind.OBSERVED, NOW).status == SessionStatus.RUNNING


def test_a_trace_that_ended_well_completes_a_run() -> None:
    judged = judge(facts(root_status="ok", root_ended_at_ns=RECENT), SessionKind.OBSERVED, NOW)

    assert (judged.status, judged.since_ns, judged.end_reason) == (SessionStatus.COMPLETED, RECENT, "clean")


def test_a_trace_that_ended_well_leaves_a_conversation_idle() -> None:
    judged = judge(facts(root_status="ok", root_ended_at_ns=RECENT), SessionKind.CONVERSATION, NOW)

    assert (judged.status, judged.waiting_on) == (SessionStatus.IDLE, "user")


def test_a_root_that_failed_fails_the_session_and_says_why() -> None:
    judged = judge(facts(root_status="error", root_error="boom", root_ended_at_ns=RECENT), SessionKind.OBSERVED, NOW)

    assert (judged.status, judged.reason, judged.end_reason) == (SessionStatus.FAILED, "boom", "exception")


@pytest.mark.parametrize(
    ("error_type", "status"),
    [("langgraph.errors.GraphDrained", SessionStatus.PAUSED), ("langgraph.errors.GraphInterrupt", SessionStatus.IDLE)],
)
def test_pausing_and_interrupts_are_not_failures(error_type: str, status: SessionStatus) -> None:
    interrupted = facts(root_status="waiting", root_error_type=error_type, root_ended_at_ns=RECENT)

    assert judge(interrupted, SessionKind.OBSERVED, NOW).status == status


def test_a_canceled_run_is_canceled_and_a_canceled_turn_is_not() -> None:
    canceled = facts(root_status="canceled", root_error_type="asyncio.CancelledError", root_ended_at_ns=RECENT)

    assert judge(canceled, SessionKind.OBSERVED, NOW).status == SessionStatus.CANCELED
    assert judge(canceled, SessionKind.CONVERSATION, NOW).status == SessionStatus.IDLE


def test_a_second_trace_under_way_makes_an_ended_conversation_run_again() -> None:
    busy = facts(root_status="ok", root_ended_at_ns=RECENT - 60 * S, missing_parents=1)

    judged = judge(busy, SessionKind.CONVERSATION, NOW)

    assert (judged.status, judged.since_ns) == (SessionStatus.RUNNING, RECENT - 60 * S)


def test_old_events_without_a_root_leave_a_conversation_idle_since_the_last() -> None:
    judged = judge(facts(last_activity_at_ns=OLD), SessionKind.CONVERSATION, NOW)

    assert (judged.status, judged.since_ns) == (SessionStatus.IDLE, OLD)


def test_a_root_that_never_came_is_abandoned() -> None:
    judged = judge(facts(last_activity_at_ns=OLD, missing_parents=3), SessionKind.OBSERVED, NOW)

    assert judged.status == SessionStatus.ABANDONED


def test_a_clock_far_ahead_does_not_keep_a_session_running_for_ever() -> None:
    judged = judge(facts(open_count=1, last_activity_at_ns=NOW + 10**6 * S), SessionKind.RUN, NOW)

    assert judged.due_at_ns == NOW + SILENCE_NS
