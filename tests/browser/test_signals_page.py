"""The feed of signals, alert channels, and what fired in a session, in a real browser."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from tests.alerts.alerted import Alerted
from tests.alerts.mailbox import Mailbox
from tests.alerts.receiver import Receiver
from tests.browser.opened_pages import REFUSED, faults, opened
from tests.policies.policed import Policed
from tests.running_server import RunningServer, started
from tests.steering_http.operators import fresh, until

pytestmark = pytest.mark.xdist_group("browser")
LIVE_MS = 20_000
MANY = 210  # more than two pages of the feed


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    with Receiver() as running:
        yield running


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    with started(tmp_path_factory.mktemp("signals") / "data") as running:
        yield running


@pytest.fixture(scope="module")
def page_options() -> dict[str, Any]:
    return {"expects": [REFUSED]}


@pytest.fixture
def alerted(server: RunningServer) -> Iterator[Alerted]:
    operator = Alerted(server)
    yield operator
    operator.close()


@pytest.fixture
def policed(server: RunningServer) -> Policed:
    return Policed(server)


def row(page: Page, words: str) -> Locator:
    return page.get_by_test_id("signal-row").filter(has_text=words)


def feed(page: Page, **filters: str) -> None:
    page.goto("/signals" + ("?" if filters else "") + "&".join(f"{name}={value}" for name, value in filters.items()))
    expect(page.get_by_test_id("live-state")).to_have_text("Live")


def stopped_by_policy(policed: Policed, key: str) -> None:
    """Two policies matched, and the one that goes further won."""
    policed.policy("step_limit", {"steps_exceeded": 1}, "notify", name="Step cap")
    policed.policy("cost_limit", {"cost_exceeded": 0.5}, "pause", name="Budget")
    policed.run(key)
    policed.call_model(key, 0.6)
    until(lambda: policed.signal(key, "cost_limit")["outcome"])
    until(lambda: policed.timeline(key, "signal"))


def test_without_a_signal_it_says_how_signals_come_to_be(page: Page) -> None:
    feed(page)

    expect(page.get_by_test_id("empty")).to_contain_text("when a session runs into a policy")
    expect(page).to_have_title(re.compile("Signals"))


def test_a_signal_appears_live_and_leads_to_its_session_at_the_event(page: Page, alerted: Alerted) -> None:
    """Acceptance 153."""
    key = f"chat:{fresh('a/b')}"
    alerted.begin(key, agent_id="feeder")
    feed(page)

    alerted.fire(key, type="guardrail", subtype="pii_detected", message="A phone number was about to leave")

    expect(row(page, "A phone number")).to_contain_text(key, timeout=LIVE_MS)
    expect(row(page, "A phone number")).to_contain_text("pii detected")
    row(page, "A phone number").get_by_test_id("signal-link").click()
    panel = page.get_by_test_id("event-panel")
    expect(panel).to_contain_text("guardrail/pii_detected")
    expect(panel).to_contain_text("A phone number was about to leave")
    expect(page.locator(".event-row.selected")).to_be_visible()
    assert f"/sessions/{key.replace(':', '%3A').replace('/', '%2F')}" in page.url


def test_what_fires_again_is_one_row_that_counts(page: Page, alerted: Alerted) -> None:
    key = fresh("counts")
    alerted.begin(key)
    alerted.fire(key, subtype="looping", message="first time")
    feed(page, subtype="looping")
    expect(row(page, "first time")).to_contain_text("once")

    for place in range(3):
        alerted.fire(key, subtype="looping", message=f"again {place}")

    expect(row(page, "again 2")).to_contain_text("4×", timeout=LIVE_MS)
    expect(page.get_by_test_id("signal-row")).to_have_count(1)


def test_the_row_shows_policy_action_and_outcome(page: Page, policed: Policed) -> None:
    key = fresh("acted")
    stopped_by_policy(policed, key)

    feed(page, agent=policed.agent)

    expect(row(page, "is over the limit")).to_contain_text(re.compile(r"Budget.*pause.*refused: no runtime listens"))
    expect(row(page, "reach the limit")).to_contain_text(re.compile("Step cap.*notify"))


def test_filters_narrow_the_feed_and_stand_in_the_url(page: Page, alerted: Alerted) -> None:
    key = fresh("filtered")
    alerted.begin(key, agent_id="filtered-agent")
    alerted.fire(key, type="control", subtype="switched", message="Control one")
    alerted.fire(key, type="alert", subtype="noisy", message="Alert one")
    feed(page, agent="filtered-agent")
    expect(page.get_by_test_id("signal-total")).to_have_text("2 signals")

    page.get_by_test_id("filter-type").click()
    page.get_by_role("menuitemcheckbox", name="control").click()
    page.keyboard.press("Escape")
    expect(row(page, "Alert one")).to_have_count(0)
    page.get_by_role("button", name="24 hours").click()
    expect(page).to_have_url(re.compile("control.*range=24h"))
    page.goto(page.url)

    expect(row(page, "Control one")).to_be_visible()
    expect(page.get_by_test_id("signal-total")).to_have_text("1 signal")
    page.get_by_role("button", name="Clear all").click()
    expect(row(page, "Alert one")).to_be_visible()
    feed(page, agent="nobody-at-all")
    page.get_by_test_id("empty-filtered").get_by_role("button").click()
    expect(row(page, "Alert one")).to_be_visible()


def test_a_long_feed_is_read_page_by_page_and_news_wait_for_whoever_scrolled(page: Page, alerted: Alerted) -> None:
    key = fresh("long")
    alerted.begin(key, agent_id="long-agent")
    for place in range(MANY):
        alerted.fire(key, subtype=f"kind_{place:03}", message=f"Number {place:03}")
    feed(page, agent="long-agent")
    expect(page.get_by_test_id("signal-total")).to_have_text(f"{MANY} signals")
    scroller = page.get_by_test_id("feed")

    def is_at_its_end() -> bool:
        scroller.evaluate("feed => feed.scrollTo(0, feed.scrollHeight)")
        return row(page, "Number 000").is_visible()

    until(is_at_its_end)
    assert page.get_by_test_id("signal-row").count() < 60
    alerted.fire(key, subtype="late", message="Came late")

    expect(page.get_by_test_id("news")).to_have_text("1 new", timeout=LIVE_MS)
    expect(row(page, "Came late")).to_have_count(0)
    page.get_by_test_id("news").click()
    expect(row(page, "Came late")).to_be_visible()
    expect(page.get_by_test_id("news")).to_have_count(0)


def test_signals_of_a_deleted_session_leave_the_feed(page: Page, alerted: Alerted) -> None:
    key = fresh("gone")
    alerted.begin(key, status="completed", agent_id="gone-agent")
    alerted.fire(key, message="Will be gone")
    feed(page, agent="gone-agent")
    expect(row(page, "Will be gone")).to_be_visible()

    alerted.server.request("DELETE", f"/api/v1/sessions/{key}").raise_for_status()
    page.get_by_role("button", name="Refresh").click()

    expect(page.get_by_test_id("empty-filtered")).to_be_visible()


def test_the_keyboard_walks_through_the_feed(page: Page, alerted: Alerted) -> None:
    key = fresh("keys")
    alerted.begin(key, agent_id="key-agent")
    for words in ("First", "Second"):
        alerted.fire(key, subtype=words.lower(), message=words)
    page.goto("/tasks")
    expect(page.get_by_test_id("live-state")).to_have_text("Live")
    page.keyboard.press("g")
    page.keyboard.press("n")
    expect(page).to_have_url(re.compile("/signals"))
    feed(page, agent="key-agent")
    expect(row(page, "First")).to_be_visible()

    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(row(page, "First").get_by_test_id("signal-link")).to_be_focused()
    page.keyboard.press("k")
    expect(row(page, "Second").get_by_test_id("signal-link")).to_be_focused()
    page.keyboard.press("Enter")

    expect(page.get_by_test_id("event-panel")).to_contain_text("Second")


def test_the_drawer_shows_what_fired_in_the_run(page: Page, policed: Policed) -> None:
    """Acceptance 146. The pane stands in the URL, and a signal leads to its event."""
    key = fresh("drawer")
    stopped_by_policy(policed, key)
    page.goto(f"/sessions?open={key}")
    drawer = page.get_by_test_id("preview")

    drawer.get_by_role("button", name=re.compile(r"Signals\s*2")).click()
    expect(page).to_have_url(re.compile("pane=signals"))
    page.goto(page.url)

    fired = drawer.get_by_test_id("session-signal")
    expect(fired).to_have_count(2)
    expect(fired.filter(has_text="Budget")).to_contain_text(re.compile(r"over the limit of \$0\.5.*pause.*refused"))
    fired.filter(has_text="Budget").get_by_test_id("signal-event").click()
    expect(page.get_by_test_id("event-panel")).to_contain_text("guardrail/cost_limit")


def test_the_drawer_shows_how_policies_decided(page: Page, policed: Policed) -> None:
    """Acceptance 147. Context, candidates, what won and why, and the final decision."""
    key = fresh("decided")
    stopped_by_policy(policed, key)
    page.goto(f"/sessions?open={key}&pane=signals")
    drawer = page.get_by_test_id("preview")

    decision = drawer.get_by_test_id("decision").first
    expect(decision.get_by_test_id("final-decision")).to_have_text("pause")
    expect(decision.get_by_test_id("decision-reason")).to_contain_text("cancel beats pause")
    expect(decision.get_by_test_id("decision-context")).to_contain_text(re.compile(r"cost\s*0\.6.*total steps\s*1"))
    winner = decision.locator("tr[data-winner=true]")
    expect(winner).to_contain_text(re.compile(r"pause\s*won.*Budget.*over the limit", re.DOTALL))
    expect(decision.locator("tr[data-winner=false]")).to_contain_text(re.compile("notify.*Step cap", re.DOTALL))
    decision.get_by_text("The final decision as it was kept").click()
    expect(decision.locator("pre")).to_contain_text('"policy_type": "cost_limit"')


def test_the_session_page_has_both_and_a_signal_jumps_to_the_timeline(page: Page, policed: Policed) -> None:
    key = fresh("paged")
    stopped_by_policy(policed, key)
    page.goto(f"/sessions/{key}")
    expect(page.get_by_test_id("signal-count")).to_have_text("2")

    page.get_by_role("tab", name=re.compile("Signals")).click()
    expect(page.get_by_test_id("session-decisions").get_by_test_id("decision")).to_have_count(1)
    page.get_by_test_id("session-signal").filter(has_text="Step cap").get_by_test_id("signal-event").click()

    expect(page.get_by_role("tab", name="Timeline")).to_have_attribute("aria-selected", "true")
    expect(page.get_by_test_id("event-panel")).to_contain_text("guardrail/step_limit")
    page.go_back()
    expect(page.get_by_test_id("session-signals")).to_be_visible()


def test_a_session_where_nothing_fired_says_so(page: Page, policed: Policed) -> None:
    key = fresh("calm")
    policed.run(key)

    page.goto(f"/sessions/{key}?tab=signals")

    expect(page.get_by_test_id("no-signals")).to_be_visible()
    expect(page.get_by_test_id("no-decisions")).to_be_visible()
    expect(page.get_by_test_id("signal-count")).to_have_count(0)


def channel(page: Page, name: str) -> Locator:
    return page.get_by_test_id("channel").filter(has_text=name)


def test_a_channel_is_made_tested_and_used_without_curl(page: Page, alerted: Alerted, receiver: Receiver) -> None:
    """Acceptance 154. As an operator does it."""
    path, key = f"/200/{fresh('page')}", fresh("page")
    alerted.begin(key, agent_id=key)
    page.goto("/signals/alerts")
    page.get_by_test_id("empty").get_by_role("button", name="Make a channel").click()
    form = page.get_by_test_id("channel-form")
    expect(form.get_by_test_id("no-mail-server")).to_contain_text("SOJOURN_SMTP_URL")
    expect(form.get_by_label("E-mail")).to_be_disabled()

    form.get_by_role("button", name="Create").click()
    expect(form.get_by_text("A name is needed.")).to_be_visible()
    form.get_by_label("Name").fill("On call")
    form.get_by_label("Address").fill(receiver.url + path)
    form.get_by_role("button", name="Make one").click()
    expect(form.get_by_role("textbox", name="Secret")).not_to_have_value("")
    secret = form.get_by_role("textbox", name="Secret").input_value()
    form.get_by_label("Agent").fill(key)
    form.get_by_label("Agent").press("Enter")
    form.get_by_label("Words").fill("dear")
    form.get_by_label("Quiet minutes").fill("0")
    form.get_by_role("button", name="Create").click()
    expect(form).to_be_hidden()
    expect(channel(page, "On call").get_by_test_id("channel-match")).to_have_text(f"agent {key}, with “dear”")

    channel(page, "On call").get_by_test_id("test").click()
    expect(channel(page, "On call").get_by_test_id("test-result")).to_contain_text("Sent: it answered 200")
    alerted.fire(key, message="too dear")

    delivery = page.get_by_test_id("delivery").filter(has_text="too dear")
    expect(delivery).to_have_attribute("data-state", "sent", timeout=LIVE_MS)
    assert [one.json["type"] for one in receiver.at(path)] == ["test", "signal"]
    assert len(secret) == 48
    assert "sojourn-signature" in receiver.at(path)[1].headers
    expect(channel(page, "On call")).to_contain_text("signed")
    delivery.get_by_role("link", name="too dear").click()
    expect(page.get_by_test_id("event-panel")).to_contain_text("too dear")


def test_what_failed_is_shown_with_its_reason_and_tried_again(page: Page, alerted: Alerted, receiver: Receiver) -> None:
    path, key = f"/500/{fresh('fails')}", fresh("fails")
    made = alerted.channel(receiver.url + path, name="Bridge", match={"agent_id": [key]})
    alerted.begin(key, agent_id=key)
    page.goto(f"/signals/alerts?channel={made['id']}")
    expect(page.get_by_test_id("no-deliveries")).to_be_visible()
    channel(page, "Bridge").get_by_test_id("test").click()
    expect(channel(page, "Bridge").get_by_test_id("test-result")).to_have_text("Not sent: it answered 500")

    alerted.fire(key, message="Something broke")
    delivery = page.get_by_test_id("delivery").filter(has_text="Something broke")
    expect(delivery).to_contain_text(re.compile("trying again.*it answered 500"), timeout=LIVE_MS)
    receiver.statuses[path] = 200
    delivery.get_by_test_id("retry").click()

    expect(delivery).to_have_attribute("data-state", "sent", timeout=3 * LIVE_MS)
    page.get_by_role("button", name="Given up").click()
    expect(page.get_by_test_id("no-deliveries")).to_contain_text("None of this sort")
    expect(page).to_have_url(re.compile("state=failed"))


def test_a_channel_is_changed_switched_off_and_deleted(page: Page, alerted: Alerted) -> None:
    made = alerted.channel("https://hooks.example.com/x", name="Old name", secret="0123456789abcdef")
    page.goto("/signals/alerts")

    channel(page, "Old name").get_by_test_id("edit").click()
    form = page.get_by_test_id("channel-form")
    expect(form).to_contain_text("signed with a secret, which is told to nobody")
    form.get_by_label("Name").fill("New name")
    form.get_by_label("Type", exact=True).fill("guardrail")
    form.get_by_role("button", name="Save").click()
    expect(channel(page, "New name").get_by_test_id("channel-match")).to_have_text("type guardrail")
    stored = alerted.server.get(f"/api/v1/alert-channels/{made['id']}")
    assert (stored["has_secret"], stored["match"]["type"]) == (True, ["guardrail"])

    channel(page, "New name").get_by_test_id("switch").click()
    expect(channel(page, "New name").get_by_test_id("switch")).to_have_attribute("aria-checked", "false")
    page.get_by_test_id("toast").filter(has_text="is off").get_by_role("button", name="Undo").click()
    expect(channel(page, "New name").get_by_test_id("switch")).to_have_attribute("aria-checked", "true")

    channel(page, "New name").get_by_test_id("delete").click()
    expect(page.get_by_test_id("confirm")).to_contain_text("cannot be taken back")
    page.get_by_test_id("confirm").get_by_role("button", name="Delete the channel").click()
    expect(channel(page, "New name")).to_have_count(0)


def test_what_the_server_refuses_is_told_in_the_form(page: Page, alerted: Alerted) -> None:
    alerted.channel("https://hooks.example.com/x")
    page.goto("/signals/alerts?edit=new")
    form = page.get_by_test_id("channel-form")

    form.get_by_label("Name").fill("x")
    form.get_by_label("Address").fill("https://me:password@example.com/")
    form.get_by_role("button", name="Create").click()

    expect(form.get_by_test_id("form-fault")).to_contain_text("it may hold no name or password")
    page.keyboard.press("Escape")
    expect(form).to_be_hidden()


def test_an_email_channel_is_made_where_there_is_a_mail_server(browser: Browser, tmp_path: Path) -> None:
    with Mailbox(auth_require_tls=False) as mailbox:
        settings = {"SOJOURN_SMTP_URL": f"smtp://127.0.0.1:{mailbox.port}", "SOJOURN_SMTP_FROM": "a@example.com"}
        with started(tmp_path / "data", **settings) as server, opened(browser, server) as page:
            page.goto("/signals/alerts?edit=new")
            form = page.get_by_test_id("channel-form")
            form.get_by_label("Name").fill("People")
            form.get_by_label("E-mail").check(force=True)
            form.get_by_label("To").fill("ann@example.com, bob@example.com")
            form.get_by_role("button", name="Create").click()
            channel(page, "People").get_by_test_id("test").click()

            expect(channel(page, "People").get_by_test_id("test-result")).to_contain_text("the mail server took it")

    assert mailbox.letters[0].recipients == ["ann@example.com", "bob@example.com"]


def test_a_fault_of_the_server_is_told_and_can_be_tried_again(page: Page) -> None:
    page.route("**/api/v1/signals?*", lambda route: route.fulfill(status=422, json={"code": "x", "message": "No."}))
    page.goto("/signals")
    expect(page.get_by_role("alert")).to_contain_text("No.")

    page.unroute("**/api/v1/signals?*")
    page.get_by_role("button", name="Try again").click()

    expect(page.get_by_role("alert")).to_have_count(0)


def test_every_state_is_accessible(page: Page, alerted: Alerted, policed: Policed, receiver: Receiver) -> None:
    key = fresh("axe")
    failing = alerted.channel(f"{receiver.url}/500/{key}", name="Failing", match={"agent_id": [policed.agent]})
    alerted.channel(f"{receiver.url}/200/{key}", name="Good", is_enabled=False, secret="0123456789abcdef")
    stopped_by_policy(policed, key)
    until(lambda: alerted.deliveries(failing))
    found = []
    for address, test_id in (
        ("/signals", "signal-row"),
        ("/signals?agent=nobody-at-all", "empty-filtered"),
        (f"/sessions/{key}?tab=signals", "decision"),
        (f"/sessions?open={key}&pane=signals", "decision"),
        ("/signals/alerts", "delivery"),
    ):
        page.goto(address)
        expect(page.get_by_test_id(test_id).first).to_be_visible()
        found += faults(page)
    channel(page, "Failing").get_by_test_id("test").click()
    expect(page.get_by_test_id("test-result")).to_be_visible()
    channel(page, "Good").get_by_test_id("edit").click()
    page.get_by_label("Agent").fill("somebody")
    page.get_by_label("Agent").press("Enter")
    page.get_by_label("Name").fill("")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("A name is needed.")).to_be_visible()
    found += faults(page)
    page.set_viewport_size({"width": 420, "height": 800})
    page.goto("/signals")
    expect(page.get_by_test_id("signal-row").first).to_be_visible()
    found += faults(page)

    assert found == []
