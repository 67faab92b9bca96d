"""Every active assessor reviews each trace as it arrives, and none of them is in its way."""

from __future__ import annotations

import time

import pytest
from tests.assessors.assessing import Assessed, Service
from tests.steering_http.operators import fresh, path_of, until


def test_every_active_assessor_reviews_each_trace_as_it_arrives(assessed: Assessed) -> None:
    """Acceptance 160. An inactive one does not."""
    assessed.hire("rule", {"pattern": "(?i)refund"}, "refunds")
    assessed.hire("rule", {"cel": "trace.error_count > 0"}, "errors")
    assessed.hire("rule", {"pattern": "."}, "asleep", is_active=False)
    key = fresh("reviewed")

    first = assessed.trace(key, "I want a REFUND")
    second = assessed.trace(key, "hello", status="error", error="it broke")

    said = {
        (name, trace): assessed.assessment(trace, name)["intent"]
        for name in ("refunds", "errors")
        for trace in (first, second)
    }
    assert said == {
        ("refunds", first): "escalate",
        ("errors", first): "allow",
        ("refunds", second): "allow",
        ("errors", second): "escalate",
    }
    assert {one["name"] for one in assessed.assessments(first)} == {"refunds", "errors"}


def test_a_trace_shows_what_each_assessor_said_of_it(assessed: Assessed) -> None:
    """Acceptance 170. On the timeline of its session, below the trace, and without a change of its times."""
    assessed.hire("rule", {"pattern": "gift card", "reason": "asks for gift cards"}, "scams")
    key = fresh("shown")
    trace_id = assessed.trace(key, "buy me a gift card")

    told = assessed.assessment(trace_id, "scams")

    (row,) = assessed.events(key, "assessment")
    assert (row["name"], row["trace_id"]) == ("scams", trace_id)
    details = row["details"]
    assert {name: details[name] for name in ("intent", "role", "explanation", "target_event_id")} == {
        "intent": "escalate",
        "role": "observer",
        "explanation": "asks for gift cards",
        "target_event_id": row["parent_event_id"],
    }
    assert (told["event_id"], told["explanation"]) == (row["event_id"], "asks for gift cards")
    (trace,) = assessed.server.get(f"{path_of(key)}/traces")["items"]
    assert (trace["duration_ms"], trace["root_event_id"]) == (0, row["parent_event_id"])
    assert assessed.session(key)["error_count"] == 0


def test_the_same_content_is_reviewed_once_and_new_content_again(assessed: Assessed) -> None:
    assessed.hire("rule", {"pattern": "second"})
    key = fresh("grows")
    trace_id = assessed.trace(key, "first")
    assert assessed.assessment(trace_id)["intent"] == "allow"
    assessed.tell({"session": key, "type": "message", "role": "user", "input": "no trace"})

    assessed.trace(key, "second", trace_id)

    until(lambda: len(assessed.assessments(trace_id)) == 2)
    time.sleep(0.6)  # turns that find nothing new
    assert sorted(one["intent"] for one in assessed.assessments(trace_id)) == ["allow", "escalate"]
    assert len({one["revision"] for one in assessed.assessments(trace_id)}) == 2


def test_an_observer_only_notes(assessed: Assessed) -> None:
    key = fresh("observed")
    assessed.hire("rule", {"pattern": "danger", "intent": "block"})

    trace_id = assessed.trace(key, "danger")

    assert assessed.assessment(trace_id)["intent"] == "block"
    assert assessed.outcome(trace_id) is None
    assert assessed.tasks(key) == []


def test_an_enforcer_that_escalates_needs_attention_until_its_review_is_completed(assessed: Assessed) -> None:
    """Acceptance 162, 163."""
    key = fresh("escalated")
    assessed.begin(key)
    assessed.hire("rule", {"pattern": "danger"}, "gate", "enforcer")

    trace_id = assessed.trace(key, "danger")
    told = assessed.assessment(trace_id, "gate")
    task = assessed.task(told["task_id"])
    waiting = assessed.session(key)["attention"]
    answer = assessed.complete(task["id"], {"approved": True})

    assert answer.status_code == 200, answer.text
    assert (task["kind"], task["status"], task["event_id"]) == (
        "review",
        "open",
        assessed.events(key, "message")[0]["event_id"],
    )
    assert (waiting, assessed.session(key)["attention"]) == ("awaiting_action", "none")


def test_the_most_restrictive_enforcer_wins(assessed: Assessed) -> None:
    """Whoever blocks leaves nothing to ask a human."""
    key = fresh("restricted")
    assessed.hire("rule", {"pattern": "danger"}, "asks", "enforcer")
    assessed.hire("rule", {"pattern": "danger", "intent": "block"}, "blocks", "enforcer")
    assessed.hire("rule", {"pattern": "never said"}, "allows", "enforcer")

    trace_id = assessed.trace(key, "danger")
    assessed.assessment(trace_id, "allows")

    assert assessed.outcome(trace_id) == "block"
    assert assessed.tasks(key) == []


