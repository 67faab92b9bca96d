"""The assessors page in a real browser: who looks at traces, what they said, and a trace with all of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect
from tests.assessors.assessing import Assessed, Service
from tests.browser.opened_pages import REFUSED, faults
from tests.running_server import RunningServer, started
from tests.steering_http.operators import Json, fresh, until

pytestmark = pytest.mark.xdist_group("browser")
LIVE_MS = 30_000
TOASTS_MS = 30_000  # the longest of them is gone


@pytest.fixture(scope="module")
def service() -> Iterator[Service]:
    with Service() as running:
        yield running


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    with started(tmp_path_factory.mktemp("assessors-page") / "data") as running:
        yield running


@pytest.fixture(scope="module")
def page_options() -> dict[str, Any]:
    return {"expects": [REFUSED]}


@pytest.fixture
def assessed(server: RunningServer) -> Iterator[Assessed]:
    """Whose assessors are gone after the test, however they came."""
    yield Assessed(server)
    for assessor in server.get("/api/v1/assessors")["items"]:
        server.request("DELETE", f"/api/v1/assessors/{assessor['id']}").raise_for_status()


def row(page: Page, name: str) -> Locator:
    return page.get_by_test_id("assessor-row").filter(has_text=name)


def show(page: Page, name: str) -> None:
    row(page, name).get_by_role("button", name=name, exact=True).click()


def panel(page: Page) -> Locator:
    return page.get_by_test_id("assessor-panel")


def said(page: Page, name: str) -> Locator:
    return page.get_by_test_id("assessment").filter(has_text=name)


def confirm(page: Page, name: str) -> None:
    page.get_by_test_id("confirm").get_by_role("button", name=name, exact=True).click()


def stored(server: RunningServer, name: str) -> Json:
    (found,) = [one for one in server.get("/api/v1/assessors")["items"] if one["name"] == name]
    assessor: Json = found
    return assessor


def test_without_an_assessor_it_says_what_one_is(page: Page) -> None:
    page.goto("/assessors")

    expect(page.get_by_test_id("empty")).to_contain_text("No assessor yet")
    expect(page.get_by_test_id("empty-feed")).to_contain_text("Once an assessor is on")
    expect(page).to_have_title("Assessors · Sojourn")


def test_a_rule_is_an_expression_or_a_pattern(page: Page, server: RunningServer, assessed: Assessed) -> None:
    page.goto("/assessors")
    page.get_by_test_id("empty").get_by_role("button", name="New assessor").click()
    panel(page).get_by_label("Name").fill("Refunds")
    panel(page).get_by_label("CEL expression").last.fill("trace.cost > 1.0")
    panel(page).get_by_role("button", name="Let it look").click()
    expect(panel(page).get_by_test_id("fault")).to_have_text("'trace' has no 'cost'")
    expect(panel(page).get_by_role("textbox", name="CEL expression")).to_be_focused()

    panel(page).get_by_role("radio", name="Pattern").check(force=True)
    panel(page).get_by_role("textbox", name="Pattern").fill("(?i)refund")
    panel(page).get_by_role("radio", name="Enforcer").check(force=True)
    expect(panel(page).get_by_test_id("role-note")).to_contain_text("opens a review")
    panel(page).get_by_role("button", name="Let it look").click()

    expect(row(page, "Refunds")).to_contain_text("Enforcer")
    created = stored(server, "Refunds")
    assert created["config"] == {"pattern": "(?i)refund", "intent": "escalate"}
    assert (created["kind"], created["role"], created["is_active"]) == ("rule", "enforcer", True)
    expect(page).to_have_url(re.compile(f"assessor={created['id']}"))


def test_each_kind_has_a_form_of_its_own(page: Page, server: RunningServer, assessed: Assessed) -> None:
    page.goto("/assessors?assessor=new")
    kind = panel(page).get_by_label("Kind")
    kind.select_option("webhook")
    panel(page).get_by_label("Address").fill("not a url")
    panel(page).get_by_label("Name").fill("Secrets")
    panel(page).get_by_role("button", name="Let it look").click()
    expect(panel(page).get_by_test_id("fault")).to_contain_text("It has to look like ^https?://")
    kind.select_option("judge")
    expect(panel(page).get_by_label("Criteria")).to_be_visible()
    kind.select_option("detector")

    panel(page).get_by_label("AWS access key").check()
    panel(page).get_by_role("radio", name="Block").check(force=True)
    panel(page).get_by_role("button", name="Let it look").click()

    expect(row(page, "Secrets")).to_be_visible()
    assert stored(server, "Secrets")["config"] == {"categories": ["aws_access_key"], "intent": "block"}


def test_what_is_said_appears_as_traces_arrive(page: Page, assessed: Assessed) -> None:
    """And leads to the trace, where each assessor's assessment stands."""
    assessed.hire("rule", {"pattern": "refund", "reason": "asks for money"}, "Money", "enforcer")
    assessed.hire("rule", {"pattern": "never said"}, "Quiet")
    page.goto("/assessors")
    expect(page.get_by_test_id("live-state")).to_have_text("Live")
    expect(row(page, "Money")).to_contain_text("waits for a trace")

    key = fresh("bought")
    assessed.trace(key, "I want a refund")

    expect(said(page, "Money")).to_contain_text(re.compile("escalated.*Money.*asks for money.*review"), timeout=LIVE_MS)
    expect(row(page, "Money").get_by_test_id("tally")).to_have_text("1 escalated", timeout=LIVE_MS)
    expect(row(page, "Quiet").get_by_test_id("tally")).to_have_text("1 allowed")
    said(page, "Money").get_by_role("link", name="I want a refund").click()
    shown = page.get_by_test_id("trace-panel")
    expect(page.get_by_role("tab", name="Traces")).to_have_attribute("aria-selected", "true")
    expect(shown.get_by_test_id("assessors-say")).to_have_text("escalated")
    expect(shown.get_by_test_id("verdict")).to_have_count(2)
    expect(shown.get_by_test_id("verdict").filter(has_text="Money")).to_contain_text(
        re.compile("enforcer.*escalated.*review.*asks for money")
    )
    shown.get_by_role("link", name="review").click()
    expect(page.get_by_test_id("task-panel")).to_contain_text("Money: asks for money")


