"""Velatir's published SDK, unmodified, and the wire of its n8n nodes, against a real server."""

from __future__ import annotations

import sqlite3
import threading
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from uuid import uuid4

import httpx
import orjson
import pytest
from tests.running_server import RunningServer, started
from tests.steering_http.operators import Operator, fresh, until

from sojourn.gateways.velatir.router import HUNG_UP

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it declares its models as pydantic 1 did
    import velatir

Json = dict[str, Any]
POLL_S = 0.05


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    with started(tmp_path_factory.mktemp("velatir") / "data") as running:
        yield running


@pytest.fixture
def operator(server: RunningServer) -> Operator:
    return Operator(server)


@pytest.fixture
def sdk(server: RunningServer) -> velatir.Client:
    return client_of(server)


def client_of(server: RunningServer) -> velatir.Client:
    return velatir.Client(api_key="key", base_url=f"{server.url}/velatir/api/v1", retry_backoff=0.01)


def ask(sdk: velatir.Client, **asked: Any) -> Any:
    return sdk.create_review_task_sync(**{"function_name": "refund", "args": {"order": 7, "eur": 20}, **asked})


def send(server: RunningServer, path: str, body: Any) -> httpx.Response:
    return server.post(f"/velatir/api/v1{path}", json=body)


def send_trace(server: RunningServer, session: str, **fields: Any) -> Json:
    body = {"functionName": "chat", "args": {"message": "hello"}, "metadata": {}, "sessionId": session, **fields}
    answer = send(server, "/trace", body)
    assert answer.status_code == 201, answer.text
    found: Json = answer.json()
    return found


def read_trace(server: RunningServer, trace_id: str) -> Json:
    found: Json = server.get(f"/velatir/api/v1/trace/{trace_id}")
    return found


@contextmanager
def busy(server: RunningServer) -> Iterator[None]:
    """Meanwhile nobody else can write into the ledger: whoever wants to, waits."""
    ledger = sqlite3.connect(server.data_dir / "ledger.db", isolation_level=None)
    try:
        ledger.execute("BEGIN IMMEDIATE")
        yield
        ledger.execute("ROLLBACK")
    finally:
        ledger.close()


