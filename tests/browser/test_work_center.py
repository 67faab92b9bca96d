"""The Work Center in a real browser, with agents of the real SDK that wait for its answers."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect
from tests.browser.opened_pages import REFUSED, faults
from tests.running_server import RunningServer, started
from tests.steering_http.operators import until

import sojourn

pytestmark = pytest.mark.xdist_group("browser")
ANSWER_TIMEOUT_S = 30
STILL_S = 1
LIVE_MS = 20_000
PLAN = {
    "type": "object",
    "required": ["color", "count", "is_urgent"],
    "properties": {
        "color": {"enum": ["red", "green"], "title": "Color"},
        "count": {"type": "integer", "minimum": 1, "maximum": 9, "title": "Count"},
        "step": {"type": "integer", "multipleOf": 5, "title": "Step"},
        "is_urgent": {"type": "boolean", "title": "Urgent"},
        "places": {"type": "array", "items": {"type": "string", "maxLength": 40}, "title": "Places"},
        "address": {"type": "object", "title": "Address", "properties": {"city": {"type": "string", "maxLength": 40}}},
        "more": {"oneOf": [{"type": "string"}, {"type": "object"}], "title": "More"},
    },
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    with started(tmp_path_factory.mktemp("tasks") / "data") as running:
        yield running


@pytest.fixture(scope="module")
def page_options() -> dict[str, Any]:
    return {"expects": [REFUSED]}


@pytest.fixture
def sdk(server: RunningServer, tmp_path: Path) -> Iterator[None]:
    sojourn.configure(server.url, spool_dir=tmp_path / "spool")
    yield
    sojourn.shutdown()


class Agent(threading.Thread):
    """Runs a program and keeps what it returned or raised."""

    def __init__(self, program: Callable[[], Any]) -> None:
        super().__init__(daemon=True)
        self._program = program
        self._result: Any = None
        self.start()

    def run(self) -> None:
        try:
            self._result = self._program()
        except (sojourn.ApprovalDenied, sojourn.SessionCanceled) as error:
            self._result = error

    def result(self) -> Any:
        self.join(ANSWER_TIMEOUT_S)
        assert not self.is_alive(), "the agent still waits"
        return self._result


def asking(key: str, title: str, **question: Any) -> Agent:
    def program() -> Any:
        with sojourn.start_session(key, goal=f"Goal of {key}", agent_id="asker") as session:
            return session.ask_human(title, **question)

    return Agent(program)


def opened(server: RunningServer, **task: Any) -> str:
    answer = server.post("/api/v1/tasks", json=task)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def row(page: Page, title: str) -> Locator:
    return page.get_by_test_id("task-row").filter(has_text=title)


def asked(server: RunningServer, title: str) -> None:
    """An agent has come to its question."""
    until(lambda: title in [task["title"] for task in server.get("/api/v1/tasks", status="open")["items"]])


def confirm(page: Page, name: str) -> None:
    page.get_by_test_id("confirm").get_by_role("button", name=name, exact=True).click()
    expect(page.get_by_test_id("confirm")).to_have_count(0)


def test_without_a_task_it_says_what_would_appear_here(page: Page) -> None:
    page.goto("/tasks")

    expect(page.get_by_test_id("empty")).to_contain_text("Nobody waits for you")
    expect(page).to_have_title(re.compile("Work Center"))
    expect(page.get_by_test_id("open-tasks")).to_have_count(0)


def test_tasks_of_sessions_and_of_workflow_jobs_stand_side_by_side(page: Page, server: RunningServer) -> None:
    """Acceptance 203."""
    opened(server, session="orders/a:1", kind="question", title="From a session")
    opened(server, source="nightly-import", kind="manual", title="From a workflow job")

    page.goto("/tasks")

    expect(row(page, "From a session")).to_contain_text("orders/a:1")
    expect(row(page, "From a workflow job")).to_contain_text("nightly-import")


@pytest.mark.usefixtures("sdk")
def test_submitting_the_form_lets_the_agent_go_on_with_the_answer(page: Page, server: RunningServer) -> None:
    """Acceptance 204."""
    page.goto("/tasks?status=open&kind=question")
    expect(page.get_by_test_id("live-state")).to_have_text("Live")
    agent = asking("plan/1", "Which plan?", instructions="Choose **well**.", form=PLAN)

    row(page, "Which plan?").click(timeout=LIVE_MS)
    page.get_by_role("radio", name="green").check(force=True)
    page.get_by_label("Count").fill("3")
    page.get_by_role("radio", name="No").check(force=True)
    page.get_by_role("button", name="+ Add").click()
    page.get_by_role("textbox", name="Places 1").fill("Bonn")
    page.get_by_label("City").fill("Bonn")
    page.get_by_label("More").fill('{"any": [1]}')
    page.get_by_role("button", name="Send the answer").click()
    expect(page.get_by_test_id("confirm")).to_contain_text("The agent gets your answer and goes on.")
    confirm(page, "Send the answer")

    answer = agent.result()
    assert answer.outcome == {
        "color": "green",
        "count": 3,
        "is_urgent": False,
        "places": ["Bonn"],
        "address": {"city": "Bonn"},
        "more": {"any": [1]},
    }
    expect(page.get_by_test_id("toast")).to_contain_text("The agent goes on.")
    expect(page.get_by_test_id("outcome")).to_contain_text("Completed by local")
    session = server.get("/api/v1/sessions", q="key:plan/1")["items"][0]
    assert (session["waiting_on"], session["attention"]) == ("", "none")


@pytest.mark.usefixtures("sdk")
def test_a_task_without_a_deadline_holds_the_session_until_somebody_answers(page: Page, server: RunningServer) -> None:
    """Acceptance 201."""
    agent = asking("hold/1", "Do it by hand", kind="manual")
    asked(server, "Do it by hand")
    page.goto("/tasks?q=hand")
    row(page, "Do it by hand").click()

    expect(page.get_by_test_id("task-facts")).to_contain_text("it stays open until somebody answers")
    agent.join(STILL_S)
    assert agent.is_alive()

    page.get_by_role("button", name="Complete", exact=True).click()
    confirm(page, "Complete")
    assert agent.result().status == "completed"


@pytest.mark.usefixtures("sdk")
def test_canceling_the_session_first_closes_its_task_as_canceled(page: Page, server: RunningServer) -> None:
    """Acceptance 205."""
    agent = asking("cancel/1", "Will be withdrawn")
    asked(server, "Will be withdrawn")
    page.goto("/tasks?q=withdrawn")
    row(page, "Will be withdrawn").click()

    server.post("/api/v1/sessions/cancel%2F1/actions/cancel", json={"reason": "not needed"}).raise_for_status()

    expect(page.get_by_test_id("outcome")).to_contain_text("Canceled", timeout=LIVE_MS)
    expect(page.get_by_test_id("empty-filtered")).to_be_visible(timeout=LIVE_MS)
    assert isinstance(agent.result(), sojourn.SessionCanceled)


@pytest.mark.usefixtures("sdk")
def test_an_approval_can_change_the_arguments_and_says_why(page: Page, server: RunningServer) -> None:
    ran: list[float] = []

    @sojourn.require_approval(title="Refund the customer?")
    def refund(order: int, amount: float) -> str:
        ran.append(amount)
        return "done"

    def program() -> str:
        with sojourn.start_session("refund/1", agent_id="support"):
            return refund(7, 80.5)

    agent = Agent(program)
    asked(server, "Refund the customer?")
    page.goto("/tasks?kind=approval")
    row(page, "Refund the customer?").click()
    expect(page.get_by_test_id("arguments")).to_contain_text("80.5")
    page.get_by_role("button", name="Change them").click()
    page.get_by_label("amount").fill("60")
    page.get_by_label("Reason").fill("The rest is too much")
    page.get_by_role("button", name="Approve with changes").click()
    expect(page.get_by_test_id("confirm").locator(".changed")).to_contain_text("60")
    confirm(page, "Approve")

    assert agent.result() == "done"
    assert ran == [60]
    expect(page.get_by_test_id("outcome")).to_contain_text("Approved by local")
    expect(page.get_by_test_id("outcome")).to_contain_text("The rest is too much")


@pytest.mark.usefixtures("sdk")
def test_a_denied_call_does_not_run_and_the_agent_is_told_why(page: Page, server: RunningServer) -> None:
    @sojourn.require_approval(title="Drop the table?")
    def drop(name: str) -> str:
        raise AssertionError("it ran")

    def program() -> str:
        with sojourn.start_session("drop/1"):
            return drop("orders")

    agent = Agent(program)
    asked(server, "Drop the table?")
    page.goto("/tasks?kind=approval")
    row(page, "Drop the table?").click()
    page.get_by_role("button", name="Deny", exact=True).click()
    expect(page.get_by_test_id("confirm")).to_contain_text("You gave no reason")
    confirm(page, "Go back")
    page.get_by_label("Reason").fill("It is in use")
    page.get_by_role("button", name="Deny", exact=True).click()
    confirm(page, "Deny")

    assert "It is in use" in str(agent.result())
    expect(page.get_by_test_id("outcome")).to_contain_text("Denied by local")


def test_a_new_task_appears_and_is_counted_without_a_reload(page: Page, server: RunningServer) -> None:
    page.goto("/tasks")
    expect(page.get_by_test_id("live-state")).to_have_text("Live")
    before = server.get("/api/v1/tasks", status="open")["total"]
    record = {"session": "live/1", "type": "message", "name": "m", "role": "user", "input": "hello"}
    server.post("/api/v1/events", json=[record]).raise_for_status()

    opened(server, session="live/1", kind="question", title="Just now")

    expect(row(page, "Just now")).to_be_visible(timeout=LIVE_MS)
    expect(page.get_by_test_id("open-tasks")).to_have_text(re.compile(rf"^{before + 1}\b"))


def test_a_task_of_no_session_is_there_after_refresh(page: Page, server: RunningServer) -> None:
    page.goto("/tasks")
    expect(page.get_by_test_id("task-row").first).to_be_visible()
    opened(server, source="job", title="Nobody's session")

    page.get_by_role("button", name="Refresh").click()

    expect(row(page, "Nobody's session")).to_be_visible()


def test_what_is_missing_or_wrong_is_told_at_its_field(page: Page, server: RunningServer) -> None:
    task = opened(server, kind="question", title="With a form", form=PLAN)
    page.goto(f"/tasks?task={task}")
    page.get_by_label("Count").fill("12")
    page.get_by_label("More").fill("{")
    page.get_by_role("button", name="Send the answer").click()

    expect(page.get_by_test_id("fault")).to_have_text(
        ["This is needed.", "At most 9, please.", "This is needed.", re.compile("no JSON")]
    )
    expect(page.get_by_label("Count")).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_test_id("confirm")).to_have_count(0)


def test_what_the_server_refuses_is_told_at_its_field(page: Page, server: RunningServer) -> None:
    task = opened(server, kind="question", title="A step", form=PLAN)
    page.goto(f"/tasks?task={task}")
    page.get_by_role("radio", name="red").check(force=True)
    page.get_by_label("Count").fill("2")
    page.get_by_role("textbox", name="Step").fill("7")
    page.get_by_role("radio", name="Yes").check(force=True)
    page.get_by_role("button", name="Send the answer").click()
    confirm(page, "Send the answer")

    expect(page.get_by_test_id("fault")).to_have_text("7 is not a multiple of 5")
    expect(page.get_by_role("textbox", name="Step")).to_be_focused()
    assert server.get(f"/api/v1/tasks/{task}")["status"] == "open"


def test_claiming_shows_in_mine_and_can_be_undone(page: Page, server: RunningServer) -> None:
    task = opened(server, kind="manual", title="Take me", group="ops")
    page.goto(f"/tasks?task={task}")
    page.get_by_test_id("claim").click()
    expect(page.get_by_test_id("claim")).to_have_text("Release")
    page.get_by_role("button", name="Mine").click()
    expect(page.get_by_test_id("task-row")).to_have_count(1)

    page.get_by_role("button", name="Undo").click()

    expect(page.get_by_test_id("claim")).to_have_text("Claim")
    assert server.get(f"/api/v1/tasks/{task}")["claimed_by"] == ""


def test_a_filtered_view_is_reproduced_by_its_url(page: Page, server: RunningServer) -> None:
    opened(server, kind="review", title="Look here, finance", group="finance")
    opened(server, kind="review", title="Look here, others", group="others")
    page.goto("/tasks")
    page.get_by_role("button", name="Review").click()
    page.get_by_label("Group").select_option("finance")
    page.get_by_label("Search tasks").fill("look")
    expect(page).to_have_url(re.compile("q=look"))
    expect(page.get_by_test_id("task-total")).to_have_text("1 open task")

    page.reload()

    expect(page.get_by_test_id("task-row")).to_have_count(1)
    expect(row(page, "Look here, finance")).to_be_visible()


def test_a_canceled_task_tells_who_and_why(page: Page, server: RunningServer) -> None:
    task = opened(server, kind="manual", title="Not needed", source="job")
    page.goto(f"/tasks/{task}")
    page.get_by_role("button", name="Cancel this task").click()
    page.get_by_label("Reason").fill("It was done by the printer")
    confirm(page, "Cancel the task")

    expect(page.get_by_test_id("outcome")).to_contain_text("Canceled by local")
    expect(page.get_by_test_id("outcome")).to_contain_text("It was done by the printer")


def test_the_task_and_the_call_that_waits_lead_to_each_other(page: Page, server: RunningServer) -> None:
    """Acceptance 202."""
    call = {"session": "call/1", "type": "tool_call", "name": "refund", "event_id": "e-1", "tool_call_id": "call_77"}
    server.post("/api/v1/events", json=[{**call, "input": {"amount": 5}}]).raise_for_status()
    task = opened(server, session="call/1", title="Waits", event_id="e-1", tool_call_id="call_77")
    page.goto(f"/tasks?task={task}")

    expect(page.get_by_test_id("waiting-call")).to_have_text("call_77")
    page.get_by_test_id("waiting-call").click()

    expect(page).to_have_url(re.compile(r"/sessions/call%2F1\?.*event=e-1"))
    page.get_by_test_id("event-panel").get_by_test_id("task-link").click()
    expect(page).to_have_url(re.compile(f"/tasks.*{task}"))
    expect(page.get_by_test_id("task-panel")).to_contain_text("Waits")


def test_no_accessibility_fault(page: Page, server: RunningServer) -> None:
    approval = {"type": "object", "properties": {"approved": {"type": "boolean"}, "arguments": {"default": {"a": 1}}}}
    form = opened(server, kind="question", title="Form", form=PLAN)
    approve = opened(server, kind="approval", title="Approval", form=approval, session="axe/1", group="ops")
    closed = opened(server, kind="manual", title="Closed")
    server.post(f"/api/v1/tasks/{closed}/complete", json={"outcome": {"note": "yes"}}).raise_for_status()
    found = []
    for task, title in ((form, "Form"), (approve, "Approval"), (closed, "Closed")):
        page.goto(f"/tasks?task={task}")
        expect(page.get_by_test_id("task-panel")).to_contain_text(title)
        if task == form:
            page.get_by_role("button", name="Send the answer").click()
            expect(page.get_by_test_id("fault").first).to_be_visible()
        found += faults(page)
    page.goto(f"/tasks?task={approve}")
    page.get_by_role("button", name="Change them").click()
    page.get_by_role("button", name="Approve", exact=True).click()
    expect(page.get_by_test_id("confirm")).to_be_visible()
    found += faults(page)

    assert found == []
