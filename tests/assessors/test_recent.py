"""What assessors have said lately, across sessions: read page by page, and counted."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from tests.assessors.assessing import Assessed, Service
from tests.running_server import RunningServer
from tests.steering_http.operators import Json, fresh, path_of, until


@pytest.fixture
def assessed(server: RunningServer) -> Iterator[Assessed]:
    operator = Assessed(server)
    yield operator
    operator.dismiss()


def recent(assessed: Assessed, **parameters: Any) -> list[Json]:
    found: list[Json] = assessed.server.get("/api/v1/recent-assessments", **parameters)["items"]
    return found


def counts(assessed: Assessed, assessor: Json) -> Json:
    items = assessed.server.get("/api/v1/assessor-counts")["items"]
    return next((one for one in items if one["assessor_id"] == assessor["id"]), {})


def test_what_an_assessor_said_of_several_sessions_is_told_together(assessed: Assessed) -> None:
    one = assessed.hire("rule", {"pattern": "danger", "reason": "it says so"}, fresh("lately"))
    keys = [fresh("first"), fresh("second")]
    traces = [assessed.trace(key, text) for key, text in zip(keys, ("danger", "calm"), strict=True)]

    found = until(lambda: items if len(items := recent(assessed, assessor=one["id"])) == 2 else None)

    told = {item["trace_id"]: item for item in found}
    assert set(told) == set(traces)
    first = told[traces[0]]
    assert (first["session_key"], first["session_goal"]) == (keys[0], "danger")
    assert (first["intent"], first["explanation"], first["name"]) == ("escalate", "it says so", one["name"])
    assert [item["trace_id"] for item in recent(assessed, assessor=one["id"], outcome="escalate")] == [traces[0]]


def test_pages_follow_one_another_and_end(assessed: Assessed) -> None:
    one = assessed.hire("rule", {"pattern": "x"}, fresh("paged"))
    traces = []
    for count in range(3):
        traces.append(assessed.trace(fresh("paged"), "x"))
        until(lambda wanted=count + 1: len(recent(assessed, assessor=one["id"])) == wanted)

    assert recent(assessed, assessor=one["id"])[0]["trace_id"] == traces[-1], "the latest comes first"
    seen, cursor = [], None
    for _ in range(4):
        asked = {"assessor": one["id"], "limit": 2, **({"cursor": cursor} if cursor else {})}
        page = assessed.server.get("/api/v1/recent-assessments", **asked)
        seen += [item["event_id"] for item in page["items"]]
        if (cursor := page["next_cursor"]) is None:
            break

    assert len(seen) == len(set(seen)) == 3
    assert cursor is None


def test_an_assessor_that_fails_is_counted_with_its_reason(assessed: Assessed, service: Service) -> None:
    broken = assessed.hire("webhook", {"url": f"{service.url}/broken"}, fresh("broken"))
    sound = assessed.hire("rule", {"pattern": "."}, fresh("sound"), "enforcer")
    assessed.trace(fresh("failing"), "hello")
    assessed.trace(fresh("failing"), "hello")

    failing = until(lambda: found if (found := counts(assessed, broken)).get("failed") == 2 else None)
    speaking = until(lambda: found if (found := counts(assessed, sound)).get("escalate") == 2 else None)

    assert (failing["last_outcome"], failing["failure"]) == ("failed", "it answered 500")
    assert failing["failed_at"] == failing["last_at"] is not None
    assert (speaking["failed"], speaking["failed_at"], speaking["failure"]) == (0, None, "")
    assert speaking["median_ms"] >= 0
    failed = recent(assessed, assessor=broken["id"], outcome="failed")
    assert [(item["intent"], item["label"]) for item in failed] == [(None, "failed")] * 2


def test_new_content_of_a_trace_is_another_assessment_and_the_same_is_none(assessed: Assessed) -> None:
    one = assessed.hire("rule", {"pattern": "second"}, fresh("grown"))
    key = fresh("grows")
    trace_id = assessed.trace(key, "first")
    until(lambda: counts(assessed, one).get("allow") == 1)

    assessed.trace(key, "second", trace_id)

    until(lambda: (counts(assessed, one).get("allow"), counts(assessed, one).get("escalate")) == (1, 1))
    assert counts(assessed, one)["last_outcome"] == "escalate"


def test_a_deleted_session_leaves_no_recent_assessments(assessed: Assessed) -> None:
    one = assessed.hire("rule", {"pattern": "x"}, fresh("gone"))
    key = fresh("gone")
    assessed.trace(key, "x")
    until(lambda: recent(assessed, assessor=one["id"]))

    assessed.begin(key, "completed")
    assessed.server.request("DELETE", path_of(key)).raise_for_status()

    until(lambda: recent(assessed, assessor=one["id"]) == [])
    until(lambda: counts(assessed, one) == {})


def test_a_deleted_assessors_words_stay(assessed: Assessed) -> None:
    one = assessed.hire("rule", {"pattern": "x"}, fresh("fired"))
    assessed.trace(fresh("fired"), "x")
    until(lambda: recent(assessed, assessor=one["id"]))

    assessed.server.request("DELETE", f"/api/v1/assessors/{one['id']}").raise_for_status()

    assert [item["name"] for item in recent(assessed, assessor=one["id"])] == [one["name"]]


@pytest.mark.parametrize(
    "parameters", [{"outcome": "angry"}, {"assessor": "x"}, {"limit": 0}, {"cursor": "nonsense"}], ids=str
)
def test_what_cannot_be_asked_for_is_told(server: RunningServer, parameters: Json) -> None:
    answer = server.request("GET", "/api/v1/recent-assessments", params=parameters)

    assert answer.status_code in (404, 422)
    assert answer.json()["message"]


def test_a_rule_may_speak_of_everything_that_a_trace_has(assessed: Assessed, service: Service) -> None:
    """What a webhook is sent is what a rule is given."""
    before = len(service.sent_to("/fields"))
    assessed.hire("webhook", {"url": f"{service.url}/fields"}, fresh("fields"))
    assessed.trace(fresh("fields"), "hello")
    sent = until(lambda: found[0] if (found := service.sent_to("/fields")[before:]) else None)

    for name in sent["trace"]:
        assessed.hire("rule", {"cel": f"type(trace.{name}) == int"}, fresh("speaks"), is_active=False)


def test_a_rule_that_speaks_of_something_else_is_refused(assessed: Assessed) -> None:
    sent = {"name": "wrong", "kind": "rule", "config": {"cel": "trace.cost > 1.0"}}

    answer = assessed.server.post("/api/v1/assessors", json=sent)

    assert (answer.status_code, answer.json()["message"]) == (422, "config.cel: 'trace' has no 'cost'")