def test_a_blocked_trace_flags_its_session_until_a_review_is_closed(assessed: Assessed) -> None:
    """Acceptance 161: the overall state of a session."""
    key, watched = fresh("blocked"), fresh("watched")
    assessed.hire("rule", {"pattern": "danger", "intent": "block"}, "blocks", "enforcer")
    assessed.hire("rule", {"pattern": "odd", "intent": "block"}, "only looks")

    assessed.trace(key, "danger")
    assessed.assessment(assessed.trace(watched, "odd"), "only looks")
    until(lambda: assessed.session(key)["attention"] == "flagged")
    assessed.trace(key, "and on it goes")
    found = [one["key"] for one in assessed.server.get("/api/v1/sessions", attention="flagged")["items"]]
    later = assessed.session(key)["attention"]
    review = assessed.open_task(kind="review", session=key)
    waiting = assessed.session(key)["attention"]
    assessed.complete(review["id"], {})

    assert (key in found, watched in found, later) == (True, False, "flagged")
    assert (waiting, assessed.session(key)["attention"]) == ("awaiting_action", "none")


def test_an_enforcers_word_decides_on_a_velatir_trace(assessed: Assessed) -> None:
    """Acceptance 170: who reads the trace in its own gateway is told, too."""
    assessed.hire("detector", {"intent": "block"}, "Data Protector", "enforcer")
    sent = {
        "functionName": "chat",
        "args": {"message": "my card is 4111 1111 1111 1111"},
        "sessionId": fresh("velatir"),
    }

    trace_id = assessed.server.post("/velatir/api/v1/trace", json=sent).json()["traceId"]
    assessed.assessment(trace_id, "Data Protector")

    found = assessed.server.get(f"/velatir/api/v1/trace/{trace_id}")
    assert found["status"] == "rejected"
    assert found["assessments"][0]["reasoning"] == "found: credit card"


def test_a_webhook_is_sent_the_trace_and_gives_its_verdict(assessed: Assessed, service: Service) -> None:
    assessed.hire("webhook", {"url": f"{service.url}/good"})
    key = fresh("asked")

    trace_id = assessed.trace(key, "hear me")
    told = assessed.assessment(trace_id)

    assert (told["intent"], told["explanation"], told["score"]) == ("escalate", "it sounds angry", 0.75)
    (sent,) = [body["trace"] for body in service.sent_to("/good") if body["trace"]["trace_id"] == trace_id]
    assert (sent["session_key"], sent["events"][0]["input"]) == (key, "hear me")


def test_a_judge_asks_the_model_with_its_criteria(assessed: Assessed, service: Service) -> None:
    assessed.hire("judge", {"criteria": "Nobody is angry."})

    trace_id = assessed.trace(fresh("judged"), "I am furious")
    told = assessed.assessment(trace_id)

    assert (told["intent"], told["score"]) == ("escalate", 0.75)
    sent = service.sent_to("/v1/chat/completions")[-1]
    assert sent["model"] == "judge-1"
    assert "Nobody is angry." in sent["messages"][1]["content"]
    assert "I am furious" in sent["messages"][1]["content"]


@pytest.mark.parametrize(
    ("path", "reason"),
    [("/broken", "it answered 500"), ("/nonsense", "its answer is no JSON"), ("/huge", "it answered with more than")],
)
def test_an_assessor_that_fails_is_noted_as_failed(
    assessed: Assessed, service: Service, path: str, reason: str
) -> None:
    key = fresh("failing")
    assessed.hire("webhook", {"url": f"{service.url}{path}"}, role="enforcer")
    assessed.hire("rule", {"pattern": "x"}, "steady")

    trace_id = assessed.trace(key, "xyz")
    told = assessed.assessment(trace_id)

    assert (told["intent"], told["label"]) == (None, "failed")
    assert told["explanation"].startswith(reason)
    assert assessed.assessment(trace_id, "steady")["intent"] == "escalate"
    assert (assessed.outcome(trace_id), assessed.session(key)["error_count"]) == (None, 0)


def test_a_slow_assessor_is_given_up_and_holds_up_no_ingest(assessed: Assessed, service: Service) -> None:
    assessed.hire("webhook", {"url": f"{service.url}/slow", "timeout_s": 8})
    key = fresh("slow")
    trace_id = assessed.trace(key, "first")
    until(lambda: service.sent_to("/slow"))

    assessed.trace(key, "second")

    assert len(assessed.events(key, "message")) == 2
    assert assessed.assessments(trace_id) == []  # it is being asked all the while
    assert assessed.assessment(trace_id)["explanation"] == "it said nothing within 8 s"


def test_an_expression_that_cannot_be_computed_of_a_trace_is_a_failure(assessed: Assessed) -> None:
    assessed.hire("rule", {"cel": "trace.events[9].duration_ms > 3"})

    trace_id = assessed.trace(fresh("odd"), "hello")

    assert assessed.assessment(trace_id)["label"] == "failed"
