"""A session's page in a real browser: what is seen, what is asked of it, and how it holds up when there is much."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import pytest
from playwright.sync_api import Locator, Page, Request, Response, expect
from tests.browser.opened_pages import faults
from tests.running_server import RunningServer, started
from tests.steering_http.operators import until

pytestmark = pytest.mark.xdist_group("browser")
CLAUDE = "196820da-1026-4b6f-a513-a6aae42da1a6"
MATHS = "trace:c60958e12a31f7bd1b19cc94b0a96dbe"  # a coordinator that asks a specialist
REFUND = "shop:refund/4711"
SPECIALIST = "shop:specialist"
TABS = {  # by what is seen when they have come
    "conversation": "message-assistant",
    "timeline": "event-panel",
    "agents": "handoffs",
    "context": "context-panel",
    "metrics": "metric-cost",
    "state": "variables",
    "traces": "trace-panel",
}
STATUSES = ["pending", "running", "pausing", "paused", "canceling", "completed", "failed", "canceled", "escalated"]
TYPES = {
    "Model calls": {"llm_call"},
    "Tool calls": {"tool_call", "tool_result"},
    "Reasoning": {"reasoning"},
    "Handoffs": {"handoff"},
    "Decisions": {"decision", "guardrail_eval", "signal", "assessment"},
    "State": {"state_change"},
}
EVERY_TYPE = {type for types in TYPES.values() for type in types}
SAMPLES_TIMEOUT_S = 240
LIVE_MS = 30_000
JUMP_MS = 30_000  # to any place of a long timeline, on a machine that does much else
BIG_ROWS = 100_000
BATCH = 5_000
PART_BYTES = 1_000_000  # far more than a part of a long content, far less than the whole
SMOOTH_MS = 34  # two frames
SCROLL = """async () => {
    const rows = document.querySelector('[data-testid="timeline-rows"]');
    const took = [];
    let last = performance.now();
    for (let frame = 0; frame < 90; frame += 1) {
        rows.scrollTop += 900;
        await new Promise(requestAnimationFrame);
        took.push(performance.now() - last);
        last = performance.now();
    }
    return took.sort((one, other) => one - other);
}"""


def at(second: float, start: float) -> str:
    return datetime.fromtimestamp(start + second, UTC).isoformat().replace("+00:00", "Z")


def post(server: RunningServer, records: list[dict[str, Any]]) -> None:
    for first in range(0, len(records), BATCH):
        lines = "\n".join(json.dumps(record) for record in records[first : first + BATCH])
        sent = server.post("/api/v1/events", content=lines, headers={"content-type": "application/x-ndjson"})
        assert sent.status_code < 300, sent.text


def refund_events(start: float) -> list[dict[str, Any]]:
    """One event of each kind that the page draws."""
    bill = [{"role": "user", "parts": [{"type": "text", "content": "My order **4711** came broken."}]}]
    thought = {"type": "reasoning", "content": "It is over the limit: a human must decide."}
    said = {
        "type": "text",
        "content": "I can **refund** that.\n\n```python\nrefund('4711')\n```\n<img src=x onerror=alert(1)>",
    }
    layers = [
        {"name": "trim", "duration_ms": 12, "messages_in": 40, "messages_out": 22},
        {"name": "rank", "duration_ms": 64, "messages_in": 22, "messages_out": 20},
    ]
    told: list[dict[str, Any]] = [
        {"type": "message", "role": "system", "input": "You are a support agent.", "agent_id": "support"},
        {"type": "message", "role": "user", "input": "My order **4711** came broken."},
        {"type": "decision", "details": {"decision": "route to billing", "reason": "a refund", "policy": "routing-v2"}},
        {"type": "guardrail_eval", "details": {"guardrail": "pii", "result": "passed", "score": 0.02}},
        {"type": "handoff", "details": {"from": "support", "to": "billing", "context": {"order": "4711"}}},
        {"type": "llm_call", "model": "gpt-4o-2024-08-06", "model_requested": "gpt-4o", "provider": "openai", "s": 3,
         "input": bill, "output": [{"role": "assistant", "parts": [thought, said]}], "agent_id": "billing",
         "input_tokens": 1_200, "output_tokens": 160, "cache_read_tokens": 800, "reasoning_tokens": 60},
        {"type": "tool_call", "tool_name": "refund", "tool_call_id": "call-refund", "input": {"amount_usd": 40},
         "status": "waiting", "agent_id": "billing"},
        {"type": "state_change", "details": {"variable": "stage", "old": "triage", "new": "billing"}},
        {"type": "state_change", "details": {"variable": "stage", "old": "billing", "new": "refunding"}},
        {"type": "tool_call", "tool_name": "ask_specialist", "tool_call_id": "call-spec", "input": {"q": "fragile?"},
         "output": "yes", "s": 8, "agent_id": "billing"},
        {"type": "error", "name": "gateway timeout", "status": "error", "error": "no answer in 5 s",
         "error_type": "TimeoutError"},
        {"type": "span", "name": "context pipeline", "s": 0.3,
         "details": {"pipeline": {"name": "chat", "layers": layers}}},
        {"type": "llm_call", "model": "claude-sonnet-4-5", "provider": "anthropic", "s": 9, "agent_id": "billing",
         "input": [*bill, {"role": "user", "parts": [{"type": "text", "content": "Hello?"}]}],
         "output": "One moment please.", "input_tokens": 2_400, "output_tokens": 30, "cache_read_tokens": 1_200},
        {"type": "signal", "name": "frustrated user", "details": {"detector": "sentiment", "score": 0.91}},
        {"type": "assessment", "name": "politeness", "details": {"name": "politeness", "label": "good", "score": 0.8}},
        {"type": "reasoning", "output": "Wait for the human.", "agent_id": "billing"},
    ]  # fmt: skip
    events = []
    for place, one in enumerate(told):
        lasts_s = one.pop("s", None)
        event = {"session": REFUND, "event_id": f"refund-{place}", "started_at": at(place * 10, start), "seq": place}
        ended = {} if lasts_s is None else {"ended_at": at(place * 10 + lasts_s, start)}
        trace = "refund-a" if place < 9 else "refund-b"
        events.append({"agent_id": "support", **event, **ended, "trace_id": trace, **one})
    return events


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    with started(tmp_path_factory.mktemp("detail") / "data", "--demo") as running:
        start = time.time() - 900
        described = {
            "session": REFUND, "kind": "conversation", "goal": "Refund order 4711", "agent_id": "support",
            "channel": "telegram", "environment": "production", "status": "running",
            "metadata": {"region": "eu-west-1"},
            "prompt_template": "Help {{name}}", "prompt_inputs": {"name": "Mrs Jones"},
        }  # fmt: skip
        post(running, [described, *refund_events(start)])
        called = {"session": SPECIALIST, "goal": "Is a lamp fragile?", "parent": REFUND, "status": "completed"}
        post(
            running,
            [
                called,
                {
                    "session": SPECIALIST,
                    "type": "message",
                    "role": "user",
                    "input": "fragile?",
                    "started_at": at(92, start),
                },
            ],
        )
        task = {"session": REFUND, "tool_call_id": "call-refund", "kind": "approval", "title": "Approve $40"}
        running.post("/api/v1/tasks", json=task).raise_for_status()
        for key in (CLAUDE, MATHS):
            address = f"/api/v1/sessions/{quote(key, safe='')}"
            until(lambda: running.request("GET", address).status_code == 200, SAMPLES_TIMEOUT_S)  # noqa: B023
        yield running


@pytest.fixture(scope="module")
def page_options() -> dict[str, Any]:
    return {"permissions": ["clipboard-read", "clipboard-write"]}


def path(key: str, **search: str) -> str:
    query = "&".join(f"{name}={quote(value, safe='')}" for name, value in search.items())
    return f"/sessions/{quote(key, safe='')}" + (f"?{query}" if query else "")


def panel(page: Page) -> Locator:
    return page.get_by_test_id("event-panel")


class Runtime(threading.Thread):
    """Plays the process that runs an agent: it polls, obeys at a safe point, and sends receipts."""

    def __init__(self, server: RunningServer, key: str, *, status: str = "running", tools_in_flight: int = 0) -> None:
        super().__init__(daemon=True)
        self.server, self.key, self.tools_in_flight, self.is_over = server, key, tools_in_flight, False
        self.state = status
        self.obeyed: list[str] = []
        self.messages = 12
        post(
            server,
            [{"session": key, "kind": "conversation", "status": status, "agent_id": "worker", "goal": f"Steer {key}"}],
        )

    def run(self) -> None:
        url = f"/api/v1/runtimes/{uuid4()}/poll"
        waiting: list[dict[str, Any]] = []
        receipts: list[dict[str, Any]] = []
        while not self.is_over:
            held = {
                "session": self.key,
                "verbs": ["pause", "resume", "cancel", "reset", "compact"],
                "state": self.state,
                "tools_in_flight": self.tools_in_flight,
            }
            body = {
                "runtime": {"name": "test"},
                "sessions": [held],
                "known": [one["id"] for one in waiting],
                "receipts": receipts,
                "wait_s": 0.2,
            }
            answer = self.server.post(url, json=body).json()
            waiting += answer["commands"]
            receipts = [self._obey(one) for one in waiting if self._can_obey(one["verb"])]
            waiting = [one for one in waiting if one["id"] not in {receipt["command_id"] for receipt in receipts}]
            time.sleep(0.05)

    def _can_obey(self, verb: str) -> bool:
        return verb not in {"pause", "cancel"} or self.tools_in_flight == 0

    def _obey(self, command: dict[str, Any]) -> dict[str, Any]:
        verb, before = command["verb"], self.messages
        self.obeyed.append(verb)
        self.state = {"pause": "paused", "resume": "running", "cancel": "canceled"}.get(verb, self.state)
        self.messages = {"reset": 0, "compact": 3}.get(verb, before)
        detail = {"messages_before": before, "messages_after": self.messages}
        return {
            "command_id": command["id"],
            "outcome": "applied",
            "detail": detail if verb in {"reset", "compact"} else {},
        }


@pytest.fixture
def runtime(server: RunningServer) -> Iterator[Callable[..., Runtime]]:
    playing: list[Runtime] = []

    def play(key: str, **given: Any) -> Runtime:
        one = Runtime(server, key, **given)
        one.start()
        playing.append(one)
        until(lambda: server.get(f"/api/v1/sessions/{quote(key, safe='')}")["controllable"])
        return one

    yield play
    for one in playing:
        one.is_over = True
        one.join(10)


def confirm(page: Page, action: str) -> Locator:
    page.get_by_test_id(f"action-{action}").click()
    asked = page.get_by_test_id("confirmation")
    expect(asked).to_be_visible()
    return asked


def test_the_page_shows_where_it_is_what_it_is_and_what_can_be_done_above_the_tabs(page: Page) -> None:
    """Acceptance 13, 26-30, 85-90."""
    page.goto(path(REFUND))

    expect(page.get_by_role("navigation", name="Breadcrumb")).to_contain_text(REFUND)
    info = page.get_by_test_id("info-bar")
    facts = {
        "Agent": "support",
        "Channel": "telegram",
        "Environment": "production",
        "Messages": r"\d",
        "Tokens": "3.8k",
    }
    facts |= {"Cost": r"\$0\.\d+", "Created": r"\d{4}", "Duration": r"\d", "Traces": "2"}
    for title, value in facts.items():
        expect(info.locator("div", has=page.get_by_text(title, exact=True)).locator("dd")).to_have_text(
            re.compile(value)
        )
    expect(page.get_by_test_id("because")).to_contain_text(re.compile("running since .* because .* declared"))
    bar = page.get_by_test_id("action-bar").bounding_box()
    tabs = page.get_by_role("tablist").bounding_box()
    assert bar
    assert tabs
    assert bar["y"] < tabs["y"]


def test_the_summary_tells_the_resolved_prompt_and_the_environment_configuration(page: Page) -> None:
    """Acceptance 57, 196."""
    page.goto(path(REFUND))
    page.get_by_test_id("more-facts").click()

    expect(page.get_by_test_id("resolved-prompt")).to_contain_text("Help Mrs Jones")
    expect(page.get_by_test_id("facts")).to_contain_text("eu-west-1")


def test_every_status_is_shown(page: Page, server: RunningServer) -> None:
    """Acceptance 193."""
    post(server, [{"session": f"status:{status}", "status": status, "agent_id": "worker"} for status in STATUSES])

    for status in STATUSES:
        page.goto(path(f"status:{status}"))
        expect(page.get_by_test_id("info-bar").locator(f'[data-status="{status}"]')).to_be_visible()


def test_a_session_without_a_runtime_says_why_it_cannot_be_steered(page: Page) -> None:
    page.goto(path(REFUND))

    expect(page.get_by_test_id("not-controllable")).to_contain_text("no runtime listens for it")
    pause = page.get_by_test_id("action-pause")
    expect(pause).to_have_attribute("aria-disabled", "true")
    expect(pause).to_have_accessible_description(re.compile("no runtime listens"))
    pause.hover()
    expect(page.get_by_role("tooltip")).to_contain_text("no runtime listens")


def test_pausing_waits_for_the_running_tool_call_and_resumes_from_the_header_and_in_place(
    page: Page, runtime: Callable[..., Runtime]
) -> None:
    """Acceptance 193, 194, 207-210."""
    agent = runtime("steer:pause", tools_in_flight=1)
    page.goto(path("steer:pause"))
    page.get_by_test_id("action-pause").click()

    expect(page.get_by_test_id("progress")).to_contain_text(
        "waiting for the agent to finish 1 tool call", timeout=LIVE_MS
    )
    expect(page.get_by_test_id("info-bar")).to_contain_text("pausing")
    agent.tools_in_flight = 0
    expect(page.get_by_test_id("info-bar")).to_contain_text("paused", timeout=LIVE_MS)
    expect(page.get_by_test_id("toast").filter(has_text="Paused")).to_be_visible()
    entry = page.get_by_test_id("control-entry")
    expect(entry).to_contain_text("Pause", timeout=LIVE_MS)
    entry.get_by_test_id("resume-in-place").click()
    expect(page.get_by_test_id("info-bar")).to_contain_text("running", timeout=LIVE_MS)
    expect(page.locator('[data-testid="control-entry"][data-verb="resume"]')).to_be_visible(timeout=LIVE_MS)

    page.get_by_test_id("action-pause").click()
    expect(page.get_by_test_id("info-bar")).to_contain_text("paused", timeout=LIVE_MS)
    page.get_by_role("tab", name="Timeline").click()
    expect(page.get_by_test_id("timeline-rows").get_by_test_id("resume-in-place")).to_be_visible(timeout=LIVE_MS)
    page.get_by_test_id("action-resume").click()
    expect(page.get_by_test_id("info-bar")).to_contain_text("running", timeout=LIVE_MS)
    until(lambda: len(agent.obeyed) >= 4)
    assert agent.obeyed == ["pause", "resume", "pause", "resume"]


def test_canceling_asks_first_and_is_for_ever(page: Page, runtime: Callable[..., Runtime]) -> None:
    """Acceptance 193, 194, 209, 211, 212."""
    agent = runtime("steer:cancel", tools_in_flight=2)
    page.goto(path("steer:cancel"))
    asked = confirm(page, "cancel")
    expect(asked).to_contain_text("cannot be resumed")
    asked.get_by_label("Reason").fill("wrong order")
    page.get_by_test_id("confirm").click()

    expect(page.get_by_test_id("progress")).to_contain_text("Canceling", timeout=LIVE_MS)
    agent.tools_in_flight = 0
    expect(page.get_by_test_id("info-bar")).to_contain_text("canceled", timeout=LIVE_MS)
    expect(page.get_by_test_id("because")).to_contain_text("wrong order")
    expect(page.get_by_test_id("action-pause")).to_have_accessible_description(re.compile("canceled"))


def test_reset_and_compact_ask_first_and_differ_in_what_is_left(
    page: Page, server: RunningServer, runtime: Callable[..., Runtime]
) -> None:
    """Acceptance 91, 92, 100, 109, 110, 113."""
    runtime("steer:memory", status="idle")
    start = time.time() - 60
    said = [
        {
            "session": "steer:memory",
            "type": "message",
            "role": role,
            "input": f"{role} says {turn}",
            "started_at": at(turn * 2 + place, start),
        }
        for turn in range(6)
        for place, role in enumerate(["user", "assistant"])
    ]
    post(server, said)
    page.goto(path("steer:memory", tab="context"))
    memory = page.get_by_test_id("memory-now")
    expect(memory).to_contain_text("12 messages")
    asked = confirm(page, "compact")
    asked.get_by_label("Turns that stay").fill("1")
    page.get_by_test_id("confirm").click()
    expect(page.get_by_test_id("toast")).to_contain_text("12 messages became 3", timeout=LIVE_MS)
    expect(memory).to_contain_text("with a summary", timeout=LIVE_MS)
    page.get_by_role("tab", name="Conversation").click()
    expect(page.get_by_test_id("marker-compaction")).to_be_visible(timeout=LIVE_MS)

    confirm(page, "reset")
    page.get_by_test_id("confirm").click()

    def is_marked() -> bool:
        page.get_by_test_id("messages").press("End")  # only what is in sight is drawn
        return page.get_by_test_id("marker-reset").is_visible()

    until(is_marked)
    page.get_by_role("tab", name="Context").click()
    expect(memory).to_contain_text("0 messages", timeout=LIVE_MS)
    page.get_by_role("tab", name="Metrics").click()
    expect(page.get_by_test_id("metric-compactions")).to_contain_text("1")
    expect(page.get_by_test_id("metric-resets")).to_contain_text("1")


def test_archiving_can_be_undone_and_escalating_hands_over(page: Page, server: RunningServer) -> None:
    post(server, [{"session": "steer:archive", "status": "completed"}, {"session": "steer:human", "status": "running"}])
    page.goto(path("steer:archive"))
    page.get_by_test_id("action-archive").click()
    page.get_by_test_id("toast").get_by_role("button", name="Undo").click()
    expect(page.get_by_test_id("action-archive")).to_be_enabled()

    page.goto(path("steer:human"))
    confirm(page, "escalate").get_by_label("Reason").fill("needs a person")
    page.get_by_test_id("confirm").click()
    expect(page.get_by_test_id("info-bar")).to_contain_text("escalated", timeout=LIVE_MS)
    page.get_by_test_id("action-return").click()
    expect(page.get_by_test_id("info-bar")).to_contain_text("running", timeout=LIVE_MS)


def test_deleting_warns_suggests_an_export_and_removes_the_session(page: Page, server: RunningServer) -> None:
    """Acceptance 93, 94, 112."""
    post(
        server,
        [
            {"session": "gone:one", "status": "completed"},
            {"session": "gone:one", "type": "message", "role": "user", "input": "keep me"},
        ],
    )
    page.goto(path("gone:one"))
    asked = confirm(page, "delete")
    expect(asked).to_contain_text("cannot be undone")
    with page.expect_download() as download:
        asked.get_by_role("link", name="Export JSONL").click()
    assert "keep me" in Path(download.value.path()).read_text()
    page.get_by_test_id("confirm").click()

    expect(page).to_have_url(re.compile("/sessions$"))
    assert server.request("GET", "/api/v1/sessions/gone%3Aone").status_code == 404


def test_a_session_that_somebody_else_deletes_says_so(page: Page, server: RunningServer) -> None:
    post(server, [{"session": "gone:two", "status": "completed"}])
    page.goto(path("gone:two"))
    expect(page.get_by_test_id("info-bar")).to_be_visible()
    expect(page.get_by_test_id("live-state")).to_have_text("Live")
    server.request("DELETE", "/api/v1/sessions/gone%3Atwo").raise_for_status()

    expect(page.get_by_test_id("gone")).to_be_visible(timeout=LIVE_MS)


def test_a_session_that_merged_into_another_is_followed_there(page: Page, server: RunningServer) -> None:
    trace = uuid4().hex

    def span(span_id: str, parent: str, *named: str) -> dict[str, Any]:
        attributes = [{"key": "session.id", "value": {"stringValue": name}} for name in named]
        attributes.append({"key": "gen_ai.operation.name", "value": {"stringValue": "chat"}})
        now = time.time_ns()
        one = {
            "traceId": trace,
            "spanId": span_id,
            "parentSpanId": parent,
            "name": "chat",
            "kind": 1,
            "attributes": attributes,
            "startTimeUnixNano": str(now),
            "endTimeUnixNano": str(now + 10**6),
        }
        return {"resourceSpans": [{"scopeSpans": [{"spans": [one]}]}]}

    server.post("/v1/traces", json=span("a" * 16, "b" * 16)).raise_for_status()
    page.goto(path(f"trace:{trace}", tab="timeline"))
    expect(page.get_by_test_id("info-bar")).to_be_visible()
    expect(page.get_by_test_id("live-state")).to_have_text("Live")
    server.post("/v1/traces", json=span("b" * 16, "", "merged:home")).raise_for_status()

    expect(page.get_by_role("navigation", name="Breadcrumb")).to_contain_text("merged:home", timeout=LIVE_MS)
    expect(page).to_have_url(re.compile("tab=timeline"))


def test_messages_look_like_who_said_them_and_tell_when(page: Page) -> None:
    """Acceptance 11, 96-98, 101."""
    page.goto(path(REFUND))
    user, assistant, system = (page.get_by_test_id(f"message-{role}").first for role in ("user", "assistant", "system"))

    expect(system).to_have_css("text-align", "center")
    expect(system).to_have_css("font-style", "italic")
    expect(assistant).to_have_css("border-left-width", "3px")
    assert assistant.evaluate("box => getComputedStyle(box).borderLeftColor") != user.evaluate(
        "box => getComputedStyle(box).borderLeftColor"
    )
    expect(user).to_have_css("background-color", "rgb(243, 244, 247)")
    expect(assistant.locator("strong")).to_have_text("refund")
    expect(assistant.locator("pre code")).to_contain_text("refund('4711')")
    expect(page.locator("img[src=x]")).to_have_count(0)
    expect(page.locator(".message:not(:has([data-testid=message-time]))")).to_have_count(0)
    expect(page.get_by_test_id("message-time").first).to_have_attribute("title", re.compile(r"\d{4}-\d\d-\d\dT"))


def test_a_tool_call_opens_and_leads_to_its_task_and_to_the_session_it_called(page: Page) -> None:
    """Acceptance 42, 99, 197, 200, 202, 206, 217."""
    page.goto(path(REFUND))
    waiting = page.get_by_test_id("tool-card").filter(has_text="refund")
    called = page.get_by_test_id("tool-card").filter(has_text="ask_specialist")
    waiting.locator("summary").click()

    expect(waiting).to_contain_text("40")
    expect(waiting).to_have_attribute("data-status", "waiting")
    expect(waiting.get_by_test_id("task-link")).to_contain_text("Approve $40")
    called.get_by_test_id("called-session").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Is a lamp fragile?")
    page.get_by_test_id("caller").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Refund order 4711")
    waiting.get_by_test_id("task-link").click()
    expect(page).to_have_url(re.compile("/tasks"))


def test_the_conversation_can_be_searched_and_narrowed(page: Page) -> None:
    """Acceptance 40, 197-199."""
    page.goto(path(REFUND))
    expect(page.get_by_test_id("marker-handoff")).to_contain_text("support → billing")
    page.get_by_test_id("show-reasoning").click()
    expect(page.get_by_test_id("reasoning").first).to_contain_text("over the limit")
    expect(page.get_by_test_id("tool-card")).to_have_count(0)
    page.get_by_test_id("show-tools").click()
    expect(page.get_by_test_id("tool-card")).to_have_count(2)
    page.get_by_test_id("show-all").click()
    page.get_by_label("Find in this conversation").fill("One moment")

    expect(page.get_by_test_id("message-assistant")).to_have_count(1)
    expect(page).to_have_url(re.compile("find=One"))


def test_what_is_typed_into_the_search_is_never_lost(page: Page) -> None:
    page.goto(path(REFUND))
    box = page.get_by_label("Find in this conversation")
    box.press_sequentially("One moment please", delay=90)

    expect(page).to_have_url(re.compile("please"))
    expect(box).to_have_value("One moment please")


def test_a_tab_asks_only_when_it_is_first_opened_and_stays_as_it_was_left(page: Page) -> None:
    """Acceptance 95, 102, 105."""
    asked: list[str] = []

    def note(request: Request) -> None:
        asked.append(re.sub(r"\?.*", "", request.url).rsplit("/", 1)[-1])

    page.on("request", note)
    page.goto(path(CLAUDE))
    expect(page.get_by_role("tab", name="Conversation")).to_have_attribute("aria-selected", "true")
    expect(page.get_by_test_id("message-user").first).to_be_visible()
    assert not {"metrics", "state", "context", "traces", "agents"} & set(asked)

    page.get_by_role("tab", name="Metrics").click()
    expect(page.get_by_test_id("metric-cost")).to_be_visible()
    page.get_by_role("tab", name="Conversation").click()
    page.get_by_test_id("tool-card").first.locator("summary").click()
    page.get_by_role("tab", name="Metrics").click()
    page.get_by_role("tab", name="Conversation").click()

    expect(page.get_by_test_id("tool-card").first.locator("details")).to_have_attribute("open", "")
    assert asked.count("metrics") == 1


def test_the_timeline_narrows_to_a_type(page: Page) -> None:
    """Acceptance 14, 45-52, 146, 147, 198, 199."""
    page.goto(path(REFUND, tab="timeline"))
    expect(page.get_by_test_id("event-total")).to_have_text(re.compile("events"))
    for button, types in TYPES.items():
        page.get_by_role("group", name="Show", exact=True).get_by_role("button", name=button).click()
        for type in types:
            expect(of_type(page, type).first).to_be_visible()
        for other in EVERY_TYPE - types:
            expect(of_type(page, other)).to_have_count(0)
        expect(page).to_have_url(re.compile("type="))


def of_type(page: Page, type: str) -> Locator:
    return page.locator(f'[data-testid="event-row"][data-type="{type}"]')


def test_an_event_opens_with_request_response_timing_and_what_it_cost(page: Page) -> None:
    """Acceptance 15, 16, 53, 55, 56, 111, 145."""
    page.goto(path(REFUND, tab="timeline"))
    page.locator('[data-event="refund-5"]').click()

    expect(panel(page)).to_contain_text("Request")
    expect(panel(page)).to_contain_text("came broken")
    expect(panel(page)).to_contain_text("Response")
    expect(panel(page)).to_contain_text("gpt-4o-2024-08-06 (asked for gpt-4o)")
    expect(panel(page)).to_contain_text("3.0 s")
    rule = panel(page).get_by_test_id("cost-rule")
    rule.locator("summary").click()
    expect(rule.get_by_role("row", name=re.compile("Read from cache"))).to_contain_text("800")
    page.keyboard.press("Escape")
    expect(panel(page)).to_be_hidden()


def test_a_call_and_its_result_lead_to_each_other(page: Page) -> None:
    """Acceptance 46, 47."""
    page.goto(path(CLAUDE, tab="timeline", type="tool_call"))
    page.get_by_test_id("event-row").first.click()
    named = page.get_by_test_id("event-row").first.get_attribute("data-event")
    page.get_by_role("group", name="Show", exact=True).get_by_role("button", name="Tool calls").click()
    page.locator(f'[data-event="{named}"][data-phase="0"]').click()
    panel(page).get_by_test_id("to-result").click()

    expect(page.locator(f'[data-event="{named}"][data-phase="1"]')).to_have_attribute("aria-pressed", "true")


def test_the_timeline_is_a_tree_and_a_waterfall_and_its_url_brings_both_back(page: Page) -> None:
    page.goto(path(MATHS, tab="timeline"))
    page.get_by_test_id("mode-tree").click()
    tree = page.get_by_test_id("timeline-tree")
    expect(tree.locator('[data-depth="3"]').first).to_be_visible()
    page.get_by_role("button", name="Close all").click()
    expect(tree.get_by_test_id("event-row")).to_have_count(1)
    page.get_by_test_id("mode-waterfall").click()
    page.get_by_role("button", name="Open all").click()
    page.get_by_test_id("event-row").nth(2).click()
    expect(panel(page)).to_be_visible()

    page.reload()

    expect(page.get_by_test_id("mode-waterfall")).to_have_attribute("aria-pressed", "true")
    expect(panel(page)).to_be_visible()


def test_errors_are_a_key_away(page: Page) -> None:
    """Acceptance 44, 52."""
    page.goto(path(REFUND, tab="timeline"))
    expect(page.get_by_test_id("next-error")).to_be_visible()
    page.keyboard.press("e")

    expect(panel(page).get_by_test_id("event-error")).to_contain_text("TimeoutError: no answer in 5 s")
    expect(page.locator('[data-event="refund-10"]')).to_be_visible()


def test_agents_shows_who_took_part_the_tree_and_what_was_passed_on(page: Page) -> None:
    """Acceptance 12, 39-41, 49."""
    page.goto(path(MATHS, tab="agents"))
    expect(page.get_by_test_id("participants")).to_contain_text("math_specialist")
    expect(page.get_by_test_id("agent-tree").locator('[data-depth="2"]')).to_contain_text("math_specialist")

    page.goto(path(REFUND, tab="agents"))
    expect(page.get_by_test_id("handoffs")).to_contain_text("support → billing")
    expect(page.get_by_test_id("handoffs")).to_contain_text('"order": "4711"')
    expect(page.get_by_test_id("called-sessions")).to_contain_text("Is a lamp fragile?")


def test_context_shows_each_budget_what_entered_and_the_pipeline(page: Page) -> None:
    """Acceptance 103, 104."""
    page.goto(path(MATHS, tab="context"))
    expect(page.get_by_test_id("budget-bar").first).to_be_visible()
    kinds = page.get_by_test_id("budget-bar").first.locator("[data-kind]")
    assert {kind.get_attribute("data-kind") for kind in kinds.all()} == {"system", "tools", "messages"}

    page.goto(path(REFUND, tab="context"))
    page.get_by_test_id("context-call").nth(1).click()
    expect(page.get_by_test_id("context-panel").get_by_test_id("entered")).to_contain_text("Hello?")
    expect(page.get_by_test_id("context-panel")).to_contain_text("1,200 read from the cache (50%)")
    expect(page.get_by_test_id("layer")).to_have_count(2)
    expect(page.get_by_test_id("layer").first).to_contain_text(re.compile("trim.*12 ms.*40 → 22 messages"))
    page.reload()
    expect(page.get_by_test_id("context-panel")).to_be_visible()


def test_metrics_tells_what_the_api_tells_and_opens_the_cost(page: Page, server: RunningServer) -> None:
    """Acceptance 54, 58-63, 106-108, 111."""
    told = server.get(f"/api/v1/sessions/{CLAUDE}/metrics")
    page.goto(path(CLAUDE, tab="metrics"))

    tokens, counts = told["tokens"], told["counts"]
    figures = {"input-tokens": tokens["input_tokens"], "output-tokens": tokens["output_tokens"]}
    for name, value in {**figures, "tool-calls": counts["tool_calls"], "traces": counts["traces"]}.items():
        expect(page.get_by_test_id(f"metric-{name}")).to_contain_text(f"{value:,}")
    expect(page.get_by_test_id("models")).to_contain_text("claude-sonnet-4-5")
    expect(page.get_by_test_id("tools").get_by_role("row")).to_have_count(len(told["tools"]) + 1)
    expect(page.get_by_test_id("metric-cost")).to_contain_text(f"{told['cost']['cost_usd']:.2f}"[:3])
    page.get_by_test_id("open-calls").click()
    page.get_by_test_id("cost-call").first.click()
    expect(page.get_by_test_id("cost-rule").first).to_contain_text("What made this cost")


def test_state_shows_variables_now_and_how_they_changed(page: Page) -> None:
    """Acceptance 31, 43, 50."""
    page.goto(path(REFUND, tab="state"))

    expect(page.get_by_test_id("variables")).to_contain_text("refunding")
    expect(page.get_by_test_id("state-change")).to_have_count(2)
    expect(page.get_by_test_id("state-change").first).to_contain_text(re.compile("billing.*→.*refunding"))


def test_traces_come_in_order_with_direction_lifecycle_assessments_and_outcome(page: Page) -> None:
    """Acceptance 28, 161, 169-173."""
    page.goto(path(REFUND, tab="traces"))
    rows = page.get_by_test_id("trace-row")
    expect(rows).to_have_count(2)
    expect(rows.first).to_contain_text("inlet")
    expect(rows.nth(1)).to_have_attribute("data-flagged", "true")
    rows.nth(1).get_by_role("button").click()

    shown = page.get_by_test_id("trace-panel")
    expect(shown.get_by_test_id("verdict").first).to_contain_text(re.compile("politeness.*good.*0.8"))
    expect(shown.get_by_test_id("lifecycle")).to_contain_text(re.compile("received.*assessed.*completed"))
    page.goto(path(MATHS, tab="traces", trace=MATHS.removeprefix("trace:")))
    expect(page.get_by_test_id("no-assessment")).to_be_visible()


def test_content_that_was_not_captured_names_the_emitters_own_setting(page: Page, server: RunningServer) -> None:
    post(
        server, [{"session": "dark:one", "type": "llm_call", "model": "gpt-4o", "input_tokens": 9, "output_tokens": 9}]
    )
    page.goto(path("dark:one"))

    expect(page.get_by_test_id("not-captured")).to_contain_text("OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT")
    page.get_by_text("Settings of other emitters").click()
    for name in ("TRACELOOP_TRACE_CONTENT", "OPENINFERENCE_HIDE_INPUTS", "OTEL_LOG_USER_PROMPTS"):
        expect(page.get_by_test_id("not-captured")).to_contain_text(name)


def test_keys_walk_through_the_tabs_and_links_are_copied(page: Page) -> None:
    page.goto(path(CLAUDE))
    page.get_by_role("tab", name="Conversation").focus()
    page.keyboard.press("ArrowRight")
    expect(page).to_have_url(re.compile("tab=timeline"))
    page.keyboard.press("ArrowLeft")
    page.get_by_role("button", name="Copy link").click()

    expect(page.get_by_test_id("toast")).to_contain_text("copied")
    assert f"/sessions/{CLAUDE}" in page.evaluate("navigator.clipboard.readText()")
    page.get_by_role("button", name="Copy the key").click()
    page.wait_for_function(f"navigator.clipboard.readText().then((text) => text === {json.dumps(CLAUDE)})")


def test_twenty_megabytes_open_a_part_at_a_time(page: Page, server: RunningServer) -> None:
    start = time.time() - 60
    dump = {
        "session": "huge:one",
        "type": "tool_call",
        "tool_name": "dump",
        "input": {},
        "output": "lorem ipsum dolor sit amet\n" * 760_000,
        "started_at": at(0, start),
        "ended_at": at(2, start),
    }
    post(server, [dump])
    page.goto(path("huge:one", tab="timeline"))
    answers: list[Response] = []
    page.on("response", lambda answer: answers.append(answer) if "/events" in answer.url else None)
    page.get_by_test_id("event-row").first.click()
    reader = panel(page).get_by_test_id("block-reader")
    expect(reader).to_contain_text("of 20,520,000 characters")

    assert sum(len(answer.body()) for answer in answers) in range(1, PART_BYTES)
    reader.get_by_label("Part of the content").fill("300")
    expect(reader).to_contain_text("19,660,800–19,726,336")
    assert page.evaluate("document.body.innerText.length") < 200_000


def test_a_hundred_thousand_events_scroll_smoothly_to_any_place(page: Page, server: RunningServer) -> None:
    start = time.time() - 7_200
    kinds = ["llm_call", "tool_call", "message", "reasoning"]
    failed = {"status": "error", "error": "boom"}
    events = [
        {
            "session": "big:one",
            "event_id": f"big-{place}",
            "type": kinds[place % 4],
            "seq": place,
            "started_at": at(place * 0.07, start),
            "ended_at": at(place * 0.07 + 0.02, start),
            **(failed if place == 70_001 else {}),
        }
        for place in range(BIG_ROWS)
    ]
    post(server, events)
    page.goto(path("big:one", tab="timeline"))
    expect(page.get_by_test_id("event-row").first).to_be_visible()
    for _ in range(3):  # what else the machine does is no fault of the page
        frames = page.evaluate(SCROLL)
        print(f"frames: median {frames[45]:.1f} ms, 95% {frames[85]:.1f} ms, longest {frames[-1]:.1f} ms")
        if frames[45] < SMOOTH_MS:
            break

    assert frames[45] < SMOOTH_MS
    page.get_by_test_id("next-error").click()
    expect(page.locator('[data-event="big-70001"]').first).to_be_visible(timeout=JUMP_MS)
    box = page.get_by_test_id("minimap").bounding_box()
    assert box
    page.mouse.click(box["x"] + box["width"] - 3, box["y"] + 5)
    expect(page.locator('[data-event^="big-99"]').first).to_be_visible(timeout=JUMP_MS)


@pytest.mark.parametrize("tab", TABS)
def test_no_tab_has_an_accessibility_fault(page: Page, tab: str) -> None:
    shown = {"timeline": {"event": "refund-5"}, "traces": {"trace": "refund-b"}, "context": {"call": "refund-12"}}
    page.goto(path(REFUND, tab=tab, **shown.get(tab, {})))
    page.get_by_test_id("more-facts").click()
    expect(page.get_by_test_id("facts")).to_be_visible()
    expect(page.get_by_test_id(TABS[tab]).first).to_be_visible()

    assert faults(page) == []
