"""Work for humans over HTTP: who opens it, who is on it, and who hears what came of it."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from tests.live_reader import reading
from tests.running_server import RunningServer
from tests.steering_http.operators import Operator, fresh, until
from tests.steering_http.played_runtime import PlayedRuntime

PATTERN_TIMEOUT_S = 5  # a bounded one takes milliseconds
FORM = {"type": "object", "required": ["sum"], "properties": {"sum": {"type": "number", "minimum": 1}}}


def soon(seconds: float) -> str:
    return (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat()


def test_a_session_waits_for_its_human_and_goes_on(server: RunningServer, operator: Operator) -> None:
    """Acceptance 201, 202, 204."""
    key = fresh("asking")
    operator.begin(key)
    runtime = PlayedRuntime(server, key)

    task = operator.open_task(session=key, kind="approval", title="May I refund?", tool_call_id="call-1")
    waiting = operator.session(key)
    answered = operator.complete(task["id"], {"approved": True, "reason": "it is small", "arguments": {"sum": 5}})
    [heard] = runtime.poll(tasks=[task["id"]])["tasks"]

    assert (waiting["waiting_on"], waiting["attention"]) == ("human_task", "awaiting_action")
    assert (task["session_key"], task["tool_call_id"], task["status"]) == (key, "call-1", "open")
    assert answered.json() == heard
    assert (heard["status"], heard["completed_by"], heard["outcome"]["arguments"]) == ("completed", "local", {"sum": 5})
    assert (operator.session(key)["waiting_on"], operator.session(key)["attention"]) == ("", "none")
    [event] = until(lambda: [one for one in operator.events(key, "task") if one["status"] == "ok"])
    assert (event["tool_call_id"], event["details"]["task_id"]) == ("call-1", task["id"])


def test_a_task_of_a_workflow_belongs_to_no_session(server: RunningServer, operator: Operator) -> None:
    """Acceptance 203."""
    workflow, key = fresh("workflow"), fresh("in-session")
    operator.begin(key)
    outside = operator.open_task(source=workflow, title=f"Check {workflow}", group="finance")
    inside = operator.open_task(session=key, title=f"Also {workflow}")

    listed = server.get("/api/v1/tasks", q=workflow)

    assert [task["id"] for task in listed["items"]] == [inside["id"], outside["id"]]
    assert listed["total"] == 2
    assert (outside["session_id"], outside["source"], outside["created_by"]) == ("", workflow, workflow)
    assert [task["id"] for task in server.get("/api/v1/tasks", group="finance", q=workflow)["items"]] == [outside["id"]]


def test_an_outcome_must_fit_the_form(operator: Operator) -> None:
    task = operator.open_task(kind="manual", form=FORM)

    missing, too_small = operator.complete(task["id"], {}), operator.complete(task["id"], {"sum": 0})
    fitting = operator.complete(task["id"], {"sum": 2})

    assert (missing.status_code, too_small.status_code, fitting.status_code) == (422, 422, 200)
    assert missing.json()["message"] == "the outcome does not fit the form: 'sum' is a required property"
    assert too_small.json()["message"].startswith("the outcome does not fit the form: sum: ")


def test_an_approval_has_a_form_of_its_own(operator: Operator) -> None:
    task = operator.open_task(kind="approval")

    answer = operator.complete(task["id"], "yes")

    assert task["form"]["required"] == ["approved"]
    assert answer.status_code == 422


def test_the_same_outcome_twice_is_no_mistake_and_another_one_is(operator: Operator) -> None:
    task = operator.open_task(kind="question")

    answers = [operator.complete(task["id"], outcome) for outcome in ("Graz", "Graz", "Linz")]

    assert [answer.status_code for answer in answers] == [200, 200, 409]
    assert answers[2].json()["code"] == "task_closed"
    assert answers[2].json()["details"] == {"status": "completed", "by": "local"}
    assert operator.task(task["id"])["outcome"] == "Graz"


def test_two_humans_at_once_give_one_outcome(operator: Operator) -> None:
    task = operator.open_task(kind="question")
    answers: list[httpx.Response] = []
    threads = [
        threading.Thread(target=lambda text=text: answers.append(operator.complete(task["id"], text)))
        for text in ("Graz", "Linz")
    ]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(answer.status_code for answer in answers) == [200, 409]
    [given] = [answer.json()["outcome"] for answer in answers if answer.status_code == 200]
    assert operator.task(task["id"])["outcome"] == given


def test_a_task_is_claimed_released_and_withdrawn(server: RunningServer, operator: Operator) -> None:
    task = operator.open_task()

    claimed, again = [server.post(f"/api/v1/tasks/{task['id']}/claim").json() for _ in range(2)]
    released = server.post(f"/api/v1/tasks/{task['id']}/release").json()
    withdrawn = server.post(f"/api/v1/tasks/{task['id']}/cancel", json={"reason": "not needed"}).json()
    too_late = server.post(f"/api/v1/tasks/{task['id']}/claim")

    assert (claimed["claimed_by"], again["claimed_at"]) == ("local", claimed["claimed_at"])
    assert (released["claimed_by"], released["claimed_at"]) == ("", None)
    assert (withdrawn["status"], withdrawn["outcome"]) == ("canceled", {"reason": "not needed"})
    assert (too_late.status_code, too_late.json()["code"]) == (409, "task_closed")


def test_a_deadline_gives_the_default_outcome(operator: Operator) -> None:
    key = fresh("deadline")
    operator.begin(key)
    task = operator.open_task(
        session=key, kind="approval", deadline_at=soon(0.2), default_outcome={"approved": False, "reason": "too late"}
    )

    expired = until(lambda: (told := operator.task(task["id"]))["status"] != "open" and told)

    assert (expired["status"], expired["outcome"]) == ("expired", {"approved": False, "reason": "too late"})
    assert operator.session(key)["waiting_on"] == ""
    assert operator.complete(task["id"], {"approved": True}).json()["code"] == "task_closed"


def test_a_default_outcome_must_fit_the_form_too(server: RunningServer) -> None:
    body = {"title": "sum?", "form": FORM, "deadline_at": soon(60), "default_outcome": {}}

    assert server.post("/api/v1/tasks", json=body).status_code == 422


def test_the_same_id_opens_one_task(server: RunningServer) -> None:
    id = str(uuid4())

    first = server.post("/api/v1/tasks", json={"title": "once", "id": id})
    again = server.post("/api/v1/tasks", json={"title": "once", "id": id.upper()})

    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert first.json()["id"] == id


@pytest.mark.parametrize("waits_by_poll", [False, True])
def test_who_waits_for_a_task_hears_within_a_second(
    server: RunningServer, operator: Operator, waits_by_poll: bool
) -> None:
    task = operator.open_task(kind="question")
    runtime = PlayedRuntime(server)
    completed_at: list[float] = []

    def answer() -> None:
        operator.complete(task["id"], "Graz")
        completed_at.append(time.monotonic())

    timer = threading.Timer(0.5, answer)
    timer.start()
    if waits_by_poll:
        [heard] = runtime.poll(wait_s=20, tasks=[task["id"]])["tasks"]
    else:
        heard = server.get(f"/api/v1/tasks/{task['id']}", wait_s=20)
    heard_at = time.monotonic()

    timer.join()
    assert heard["outcome"] == "Graz"
    assert heard_at - completed_at[0] < 1


def test_waiting_ends_when_its_time_is_over(server: RunningServer, operator: Operator) -> None:
    task = operator.open_task()
    before = time.monotonic()

    told = server.get(f"/api/v1/tasks/{task['id']}", wait_s=0.5)

    assert told["status"] == "open"
    assert 0.4 < time.monotonic() - before < 5


def test_the_live_stream_tells_that_a_session_waits(server: RunningServer, operator: Operator) -> None:
    key = fresh("streamed")
    operator.begin(key)

    with reading(server.url, session=key) as live:
        operator.open_task(session=key)
        told = live.next("session.updated").data

    assert told["waiting_on"] == "human_task"


def test_tasks_are_filtered_and_paged_the_newest_first(server: RunningServer, operator: Operator) -> None:
    key = fresh("paged")
    operator.begin(key)
    made = [operator.open_task(session=key, kind=kind)["id"] for kind in ("question", "review", "manual")]
    operator.complete(made[0], "done")

    first = server.get("/api/v1/tasks", session=key, limit=2)
    second = server.get("/api/v1/tasks", session=key, limit=2, cursor=first["next_cursor"])

    assert [task["id"] for task in (*first["items"], *second["items"])] == made[::-1]
    assert (first["total"], second["next_cursor"]) == (3, None)
    assert [task["id"] for task in operator.tasks(key, status="open", kind=["review", "question"])] == [made[1]]


def test_a_task_may_come_before_its_session(operator: Operator) -> None:
    key = fresh("early")

    task = operator.open_task(session=key)
    id = operator.begin(key)

    assert task["session_id"] == id
    assert operator.session(key)["waiting_on"] == "human_task"


def nested(levels: int) -> dict[str, Any]:
    form: dict[str, Any] = {}
    for _ in range(levels):
        form = {"not": form}
    return form


@pytest.mark.parametrize(
    "fields",
    [
        {"title": ""},
        {"title": 7},
        {"title": None},
        {"kind": "chore"},
        {"unknown": 1},
        {"id": "7"},
        {"deadline_at": 1},
        {"deadline_at": "tomorrow"},
        {"deadline_at": "2026-05-01"},
        {"deadline_at": "2026-05-01T10:00:00"},
        {"deadline_at": "2026-02-30T10:00:00Z"},
        {"form": {"type": "nonsense"}},
        {"form": {"properties": {"a": {"pattern": "["}}}},
        {"form": []},
        {"form": {"$ref": "http://127.0.0.1:9/schema"}},
        {"form": {"properties": {"a": {"$ref": "#/$defs/missing"}}}},
        {"form": nested(100)},
        {"default_outcome": nested(100)},
    ],
    ids=str,
)
def test_a_task_that_makes_no_sense_is_refused(server: RunningServer, fields: dict[str, Any]) -> None:
    answer = server.post("/api/v1/tasks", json={"title": "look", **fields})

    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")


WELL_AWAY = {"not-walked": {"type": "string", "pattern": "^(?=a)"}}
CATASTROPHIC = "^(a+)+$"  # a backtracking engine tries 2 to the power of the length


@pytest.mark.parametrize(
    ("form", "outcome"),
    [
        ({"type": "string", "pattern": CATASTROPHIC}, "a" * 20_000 + "!"),
        ({"patternProperties": {CATASTROPHIC: False}, "maxProperties": 0}, {"a" * 200 + "!": 1}),
        ({"patternProperties": {CATASTROPHIC: True}, "additionalProperties": False}, {"a" * 200 + "!": 1}),
        ({"patternProperties": {CATASTROPHIC: True}, "additionalProperties": {"type": "null"}}, {"a" * 200 + "!": 1}),
        ({"propertyNames": {"pattern": CATASTROPHIC}}, {"a" * 200 + "!": 1}),
    ],
    ids=str,
)
def test_a_pattern_takes_time_in_proportion_to_the_answer(operator: Operator, form: Any, outcome: Any) -> None:
    task = operator.open_task(form=form)

    began_s = time.monotonic()
    answer = operator.complete(task["id"], outcome)

    assert answer.status_code == 422, answer.text
    assert time.monotonic() - began_s < PATTERN_TIMEOUT_S


@pytest.mark.parametrize(
    ("form", "told"),
    [
        ({"type": "string", "pattern": "^(?=a)"}, "form/pattern: '^(?=a)' is no pattern that we can use (RE2):"),
        ({"properties": {"a": {"pattern": "(.)\\1"}}}, "form/properties/a/pattern: "),
        ({"patternProperties": {"^(?!x)": {}}}, "form/patternProperties: '^(?!x)' is no pattern"),
        ({"patternProperties": {"a": {}}, "unevaluatedProperties": False}, "unevaluatedProperties beside patternProp"),
    ],
    ids=str,
)
def test_a_pattern_that_cannot_be_used_is_told_when_the_task_is_made(
    server: RunningServer, form: Any, told: str
) -> None:
    answer = server.post("/api/v1/tasks", json={"title": "look", "form": form})

    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
    assert told in answer.json()["message"]


def test_a_pattern_that_nobody_saw_is_told_when_it_is_met(operator: Operator) -> None:
    """It stands where no schema is looked for, and is referred to."""
    task = operator.open_task(form={**WELL_AWAY, "$ref": "#/not-walked"})

    answer = operator.complete(task["id"], "abc")

    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
    assert "'^(?=a)' is no pattern that we can use" in answer.json()["message"]


def test_patterns_mean_what_they_mean_elsewhere(operator: Operator) -> None:
    form = {
        "properties": {"id": {"pattern": "^[A-Z]{2}-\\d+$"}},
        "patternProperties": {"^x-": {"type": "string"}},
        "additionalProperties": False,
        "default": {"pattern": "(?=this is no pattern but a value)"},
    }
    outcomes = [
        {"id": "ab-1"},
        {"x-note": 5},
        {"other": 1},
        {"id": "AB-12", "x-note": "fine"},
    ]
    task = operator.open_task(form=form)

    answers = [operator.complete(task["id"], outcome) for outcome in outcomes]

    assert [answer.status_code for answer in answers] == [422, 422, 422, 200]
    assert "id: 'ab-1' does not match" in answers[0].json()["message"]
    assert "'other'" in answers[2].json()["message"]


def test_a_form_that_refers_to_itself_for_ever_is_told_so(operator: Operator) -> None:
    task = operator.open_task(form={"$ref": "#"})

    answer = operator.complete(task["id"], 1)

    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")


def test_a_form_may_refer_to_its_own_parts(operator: Operator) -> None:
    task = operator.open_task(form={"$defs": {"sum": {"type": "number"}}, "$ref": "#/$defs/sum"})

    answers = [operator.complete(task["id"], outcome) for outcome in ("five", 5)]

    assert [answer.status_code for answer in answers] == [422, 200]


@pytest.mark.parametrize("outcome", [None, True, 0, 2**70, 1.5, "\x00", "", [], {"a": {"b": [1]}}, nested(50)], ids=str)
def test_any_outcome_comes_back_as_it_was_given(operator: Operator, outcome: Any) -> None:
    task = operator.open_task()

    answer = operator.complete(task["id"], outcome)

    assert answer.status_code == 200
    assert operator.task(task["id"])["outcome"] == outcome


@pytest.mark.parametrize("verb", ["", "/claim", "/release", "/complete", "/cancel"])
def test_an_unknown_task_is_not_found(server: RunningServer, verb: str) -> None:
    path = f"/api/v1/tasks/{uuid4()}{verb}"

    answer = server.request("POST" if verb else "GET", path, json={} if verb else None)

    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
