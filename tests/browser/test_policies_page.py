"""The policies page in a real browser: the set, its history, and a replay before anything holds."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect
from tests.browser.opened_pages import REFUSED, faults
from tests.policies.policed import Policed
from tests.running_server import RunningServer, started
from tests.steering_http.operators import Json, fresh, until

pytestmark = pytest.mark.xdist_group("browser")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    with started(tmp_path_factory.mktemp("policies-page") / "data") as running:
        yield running


@pytest.fixture(scope="module")
def page_options() -> dict[str, Any]:
    return {"expects": [REFUSED]}


@pytest.fixture
def policed(server: RunningServer) -> Iterator[Policed]:
    """Whose policies are gone after the test."""
    yield Policed(server)
    left = [policy["id"] for policy in server.get("/api/v1/policies")["items"]]
    server.post("/api/v1/policy-batches", json={"delete": left}).raise_for_status()


def row(page: Page, name: str) -> Locator:
    return page.get_by_test_id("policy-row").filter(has_text=name)


def panel(page: Page) -> Locator:
    return page.get_by_test_id("policy-panel")


def confirm(page: Page, name: str) -> None:
    page.get_by_test_id("confirm").get_by_role("button", name=name, exact=True).click()


def stored(server: RunningServer, name: str) -> Json:
    (found,) = [one for one in server.get("/api/v1/policies")["items"] if one["name"] == name]
    policy: Json = found
    return policy


def test_without_a_policy_it_says_what_one_is(page: Page) -> None:
    page.goto("/policies")

    expect(page.get_by_test_id("empty")).to_contain_text("No policy yet")
    expect(page).to_have_title("Policies · Sojourn")


def test_policies_stand_by_priority_in_words(page: Page, policed: Policed) -> None:
    policed.policy("cost_limit", {"cost_exceeded": 2.5}, "require_approval", name="Budget", priority=5)
    policed.policy("step_limit", {"steps_exceeded": 40}, "cancel", name="Steps", priority=9)
    policed.policy("retry", {"on_error": True}, {"max_retries": 3}, name="Again", enabled=False)

    page.goto("/policies")

    rows = page.get_by_test_id("policy-row")
    expect(rows).to_have_text([re.compile(name) for name in ("Steps", "Budget", "Again")])
    expect(row(page, "Budget")).to_contain_text(
        re.compile(r"Cost limit.*agent-.*costs more than \$2.50.*Require approv")
    )
    expect(row(page, "Again")).to_contain_text("Retry, up to 3 times")
    expect(page.get_by_test_id("policy-total")).to_have_text("3 policies, 2 on")
    expect(page.get_by_role("switch", name="Again is on")).to_have_attribute("aria-checked", "false")


def test_the_url_keeps_filters_and_the_policy_that_is_shown(page: Page, policed: Policed) -> None:
    one = policed.policy("cost_limit", {"cost_exceeded": 1}, name="Alpha")
    policed.policy("step_limit", {"steps_exceeded": 1}, name="Beta")
    page.goto("/policies")
    page.get_by_label("Search policies").fill("alpha cost")
    expect(page.get_by_test_id("policy-row")).to_have_count(1)
    row(page, "Alpha").click()
    expect(panel(page)).to_have_attribute("aria-label", "Alpha")

    page.reload()

    expect(page.get_by_test_id("policy-row")).to_have_count(1)
    expect(panel(page)).to_have_attribute("aria-label", "Alpha")
    expect(page).to_have_url(re.compile(f"policy={one['id']}"))
    page.get_by_label("Search policies").fill("nothing such")
    expect(page.get_by_test_id("empty-filtered")).to_be_visible()


def test_a_policy_is_made_from_the_schemas_of_its_type(page: Page, server: RunningServer, policed: Policed) -> None:
    page.goto("/policies")
    page.get_by_test_id("empty").get_by_role("button", name="New policy").click()
    panel(page).get_by_label("Type").select_option("cost_spike")
    expect(panel(page).get_by_label("Times the average")).to_have_value("3")
    panel(page).get_by_label("Times the average").fill("1")
    panel(page).get_by_role("button", name="Put in force").click()
    expect(panel(page).get_by_test_id("fault")).to_have_text("More than 1, please.")
    expect(panel(page).get_by_label("Times the average")).to_be_focused()

    panel(page).get_by_label("Times the average").fill("4.5")
    panel(page).get_by_role("radio", name="Pause").check(force=True)
    expect(panel(page).get_by_test_id("rung-note")).to_contain_text("Somebody has to resume it.")
    panel(page).get_by_label("Name").fill("Spikes")
    panel(page).get_by_label("Agent").fill(policed.agent)
    panel(page).get_by_role("button", name="Put in force").click()

    expect(row(page, "Spikes")).to_contain_text("a call costs over 4.5× the average of 5 calls")
    created = stored(server, "Spikes")
    assert created["condition"] == {"factor": 4.5, "window": 5}
    assert (created["action"], created["agent_id"]) == ({"type": "pause"}, policed.agent)
    expect(page).to_have_url(re.compile(f"policy={created['id']}"))


def test_what_the_server_says_of_an_expression_stands_at_its_field(
    page: Page, server: RunningServer, policed: Policed
) -> None:
    policed.policy("condition", {"cel": "session.error_count > 3"}, name="Errors")
    page.goto("/policies")
    row(page, "Errors").click()
    editor = panel(page).get_by_label("Condition (CEL)")

    editor.fill("sesion.error_count > 2")

    expect(panel(page).get_by_test_id("fault")).to_contain_text("'sesion' is unknown")
    expect(editor).to_have_attribute("aria-invalid", "true")
    panel(page).get_by_role("button", name="Save").click()
    expect(editor).to_be_focused()
    panel(page).get_by_role("button", name="What it may speak of").click()
    page.get_by_role("dialog").get_by_role("button", name="session.total_tokens > 500000").click()
    expect(editor).to_have_value("session.total_tokens > 500000")
    expect(panel(page).get_by_test_id("fault")).to_have_count(0)
    panel(page).get_by_role("button", name="Save").click()
    expect(page.get_by_test_id("toast")).to_contain_text("Saved")
    assert stored(server, "Errors")["condition"] == {"cel": "session.total_tokens > 500000"}


def test_switching_off_is_undone_from_its_toast(page: Page, server: RunningServer, policed: Policed) -> None:
    policed.policy("step_limit", {"steps_exceeded": 5}, name="Switched")
    page.goto("/policies")
    switch = page.get_by_role("switch", name="Switched is on")

    switch.click()
    expect(page.get_by_test_id("toast")).to_contain_text("Switched off")
    expect(switch).to_have_attribute("aria-checked", "false")
    assert stored(server, "Switched")["enabled"] is False
    page.get_by_test_id("toast").get_by_role("button", name="Undo").click()

    expect(switch).to_have_attribute("aria-checked", "true")
    until(lambda: stored(server, "Switched")["enabled"])


def test_what_was_typed_is_not_lost_without_a_question(page: Page, policed: Policed) -> None:
    policed.policy("step_limit", {"steps_exceeded": 5}, name="Typed")
    page.goto("/policies")
    row(page, "Typed").click()
    panel(page).get_by_label("Steps").fill("7")

    page.get_by_role("navigation", name="Main").get_by_role("link", name="Agents").click()
    expect(page.get_by_test_id("confirm")).to_contain_text("Discard what you typed?")
    confirm(page, "Go back")
    expect(panel(page).get_by_label("Steps")).to_have_value("7")
    panel(page).get_by_role("button", name="Close").click()
    confirm(page, "Discard")

    expect(panel(page)).to_have_count(0)


def test_a_policy_is_deleted_after_a_question(page: Page, server: RunningServer, policed: Policed) -> None:
    policed.policy("step_limit", {"steps_exceeded": 5}, name="Doomed")
    page.goto("/policies")
    row(page, "Doomed").click()

    panel(page).get_by_role("button", name="Delete this policy").click()
    expect(page.get_by_test_id("confirm")).to_contain_text("It holds for no session from now on.")
    confirm(page, "Delete")

    expect(panel(page)).to_have_count(0)
    expect(row(page, "Doomed")).to_have_count(0)
    assert server.get("/api/v1/policies")["items"] == []


def test_the_history_tells_who_changed_what_and_how_it_was(page: Page, server: RunningServer, policed: Policed) -> None:
    policy = policed.policy("cost_limit", {"cost_exceeded": 1}, name="Watched")
    server.request("PATCH", f"/api/v1/policies/{policy['id']}", json={"condition": {"cost_exceeded": 2}})
    page.goto("/policies")
    row(page, "Watched").click()

    panel(page).get_by_role("link", name="Its history").click()

    changes = page.get_by_test_id("change")
    expect(changes).to_have_count(2)
    expect(page.get_by_role("tab", name="History")).to_have_attribute("aria-selected", "true")
    expect(changes.first).to_contain_text(re.compile("changed.*Watched.*condition.*local"))
    changes.first.get_by_role("button").click()
    expect(changes.first.locator("del")).to_have_text("costs more than $1.00")
    expect(changes.first).to_contain_text("costs more than $2.00")
    page.reload()
    expect(page.get_by_test_id("change")).to_have_count(2)
    page.get_by_role("button", name="Policy Watched").click()
    expect(page.get_by_test_id("change").first).to_be_visible()
    expect(page).not_to_have_url(re.compile("policy="))


def ran_into(policed: Policed) -> str:
    """A session over a cost limit, by which a decision was stored."""
    key = fresh("replayed")
    policed.run(key)
    policed.call_model(key, 0.6)
    until(lambda: policed.decisions(key))
    return key


def test_a_replay_shows_what_a_changed_set_would_have_decided(
    page: Page, server: RunningServer, policed: Policed
) -> None:
    policed.policy("cost_limit", {"cost_exceeded": 0.5}, "notify", name="Budget")
    key = ran_into(policed)
    page.goto(f"/policies?tab=replay&session={key}")
    page.get_by_test_id("run-replay").click()
    expect(page.get_by_test_id("replay-sum")).to_have_text("0 of 1 decision would differ")

    page.get_by_role("button", name="Budget", exact=True).click()
    panel(page).get_by_role("radio", name="Cancel").check(force=True)
    panel(page).get_by_role("button", name="Keep for the replay").click()
    expect(page.get_by_test_id("replay-policy")).to_have_attribute("data-state", "changed")
    page.get_by_test_id("run-replay").click()

    expect(page.get_by_test_id("replay-sum")).to_have_text("1 of 1 decision would differ")
    decision = page.get_by_test_id("replayed")
    expect(decision).to_contain_text(re.compile(f"{key}.*Notify.*Notify.*Cancel.*differs"))
    expect(decision.get_by_role("link")).to_have_attribute("href", f"/sessions/{key}")
    assert stored(server, "Budget")["action"] == {"type": "notify"}, "nothing holds yet"


def test_a_policy_is_added_and_another_left_out_in_place(page: Page, policed: Policed) -> None:
    policed.policy("cost_limit", {"cost_exceeded": 0.5}, "notify", name="Budget")
    key = ran_into(policed)
    page.goto(f"/policies?tab=replay&session={key}")

    page.get_by_role("button", name="Delete Budget in the replay").click()
    page.get_by_role("button", name="Add a policy to the replay").click()
    panel(page).get_by_label("Cost in US dollars").fill("0.1")
    panel(page).get_by_role("radio", name="Pause").check(force=True)
    panel(page).get_by_label("Name").fill("Tighter")
    panel(page).get_by_role("button", name="Keep for the replay").click()
    page.get_by_test_id("run-replay").click()

    expect(page.get_by_test_id("replayed")).to_contain_text(re.compile("Notify.*Budget.*Pause.*Tighter"))
    page.get_by_role("button", name="Undo the change of Budget").click()
    expect(page.get_by_text("The set or the scope has changed since.")).to_be_visible()
    page.get_by_role("button", name="Only what differs").click()
    expect(page).to_have_url(re.compile("differing=true"))


def test_a_condition_that_decisions_cannot_tell_is_named(page: Page, policed: Policed) -> None:
    policed.policy("condition", {"cel": "session.cost_usd > 0.5"}, "notify", name="By expression")
    key = ran_into(policed)
    page.goto(f"/policies?tab=replay&session={key}")
    page.get_by_role("button", name="By expression", exact=True).click()
    panel(page).get_by_label("Condition (CEL)").fill("session.cost_usd > 5.0")
    panel(page).get_by_role("button", name="Keep for the replay").click()

    page.get_by_test_id("run-replay").click()

    expect(page.get_by_test_id("not-replayed")).to_contain_text("Left out of the changed set: By expression.")


def test_what_was_tried_is_applied_in_one_step_and_taken_back(
    page: Page, server: RunningServer, policed: Policed
) -> None:
    policed.policy("cost_limit", {"cost_exceeded": 0.5}, name="Kept")
    gone = policed.policy("step_limit", {"steps_exceeded": 5}, name="Gone")
    page.goto("/policies?tab=replay")
    page.get_by_role("switch", name="Kept is on").click()
    page.get_by_role("button", name="Delete Gone in the replay").click()
    expect(page.get_by_role("tab", name="Replay")).to_contain_text("2 not applied")

    page.get_by_role("button", name="Apply these 2 changes").click()
    confirm(page, "Apply")
    expect(page.get_by_test_id("toast")).to_contain_text("Applied 2 changes")
    assert {(one["name"], one["enabled"]) for one in server.get("/api/v1/policies")["items"]} == {("Kept", False)}
    expect(page.get_by_test_id("replay-policy")).to_have_count(1)
    page.get_by_test_id("toast").get_by_role("button", name="Undo").click()

    expect(page.get_by_test_id("replay-policy")).to_have_count(2)
    back = stored(server, "Gone")
    assert (back["condition"], stored(server, "Kept")["enabled"]) == (gone["condition"], True)


def test_leaving_a_replay_that_is_not_applied_is_asked_about(page: Page, policed: Policed) -> None:
    policed.policy("cost_limit", {"cost_exceeded": 0.5}, name="Tried")
    page.goto("/policies?tab=replay")
    page.get_by_role("switch", name="Tried is on").click()
    page.get_by_role("tab", name="History").click()
    page.get_by_role("tab", name="Replay").click()
    expect(page.get_by_test_id("replay-policy")).to_have_attribute("data-state", "changed")

    page.get_by_role("navigation", name="Main").get_by_role("link", name="Agents").click()
    expect(page.get_by_test_id("confirm")).to_contain_text("Leave without applying?")
    confirm(page, "Leave")

    expect(page).to_have_url(re.compile("/agents"))


def test_a_session_that_is_not_there_is_told(page: Page, policed: Policed) -> None:
    page.goto("/policies?tab=replay&session=nobody")

    page.get_by_test_id("run-replay").click()

    expect(page.get_by_role("alert")).to_contain_text("It could not be replayed")


def test_the_keyboard_walks_through_policies_and_their_views(page: Page, policed: Policed) -> None:
    policed.policy("cost_limit", {"cost_exceeded": 1}, name="First", priority=2)
    policed.policy("cost_limit", {"cost_exceeded": 2}, name="Second", priority=1)
    page.goto("/agents")
    expect(page.get_by_role("heading", name="Agents", exact=True)).to_be_visible()
    page.keyboard.press("g")
    page.keyboard.press("p")
    expect(page.get_by_test_id("policy-row")).to_have_count(2)

    page.keyboard.press("j")
    expect(panel(page)).to_have_attribute("aria-label", "First")
    page.keyboard.press("j")
    expect(panel(page)).to_have_attribute("aria-label", "Second")
    page.keyboard.press("Escape")
    expect(panel(page)).to_have_count(0)
    page.keyboard.press("c")
    expect(panel(page)).to_have_attribute("aria-label", "New policy")
    page.keyboard.press("Escape")
    page.get_by_role("tab", name="In force").focus()
    page.keyboard.press("ArrowRight")

    expect(page.get_by_role("tab", name="History")).to_be_focused()
    expect(page.get_by_test_id("change").first).to_be_visible()


def test_many_policies_are_drawn_as_they_come_into_sight(page: Page, policed: Policed, server: RunningServer) -> None:
    new = {"type": "cost_limit", "condition": {"cost_exceeded": 1}, "action": {"type": "notify"}}
    many = [{**new, "name": f"Policy {number}", "priority": -number} for number in range(300)]
    server.post("/api/v1/policy-batches", json={"create": many}).raise_for_status()
    page.goto("/policies")
    expect(row(page, "Policy 0")).to_be_visible()
    assert page.get_by_test_id("policy-row").count() < 60

    page.get_by_test_id("policy-table").evaluate("(table) => table.scrollTo(0, table.scrollHeight)")

    expect(row(page, "Policy 299")).to_be_visible()


def test_a_server_that_fails_is_told_and_asked_again(page: Page, policed: Policed) -> None:
    page.route("**/api/v1/policies", lambda route: route.fulfill(status=403, json={"code": "refused", "message": "no"}))
    page.goto("/policies")
    expect(page.get_by_role("alert")).to_contain_text("This could not be loaded")
    page.unroute("**/api/v1/policies")

    page.get_by_role("button", name="Try again").click()

    expect(page.get_by_test_id("empty")).to_be_visible()


def test_no_accessibility_fault(page: Page, policed: Policed) -> None:
    policed.policy("cost_limit", {"cost_exceeded": 0.5}, "require_approval", name="Budget")
    policed.policy("condition", {"cel": "session.error_count > 3"}, "cancel", name="Off", enabled=False)
    key = ran_into(policed)
    found = []
    page.goto("/policies")
    expect(row(page, "Budget")).to_be_visible()
    found += faults(page)
    row(page, "Off").click()
    panel(page).get_by_label("Condition (CEL)").fill("x")
    expect(panel(page).get_by_test_id("fault")).to_be_visible()
    found += faults(page)
    panel(page).get_by_role("button", name="What it may speak of").click()
    expect(page.get_by_role("dialog").get_by_role("button").first).to_be_visible()
    found += faults(page)
    page.keyboard.press("Escape")
    panel(page).get_by_role("button", name="Close").click()
    confirm(page, "Discard")
    page.goto("/policies?tab=history")
    page.get_by_test_id("change").first.get_by_role("button").click()
    expect(page.get_by_test_id("change").first.get_by_role("button")).to_have_attribute("aria-expanded", "true")
    found += faults(page)
    page.goto(f"/policies?tab=replay&session={key}")
    page.get_by_role("switch", name="Budget is on").click()
    page.get_by_test_id("run-replay").click()
    expect(page.get_by_test_id("replayed")).to_be_visible()
    found += faults(page)
    page.get_by_role("button", name="Apply this change").click()
    expect(page.get_by_test_id("confirm")).to_be_visible()
    found += faults(page)

    assert found == []