class Listener:
    """Takes webhooks; the first ones may be answered with failures."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.bodies: list[Json] = []
        self.failures = 0


@contextmanager
def listening(failures: int = 0) -> Iterator[Listener]:
    class Taker(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = orjson.loads(self.rfile.read(int(self.headers["content-length"])))
            if listener.failures:
                listener.failures -= 1
                self.send_response(500)
            else:
                listener.bodies.append(body)
                self.send_response(200)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            return

    taker = ThreadingHTTPServer(("127.0.0.1", 0), Taker)
    listener = Listener(f"http://127.0.0.1:{taker.server_address[1]}/resume")
    listener.failures = failures
    thread = threading.Thread(target=taker.serve_forever, daemon=True)
    thread.start()
    try:
        yield listener
    finally:
        taker.shutdown()
        taker.server_close()
        thread.join()


def test_a_review_task_waits_in_the_work_center_and_is_pending_for_the_sdk(
    sdk: velatir.Client, operator: Operator
) -> None:
    asked = ask(sdk, doc="Pays money back.", llm_explanation="The parcel was lost.")

    task = operator.task(asked.review_task_id)
    assert (asked.state, asked.is_pending) == ("Pending", True)
    assert (task["kind"], task["status"], task["title"]) == ("approval", "open", "Review refund")
    assert '"order":7' in task["instructions"]
    assert "The parcel was lost." in task["instructions"]


def test_an_approval_lets_the_waiting_sdk_go_on(sdk: velatir.Client, operator: Operator) -> None:
    asked = ask(sdk)
    timer = threading.Timer(0.3, operator.complete, (asked.review_task_id, {"approved": True}))
    timer.start()

    answer = sdk.wait_for_approval_sync(asked.review_task_id, polling_interval=POLL_S, max_attempts=400)

    timer.join()
    assert (answer.state, answer.is_approved, answer.requested_change) == ("Approved", True, None)


def test_a_rejection_and_a_requested_change_deny(sdk: velatir.Client, operator: Operator) -> None:
    refused, changed = ask(sdk), ask(sdk)

    operator.complete(refused.review_task_id, {"approved": False, "reason": "too much"})
    operator.complete(changed.review_task_id, {"approved": False, "requested_change": "at most 10 EUR"})

    first = sdk.get_review_task_status_sync(refused.review_task_id)
    second = sdk.get_review_task_status_sync(changed.review_task_id)
    assert (first.state, first.is_denied) == ("Rejected", True)
    assert (second.state, second.is_denied, second.requested_change) == ("ChangeRequested", True, "at most 10 EUR")


def test_a_call_ends_on_the_timeline_as_soon_as_its_sender_knows_the_decision(
    server: RunningServer, sdk: velatir.Client, operator: Operator
) -> None:
    session = fresh("decided")
    approved, refused, open_still = (ask(sdk, metadata={"sessionId": session}) for _ in range(3))
    for asked, yes in ((approved, True), (refused, False)):
        operator.complete(asked.review_task_id, {"approved": yes})

    for asked in (approved, refused, open_still, approved):
        sdk.get_review_task_status_sync(asked.review_task_id)

    assert [call["status"] for call in calls(server, session)] == ["ok", "canceled", "waiting"]


def test_a_claimed_task_is_processing(server: RunningServer, sdk: velatir.Client) -> None:
    asked = ask(sdk)

    server.post(f"/api/v1/tasks/{asked.review_task_id}/claim")

    assert sdk.get_review_task_status_sync(asked.review_task_id).is_processing


def test_a_task_of_an_escalated_session_requires_intervention(sdk: velatir.Client, operator: Operator) -> None:
    key = fresh("escalated")
    operator.begin(key)
    asked = ask(sdk, metadata={"sessionId": key})

    operator.act(key, "escalate")

    state = sdk.get_review_task_status_sync(asked.review_task_id)
    assert (state.state, state.requires_intervention, state.is_pending) == ("RequiresIntervention", True, True)


def test_a_withdrawn_task_is_rejected(server: RunningServer, sdk: velatir.Client) -> None:
    asked = ask(sdk)

    server.post(f"/api/v1/tasks/{asked.review_task_id}/cancel", json={"reason": "not needed"})

    assert sdk.get_review_task_status_sync(asked.review_task_id).state == "Rejected"


def test_a_task_under_another_belongs_to_its_session_and_trace(sdk: velatir.Client, operator: Operator) -> None:
    """Acceptance 156: a tool use is captured as one session."""
    first = ask(sdk)
    second = ask(sdk, function_name="notify", parent_review_task_id=first.review_task_id)

    key = operator.task(first.review_task_id)["session_key"]
    calls = operator.events(key, "tool_call")
    assert operator.task(second.review_task_id)["session_key"] == key
    assert [call["name"] for call in calls] == ["refund", "notify"]
    assert calls[1]["parent_event_id"] == calls[0]["event_id"]
    assert calls[1]["trace_id"] == calls[0]["trace_id"]
    assert operator.session(key)["trace_count"] == 1


def test_a_decorated_function_runs_only_when_somebody_approves(server: RunningServer, operator: Operator) -> None:
    key = fresh("decorated")
    done: list[int] = []
    velatir.init(api_key="key", base_url=f"{server.url}/velatir/api/v1")

    @velatir.review_task(polling_interval=POLL_S, max_attempts=400, metadata={"sessionId": key})
    def refund(eur: int) -> int:
        done.append(eur)
        return eur

    def judge(verdict: bool) -> None:
        task = until(lambda: operator.tasks(key, status="open"))[0]
        operator.complete(task["id"], {"approved": verdict})

    judges = [threading.Thread(target=judge, args=(verdict,)) for verdict in (True, False)]
    judges[0].start()
    assert refund(5) == 5
    judges[0].join()
    judges[1].start()
    with pytest.raises(velatir.VelatirReviewTaskDeniedError):
        refund(500)
    judges[1].join()
    assert done == [5]


def test_errors_are_json_with_message_and_code(server: RunningServer, sdk: velatir.Client) -> None:
    with pytest.raises(velatir.VelatirAPIError) as missing:
        sdk.get_review_task_status_sync(str(uuid4()))
    with pytest.raises(velatir.VelatirAPIError) as invalid:
        ask(sdk, function_name="")

    assert (missing.value.code, missing.value.http_status) == ("not_found", 404)
    assert (invalid.value.code, invalid.value.http_status) == ("invalid", 422)
    unknown = server.post("/velatir/api/v1/nothing", json={})
    assert (unknown.status_code, set(unknown.json())) == (404, {"message", "code"})
    garbled = server.post("/velatir/api/v1/trace", content=b"{")
    assert (garbled.status_code, set(garbled.json())) == (400, {"message", "code"})


def test_traces_with_one_session_id_are_one_session_in_order(server: RunningServer, operator: Operator) -> None:
    """Acceptance 156, 157, 158, 159, 169: requests, responses and events are traces of one session, in order."""
    key = fresh("chat")

    sent = [
        send_trace(server, key, title="Ask for a refund"),
        send_trace(server, key, direction="response", args={"message": "done"}),
        send_trace(server, key, direction="signal", functionName="file_opened", args={"path": "/etc/passwd"}),
    ]

    traces = server.get(f"/api/v1/sessions/{key}/traces")["items"]
    assert [trace["trace_id"] for trace in traces] == [one["traceId"] for one in sent]
    session = operator.session(key)
    assert (session["trace_count"], session["message_count"], session["goal"]) == (3, 2, "Ask for a refund")


def test_the_direction_of_a_trace_is_stored_and_shown(server: RunningServer) -> None:
    """Acceptance 172."""
    key = fresh("directions")
    for direction in (None, "response", "signal"):
        send_trace(server, key, **({"direction": direction} if direction else {}))

    traces = server.get(f"/api/v1/sessions/{key}/traces")["items"]

    assert [trace["direction"] for trace in traces] == ["inlet", "response", "signal"]
    assert [read_trace(server, trace["trace_id"])["direction"] for trace in traces] == ["inlet", "response", "signal"]
    wrong = send(server, "/trace", {"functionName": "chat", "args": {}, "direction": "outlet"})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "invalid")


def test_a_trace_nobody_objects_to_is_received_assessed_and_completed(server: RunningServer) -> None:
    """Acceptance 171, 173."""
    sent = send_trace(server, fresh("calm"))

    found = read_trace(server, sent["traceId"])
    assert (sent["status"], sent["processedAsync"]) == ("completed", False)
    assert [step["status"] for step in found["lifecycle"]] == ["received", "assessed", "completed"]
    assert found["state"] == "Approved"


@pytest.mark.parametrize(
    ("outcome", "status", "state"),
    [({"approved": True}, "completed", "Approved"), ({"approved": False}, "rejected", "Rejected")],
)
def test_an_escalated_trace_needs_attention_until_it_is_resolved(
    server: RunningServer, operator: Operator, outcome: Json, status: str, state: str
) -> None:
    """Acceptance 161, 162, 163, 173."""
    key = fresh("escalates")
    send_trace(server, key)
    sent = send_trace(server, key, metadata={"requiresApproval": True})
    assert (sent["status"], sent["processedAsync"]) == ("escalated", True)
    assert operator.session(key)["attention"] == "awaiting_action"

    operator.complete(sent["reviewTaskId"], outcome)

    found = read_trace(server, sent["traceId"])
    assert operator.session(key)["attention"] == "none"
    assert (found["status"], found["state"]) == (status, state)
    assert [step["status"] for step in found["lifecycle"]] == ["received", "assessed", "escalated", status]


def test_assessments_of_a_trace_are_told_with_it(server: RunningServer, operator: Operator) -> None:
    """Acceptance 170, 173: an enforcer that blocks rejects the trace."""
    key = fresh("assessed")
    trace_id = send_trace(server, key)["traceId"]
    details = {"name": "Data Protector", "intent": "block", "role": "enforcer", "explanation": "a card number"}

    operator.tell({"session": key, "type": "assessment", "trace_id": trace_id, "details": details})

    found = read_trace(server, trace_id)
    assert (found["status"], found["state"]) == ("rejected", "Rejected")
    assert [(one["assessor"], one["intent"]) for one in found["assessments"]] == [("Data Protector", "block")]


def test_sessions_are_filtered_by_service_origin_and_status(server: RunningServer, operator: Operator) -> None:
    """Acceptance 165, 166, 167."""
    key = fresh("filtered")
    service, origin = fresh("copilot"), fresh("browser")
    send_trace(server, key, metadata={"service": service, "origin": origin, "userId": "ada"})

    for filter in ({"service": service}, {"origin": origin}, {"service": service, "status": "running"}):
        found = server.get("/api/v1/sessions", **filter)["items"]
        assert [session["key"] for session in found] == [key]
    assert server.get("/api/v1/sessions", service=service, status="failed")["items"] == []
    assert operator.session(key)["user_id"] == "ada"


def test_tool_calls_of_a_trace_stand_below_it(server: RunningServer, operator: Operator) -> None:
    key = fresh("tools")
    calls = [
        {"id": "c1", "type": "function", "function": {"name": "search", "arguments": {"q": "parcel"}}},
        {"name": "refund", "args": {"eur": 5}, "result": "paid"},
    ]

    trace_id = send_trace(server, key, toolCalls=calls)["traceId"]

    found = operator.events(key, "tool_call")
    assert [call["name"] for call in found] == ["search", "refund"]
    assert {call["trace_id"] for call in found} == {trace_id}
    assert operator.session(key)["trace_count"] == 1


def test_the_outcome_goes_to_the_webhook(server: RunningServer, operator: Operator) -> None:
    """Acceptance 171: whoever waits is told, and the answer did not wait for it."""
    key = fresh("hook")
    with listening(failures=1) as listener:
        sent = send_trace(server, key, webhookUrl=listener.url, metadata={"requiresApproval": True})
        assert (sent["status"], listener.bodies) == ("escalated", [])

        operator.complete(sent["reviewTaskId"], {"approved": False, "requested_change": "ask nicely"})

        told = until(lambda: listener.bodies)[0]
    assert (told["traceId"], told["reviewTaskId"]) == (sent["traceId"], sent["reviewTaskId"])
    assert (told["state"], told["requestedChange"]) == ("ChangeRequested", "ask nicely")
    noted = until(lambda: [one for one in operator.events(key, "span") if one["name"] == "webhook"])[0]
    assert (noted["status"], noted["details"]["attempts"]) == ("ok", 2)


def test_a_webhook_that_was_owed_is_sent_after_a_restart(tmp_path: Any) -> None:
    """Nobody has to ask the gateway for anything first."""
    server = RunningServer(tmp_path / "data").start()
    try:
        with listening(failures=1) as listener:
            operator, key = Operator(server), fresh("restart")
            asked = send_trace(server, key, webhookUrl=listener.url, metadata={"requiresApproval": True})
            failed = send_trace(server, key, webhookUrl=listener.url)
            until(lambda: not listener.failures)
            server.kill()
            server.start()
            operator.complete(asked["reviewTaskId"], {"approved": True})

            told = until(lambda: {one["traceId"]: one["state"] for one in listener.bodies if len(listener.bodies) == 2})
            assert told == {asked["traceId"]: "Approved", failed["traceId"]: "Approved"}
    finally:
        server.kill()


def test_a_webhook_of_a_deleted_session_is_not_sent(server: RunningServer, operator: Operator) -> None:
    key = fresh("deleted")
    with listening(failures=2) as listener:  # after which the third attempt is 4 s away
        trace_id = send_trace(server, key, webhookUrl=listener.url)["traceId"]
        until(lambda: not listener.failures)
        operator.tell({"session": key, "status": "completed"})
        assert server.request("DELETE", f"/api/v1/sessions/{operator.session(key)['id']}").status_code == 204
        time.sleep(5)

        assert listener.bodies == []
    assert server.request("GET", f"/velatir/api/v1/trace/{trace_id}").status_code == 404


def test_a_trace_is_received_until_its_assessors_have_looked(server: RunningServer, operator: Operator) -> None:
    """Acceptance 160, 173: and its sender is told no sooner."""
    hired = {"name": "cards", "kind": "rule", "role": "enforcer", "config": {"pattern": "4111", "intent": "block"}}
    assessor_id = server.post("/api/v1/assessors", json=hired).json()["id"]
    try:
        with listening() as listener:
            said = {"args": {"message": "my card is 4111"}, "webhookUrl": listener.url}
            sent = send_trace(server, fresh("assessed"), **said)

            told = until(lambda: listener.bodies)[0]
        found = read_trace(server, sent["traceId"])
    finally:
        server.request("DELETE", f"/api/v1/assessors/{assessor_id}")
    assert (sent["status"], sent["processedAsync"]) == ("received", True)
    assert (told["status"], told["state"]) == ("rejected", "Rejected")
    assert [step["status"] for step in found["lifecycle"]] == ["received", "assessed", "rejected"]
    assert [one["intent"] for one in found["assessments"]] == ["block"]


def test_watches_are_review_tasks_with_older_words(server: RunningServer, operator: Operator) -> None:
    sent = [send(server, "/watches", {"functionname": "refund", "args": {"n": n}}).json() for n in range(3)]
    first, second, third = (one["requestId"] for one in sent)
    assert {one["state"] for one in sent} == {"pending"}

    operator.complete(first, {"approved": True})
    operator.complete(second, {"approved": False})
    server.post(f"/api/v1/tasks/{third}/cancel")

    states = [server.get(f"/velatir/api/v1/watches/{one}")["state"] for one in (first, second, third)]
    assert states == ["approved", "denied", "declined"]


def test_credentials_are_tested_by_reading_the_project(server: RunningServer) -> None:
    answer = server.request("GET", "/velatir/api/v1/project", headers={"authorization": "Bearer key"})

    assert (answer.status_code, answer.json()["name"]) == (200, "default")


def test_a_request_that_the_sdk_sends_again_asks_a_human_once(server: RunningServer, operator: Operator) -> None:
    session = fresh("again")
    hasty = velatir.Client(
        api_key="key", base_url=f"{server.url}/velatir/api/v1", timeout=0.5, max_retries=1, retry_backoff=0.01
    )
    with busy(server), pytest.raises(velatir.VelatirTimeoutError):
        ask(hasty, metadata={"sessionId": session})

    asked = ask(client_of(server), metadata={"sessionId": session})

    def withdrawn() -> list[Json]:  # on a slow machine not every try reaches the server before its sender hangs up
        open_ids = [one["id"] for one in operator.tasks(session, status="open")]
        return operator.tasks(session, status="canceled") if open_ids == [asked.review_task_id] else []

    assert {one["outcome"]["reason"] for one in until(withdrawn)} == {HUNG_UP}
    assert operator.session(session)["attention"] == "awaiting_action"
    until(lambda: {call["status"] for call in calls(server, session)} == {"canceled", "waiting"})


def calls(server: RunningServer, session: str) -> list[Json]:
    found: list[Json] = server.get(f"/api/v1/sessions/{session}/events", type="tool_call")["items"]
    return found