def test_a_failing_assessor_is_shown_as_failed_with_its_reason(
    page: Page, assessed: Assessed, service: Service
) -> None:
    """Acceptance 170: in the list, in the feed and at the trace; it stops neither the others nor ingest."""
    assessed.hire("webhook", {"url": f"{service.url}/broken"}, "Broken", "enforcer")
    assessed.hire("rule", {"pattern": "."}, "Sound")
    key = fresh("failing")
    trace_id = assessed.trace(key, "hello")
    assessed.assessment(trace_id, "Broken")

    page.goto("/assessors")

    expect(row(page, "Broken").get_by_test_id("last-result")).to_have_text(re.compile("failed.*it answered 500"))
    expect(row(page, "Sound").get_by_test_id("tally")).to_have_text("1 escalated")
    row(page, "Broken").get_by_role("button", name="1 failed").click()
    expect(page.get_by_test_id("assessment")).to_have_count(1)
    expect(page.get_by_test_id("assessment")).to_contain_text(re.compile("failed.*Broken.*it answered 500"))
    expect(page).to_have_url(re.compile("outcome=failed"))
    show(page, "Broken")
    expect(panel(page).get_by_test_id("failing")).to_contain_text("it answered 500")
    page.goto(f"/sessions/{key}?tab=traces&trace={trace_id}")
    verdict = page.get_by_test_id("verdict").filter(has_text="Broken")
    expect(verdict).to_contain_text(re.compile("enforcer.*failed.*it answered 500"))
    expect(page.get_by_test_id("assessors-say")).to_have_text("failed")


def test_what_was_said_of_earlier_content_stands_apart(page: Page, assessed: Assessed) -> None:
    assessed.hire("rule", {"pattern": "danger", "intent": "block"}, "Gate", "enforcer")
    key = fresh("grows")
    trace_id = assessed.trace(key, "calm")
    assessed.assessment(trace_id, "Gate")
    assessed.trace(key, "danger", trace_id)
    until(lambda: len(assessed.assessments(trace_id)) == 2)

    page.goto(f"/sessions/{key}?tab=traces&trace={trace_id}")

    expect(page.get_by_test_id("assessors-say")).to_have_text("blocked")
    expect(page.get_by_test_id("lifecycle")).to_contain_text("rejected")
    expect(page.get_by_test_id("earlier")).to_contain_text("1 of what it held before")
    expect(page.get_by_test_id("trace-panel").get_by_test_id("verdict").first).to_contain_text("blocked")


def test_the_feed_is_narrowed_and_the_url_keeps_it(page: Page, assessed: Assessed) -> None:
    assessed.hire("rule", {"pattern": "x"}, "One")
    two = assessed.hire("rule", {"pattern": "y"}, "Two")
    for text in ("x", "y"):
        trace_id = assessed.trace(fresh("narrow"), text)
        for name in ("One", "Two"):
            assessed.assessment(trace_id, name)
    page.goto("/assessors")
    page.get_by_label("Assessor", exact=True).select_option("Two")
    page.get_by_role("group", name="Outcome").get_by_role("button", name="escalated").click()
    expect(page.get_by_test_id("assessment")).to_have_count(1)

    page.reload()

    expect(page.get_by_test_id("assessment")).to_have_count(1)
    expect(page).to_have_url(re.compile(f"of={two['id']}&outcome=escalate"))
    page.get_by_role("group", name="Outcome").get_by_role("button", name="blocked").click()
    expect(page.get_by_test_id("empty-feed")).to_contain_text("Nothing like this was said")
    page.get_by_role("button", name="Show everything").click()
    expect(page.get_by_test_id("assessment").nth(3)).to_be_visible()


