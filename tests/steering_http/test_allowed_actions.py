"""What may be asked of a session in each of its states, told by the session and kept by the server."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.running_server import RunningServer
from tests.steering_http.operators import Operator, fresh, seconds_ago
from tests.steering_http.played_runtime import PlayedRuntime

VERBS = ["pause", "resume", "cancel", "reset", "compact", "escalate", "return", "archive", "unarchive"]
ALL = {*VERBS, "export", "delete"}
# Protocols.md §2, "Allowed actions", by state and kind; and "return", the way back from "escalated".
ALLOWED = {
    ("pending", "run"): {"cancel", "export"},
    ("running", "run"): {"pause", "cancel", "escalate", "export"},
    ("idle", "run"): {"pause", "cancel", "reset", "compact", "escalate", "export"},
    ("idle", "conversation"): {"pause", "cancel", "reset", "compact", "escalate", "export", "delete"},
    ("pausing", "run"): {"resume", "cancel", "export"},
    ("paused", "run"): {"resume", "cancel", "reset", "compact", "export"},
    ("canceling", "run"): {"export"},
    ("escalated", "run"): {"cancel", "compact", "return", "export"},
    ("completed", "run"): {"archive", "export", "delete"},
    ("completed", "conversation"): {"reset", "compact", "archive", "export", "delete"},
    ("failed", "run"): {"archive", "export", "delete"},
    ("failed", "conversation"): {"reset", "compact", "archive", "export", "delete"},
    ("canceled", "run"): {"archive", "export", "delete"},
    ("canceled", "conversation"): {"reset", "compact", "archive", "export", "delete"},
    ("abandoned", "run"): {"archive", "export", "delete"},
    ("abandoned", "conversation"): {"reset", "compact", "archive", "export", "delete"},
}
# Asking for what is so already is accepted and changes nothing.
ALREADY = {
    "pause": {"pausing", "paused"},
    "resume": {"running", "idle"},
    "cancel": {"canceling", "canceled"},
    "escalate": {"escalated"},
    "unarchive": {"completed", "failed", "canceled", "abandoned"},
}


def reach(operator: Operator, key: str, kind: str, state: str) -> None:
    """Brings a session with a runtime that can do everything into a state."""
    started: dict[str, Callable[[], object]] = {
        "pausing": lambda: operator.act(key, "pause"),
        "canceling": lambda: operator.act(key, "cancel"),
        "escalated": lambda: operator.act(key, "escalate"),
        "paused": lambda: operator.act(key, "pause"),
        "canceled": lambda: operator.act(key, "cancel"),
    }
    if state == "abandoned":
        operator.begin(key, "abandoned", kind)
    elif state in started:
        operator.begin(key, "running", kind)
    else:
        operator.begin(key, state, kind)
    runtime = PlayedRuntime(operator.server, key, tools_in_flight=1 if state in ("pausing", "canceling") else 0)
    if state in started:
        started[state]()
        runtime.obey()
    assert operator.status(key) == state


@pytest.mark.parametrize(("state", "kind"), ALLOWED)
def test_a_session_tells_what_it_allows_and_why_not_the_rest(operator: Operator, state: str, kind: str) -> None:
    """Acceptance 190, 193, 211, 214."""
    key = fresh(state)

    reach(operator, key, kind, state)

    told = operator.session(key)
    assert set(told["allowed_actions"]) == ALLOWED[state, kind]
    assert set(told["refused_actions"]) == ALL - ALLOWED[state, kind]
    assert all(told["refused_actions"].values())


@pytest.mark.parametrize(("state", "kind"), ALLOWED)
def test_what_is_not_allowed_is_refused_with_what_is(operator: Operator, state: str, kind: str) -> None:
    key = fresh(state)
    reach(operator, key, kind, state)
    told = operator.session(key)

    for verb in sorted(set(VERBS) - ALLOWED[state, kind]):
        answer = operator.ask(key, verb)

        if state in ALREADY.get(verb, ()):
            assert (answer.status_code, answer.json()["command"]["changed"]) == (202, False), verb
            continue
        assert (answer.status_code, answer.json()["code"]) == (409, "invalid_state"), verb
        assert answer.json()["allowed"] == told["allowed_actions"]
        assert answer.json()["message"] == told["refused_actions"][verb]
    assert operator.status(key) == state


def test_nobody_resumes_a_canceled_session(server: RunningServer, operator: Operator) -> None:
    """Acceptance 211."""
    key = fresh("for-ever")
    reach(operator, key, "run", "canceled")

    answer = operator.ask(key, "resume")
    operator.tell({"session": key, "status": "running"})

    assert answer.status_code == 409
    assert answer.json()["message"] == "a session that is canceled cannot be resumed"
    assert operator.status(key) == "canceled"


def test_a_session_that_falls_silent_is_abandoned(operator: Operator) -> None:
    """Acceptance 36."""
    key = fresh("silent")

    operator.begin(key, "running", "run", at=seconds_ago(3_600))

    told = operator.session(key)
    assert (told["status"], told["end_reason"], told["status_evidence"]) == (
        "abandoned",
        "heartbeat_timeout",
        "inferred",
    )
    assert told["status_reason"] == "no heartbeat and no event for 300 s"


@pytest.mark.parametrize(("status", "end_reason"), [("completed", ""), ("failed", "exception"), ("idle", "")])
def test_a_sender_says_how_its_session_stands(operator: Operator, status: str, end_reason: str) -> None:
    """Acceptance 33, 34, 35."""
    key = fresh(status)
    operator.begin(key)

    operator.tell({"session": key, "status": status, "status_reason": "it said so"})

    told = operator.session(key)
    assert (told["status"], told["status_reason"], told["end_reason"]) == (status, "it said so", end_reason)


def test_an_archived_session_stays_readable_until_it_goes_on(server: RunningServer, operator: Operator) -> None:
    """Acceptance 38."""
    key = fresh("archived")
    operator.begin(key, "completed")
    operator.say(key, "hello there")

    command = operator.act(key, "archive", reason="old")
    again = operator.act(key, "archive")
    archived = operator.session(key)
    listed = [server.get("/api/v1/sessions", q=key, archived=flag)["total"] for flag in ("true", "false")]
    operator.act(key, "unarchive")
    brought_back = operator.session(key)

    assert (command["status"], command["changed"], again["changed"]) == ("applied", True, False)
    assert archived["archived_at"] is not None
    assert "unarchive" in archived["allowed_actions"]
    assert archived["refused_actions"]["archive"] == "it is archived already"
    assert listed == [1, 0]
    assert operator.texts(key) == ["hello there"]
    assert brought_back["archived_at"] is None


def test_what_goes_on_is_no_archive(operator: Operator) -> None:
    key = fresh("goes-on")
    operator.begin(key, "completed")
    operator.act(key, "archive")

    operator.tell({"session": key, "status": "running"})

    assert operator.session(key)["archived_at"] is None


def test_an_unknown_session_is_not_found_and_an_unknown_verb_is_invalid(operator: Operator) -> None:
    key = fresh("verbs")
    operator.begin(key)

    unknown_session, unknown_verb = operator.ask(fresh("nobody"), "pause"), operator.ask(key, "explode")

    assert (unknown_session.status_code, unknown_session.json()["code"]) == (404, "not_found")
    assert (unknown_verb.status_code, unknown_verb.json()["code"]) == (422, "invalid")


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[]",
        b'"pause"',
        b'{"reason": 7}',
        b'{"reason": "\\ud800"}',
        b'{"keep_turns": NaN}',
        b'{"keep_turns": 0}',
        b'{"keep_turns": 1.5}',
        b'{"cascade": 1}',
        b'{"id": "7"}',
        b'{"unknown": 1}',
        b"\xff\xfe",
    ],
)
def test_a_body_that_makes_no_sense_is_refused(operator: Operator, body: bytes) -> None:
    key = fresh("bodies")
    operator.begin(key)

    answer = operator.server.post(
        f"/api/v1/sessions/{key}/actions/escalate", content=body, headers={"content-type": "application/json"}
    )

    assert answer.status_code in (400, 422)
    assert answer.json()["code"] in ("bad_request", "invalid")
    assert operator.status(key) == "running"


def test_a_nul_in_a_reason_is_kept_as_another_character(operator: Operator) -> None:
    key = fresh("nul")
    operator.begin(key)

    command = operator.act(key, "escalate", reason="before\x00after")

    assert command["reason"] == "before\ufffdafter"
