"""Escalation over HTTP: a session in the hands of a human, and back."""

from __future__ import annotations

from tests.running_server import RunningServer
from tests.steering_http.operators import Operator, fresh
from tests.steering_http.played_runtime import PlayedRuntime


def test_an_escalation_opens_a_review(operator: Operator) -> None:
    """Acceptance 37."""
    key = fresh("escalated")
    operator.begin(key, goal="Refund order 7")

    command = operator.act(key, "escalate", reason="the customer is angry")

    told, [task] = operator.session(key), operator.tasks(key)
    assert command["status"] == "applied"
    assert (told["status"], told["waiting_on"], told["attention"]) == ("escalated", "review", "awaiting_action")
    assert told["status_reason"] == "escalated by local: the customer is angry"
    assert (task["kind"], task["title"], task["instructions"], task["status"]) == (
        "review",
        "Escalated: Refund order 7",
        "the customer is angry",
        "open",
    )


def test_completing_the_review_hands_the_session_back(operator: Operator) -> None:
    key = fresh("reviewed")
    operator.begin(key)
    operator.act(key, "escalate")
    [task] = operator.tasks(key)

    completed = operator.complete(task["id"], {"note": "it is fine"})

    told = operator.session(key)
    assert completed.status_code == 200
    assert (told["status"], told["waiting_on"], told["attention"]) == ("running", "", "none")


def test_returning_the_session_completes_the_review(operator: Operator) -> None:
    key = fresh("returned")
    operator.begin(key)
    operator.act(key, "escalate")

    command = operator.act(key, "return", reason="solved by phone")

    [task] = operator.tasks(key)
    assert (command["status"], operator.status(key)) == ("applied", "running")
    assert (task["status"], task["outcome"]) == ("completed", {"returned": True, "reason": "solved by phone"})


def test_withdrawing_the_review_leaves_the_session_with_the_human(operator: Operator) -> None:
    key = fresh("withdrawn")
    operator.begin(key)
    operator.act(key, "escalate")
    [task] = operator.tasks(key)

    operator.server.post(f"/api/v1/tasks/{task['id']}/cancel", json={"reason": "twice"})

    assert operator.status(key) == "escalated"


def test_an_escalated_session_is_canceled_with_its_review(server: RunningServer, operator: Operator) -> None:
    key = fresh("given-up")
    operator.begin(key)
    runtime = PlayedRuntime(server, key)
    operator.act(key, "escalate")

    operator.act(key, "cancel")
    runtime.obey()

    [task] = operator.tasks(key)
    assert (operator.status(key), task["status"]) == ("canceled", "canceled")


def test_only_what_is_escalated_is_returned(operator: Operator) -> None:
    key = fresh("not-escalated")
    operator.begin(key)

    answer = operator.ask(key, "return")

    assert (answer.status_code, answer.json()["code"]) == (409, "invalid_state")