def test_an_assessor_is_changed_switched_and_deleted(page: Page, server: RunningServer, assessed: Assessed) -> None:
    assessed.hire("rule", {"pattern": "x"}, "Edited")
    page.clock.install()
    page.goto("/assessors")
    show(page, "Edited")
    panel(page).get_by_role("textbox", name="Pattern").fill("y+")
    panel(page).get_by_role("button", name="Save").click()
    expect(page.get_by_test_id("toast")).to_contain_text("Saved")
    assert stored(server, "Edited")["config"]["pattern"] == "y+"

    row(page, "Edited").get_by_role("switch").click()
    expect(page.get_by_test_id("toast").filter(has_text="Switched off")).to_be_visible()
    assert stored(server, "Edited")["is_active"] is False
    page.get_by_test_id("toast").filter(has_text="Switched off").get_by_role("button", name="Undo").click()
    expect(row(page, "Edited").get_by_role("switch")).to_have_attribute("aria-checked", "true")
    until(lambda: stored(server, "Edited")["is_active"])
    page.mouse.move(0, 0)  # what is pointed at stays
    page.clock.fast_forward(TOASTS_MS)
    expect(page.get_by_test_id("toast")).to_have_count(0)
    panel(page).get_by_role("button", name="Delete this assessor").click()
    confirm(page, "Delete")

    expect(row(page, "Edited")).to_have_count(0)
    assert server.get("/api/v1/assessors")["items"] == []


def test_what_was_typed_is_not_lost_without_a_question(page: Page, assessed: Assessed) -> None:
    assessed.hire("rule", {"pattern": "x"}, "Typed")
    page.goto("/assessors")
    show(page, "Typed")
    panel(page).get_by_label("Name").fill("Typed more")

    page.get_by_role("navigation", name="Main").get_by_role("link", name="Agents").click()
    confirm(page, "Go back")

    expect(panel(page).get_by_label("Name")).to_have_value("Typed more")


def test_the_keyboard_walks_through_assessors(page: Page, assessed: Assessed) -> None:
    assessed.hire("rule", {"pattern": "x"}, "First")
    assessed.hire("rule", {"pattern": "x"}, "Second")
    page.goto("/agents")
    expect(page.get_by_role("heading", name="Agents", exact=True)).to_be_visible()
    page.keyboard.press("g")
    page.keyboard.press("e")
    expect(page.get_by_test_id("assessor-row")).to_have_count(2)

    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(panel(page)).to_have_attribute("aria-label", "Second")
    page.keyboard.press("Escape")
    expect(panel(page)).to_have_count(0)
    page.keyboard.press("c")

    expect(panel(page)).to_have_attribute("aria-label", "New assessor")


def test_a_list_that_cannot_be_read_is_told_and_asked_again(page: Page, assessed: Assessed) -> None:
    assessed.hire("rule", {"pattern": "x"}, "There")
    refusal = {"code": "refused", "message": "not now"}
    page.route("**/api/v1/recent-assessments*", lambda route: route.fulfill(status=403, json=refusal))
    page.goto("/assessors")
    expect(row(page, "There")).to_be_visible()
    expect(page.get_by_role("alert")).to_contain_text("not now")
    page.unroute("**/api/v1/recent-assessments*")

    page.get_by_role("button", name="Try again").click()

    expect(page.get_by_role("alert")).to_have_count(0)


def test_no_accessibility_fault(page: Page, assessed: Assessed, service: Service) -> None:
    assessed.hire("webhook", {"url": f"{service.url}/broken"}, "Broken")
    assessed.hire("rule", {"pattern": "a"}, "Sound", "enforcer")
    off = assessed.hire("detector", {}, "Off", is_active=False)
    key = fresh("axe")
    trace_id = assessed.trace(key, "a trace")
    for name in ("Broken", "Sound"):
        assessed.assessment(trace_id, name)
    found = []
    page.goto("/assessors")
    expect(said(page, "Broken").first).to_be_visible()
    found += faults(page)
    show(page, "Off")
    expect(page).to_have_url(re.compile(f"assessor={off['id']}"))
    expect(panel(page)).to_have_attribute("aria-label", "Off")
    found += faults(page)
    page.goto("/assessors?assessor=new")
    panel(page).get_by_role("button", name="Let it look").click()
    expect(panel(page).get_by_test_id("fault").first).to_be_visible()
    found += faults(page)
    page.goto(f"/sessions/{key}?tab=traces&trace={trace_id}")
    expect(page.get_by_test_id("verdict")).to_have_count(2)
    found += faults(page)

    assert found == []
