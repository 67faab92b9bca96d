"""The agents page, and what stands around every page, in a real browser."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from tests.browser.opened_pages import UNREACHABLE, faults, opened
from tests.running_server import RunningServer, started

import sojourn

pytestmark = pytest.mark.xdist_group("browser")
LIVE_MS = 30_000
CHAT = "https://chat.example/{agent}?session={session}"
OLD = "2020-01-01T00:00:00Z"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    folder = tmp_path_factory.mktemp("agents")
    with started(folder / "data", SOJOURN_CHAT_URL=CHAT) as running:
        sojourn.configure(running.url, spool_dir=folder / "spool")
        run("ok-1", "steady")
        run("ok-2", "steady")
        run("bad-1", "broken", RuntimeError("out of money"))
        tell(running, "old-1", "forgotten", OLD)
        sojourn.shutdown()
        yield running


def run(key: str, agent: str, failure: RuntimeError | None = None) -> None:
    with suppress(RuntimeError), sojourn.start_session(key, agent_id=agent) as session:
        session.message("user", "hello")
        if failure is not None:
            raise failure


def tell(server: RunningServer, key: str, agent: str, at: str) -> None:
    said = {"session": key, "agent_id": agent, "type": "message", "name": "m", "role": "user", "input": "hello"}
    server.post("/api/v1/events", json=[{**said, "started_at": at, "ended_at": at}]).raise_for_status()


def row(page: Page, agent: str) -> Locator:
    return page.locator(f'[data-testid="agent-row"][data-agent="{agent}"]')


def test_each_agent_has_its_health_and_lifecycle(page: Page) -> None:
    """Acceptance 152."""
    page.goto("/agents")

    expect(row(page, "broken").get_by_test_id("health")).to_have_text("error")
    expect(row(page, "steady").get_by_test_id("health")).to_have_text(re.compile("active|new"))
    expect(row(page, "forgotten").get_by_test_id("health")).to_have_text("stale")
    expect(row(page, "broken")).to_contain_text("100 %")
    row(page, "broken").get_by_test_id("health").hover()
    expect(page.get_by_role("tooltip")).to_contain_text("1 of 1 session that began in the last 24 hours failed.")


def test_what_the_words_mean_can_be_read(page: Page) -> None:
    page.goto("/agents")
    page.get_by_role("button", name="What health means").click()

    expect(page.get_by_role("dialog")).to_contain_text("Nothing was heard of it for 7 days.")


def test_agents_sort_both_ways_and_the_url_keeps_it(page: Page) -> None:
    page.goto("/agents")
    page.get_by_test_id("sort-agent_id").click()
    expect(page.get_by_test_id("agent-row").first).to_have_attribute("data-agent", "broken")
    page.get_by_test_id("sort-agent_id").click()
    expect(page.get_by_role("columnheader", name="Agent")).to_have_attribute("aria-sort", "descending")

    page.reload()

    expect(page.get_by_test_id("agent-row").first).to_have_attribute("data-agent", "steady")


def test_a_range_counts_only_what_began_in_it(page: Page) -> None:
    page.goto("/agents")
    expect(row(page, "forgotten")).to_be_visible()

    page.get_by_role("button", name="24 hours").click()

    expect(row(page, "forgotten")).to_have_count(0)
    expect(row(page, "steady")).to_be_visible()
    expect(page).to_have_url(re.compile("range=24h"))


def test_an_agent_leads_to_its_sessions(page: Page) -> None:
    page.goto("/agents")
    row(page, "steady").get_by_role("link", name="steady").click()

    expect(page).to_have_url(re.compile(r"/sessions\?.*agent=.*steady"))
    expect(page.get_by_test_id("total")).to_contain_text("2 sessions")


def test_an_agent_that_begins_appears_with_its_runtime_without_a_reload(
    page: Page, server: RunningServer, tmp_path: Path
) -> None:
    page.goto("/agents")
    expect(page.get_by_test_id("live-state")).to_have_text("Live")
    sojourn.configure(server.url, spool_dir=tmp_path / "spool")
    try:
        with sojourn.start_session("now-1", agent_id="just-begun") as session:
            session.message("user", "hello")

            expect(row(page, "just-begun").get_by_test_id("health")).to_have_text("active", timeout=LIVE_MS)
            expect(page.get_by_test_id("runtime-row").filter(has_text="listening").first).to_be_visible(timeout=LIVE_MS)
    finally:
        sojourn.shutdown()


def test_the_sessions_page_leads_to_the_work_center_and_the_agents(page: Page) -> None:
    page.goto("/sessions")
    navigation = page.get_by_role("navigation", name="Main")
    expect(navigation.get_by_role("link")).to_contain_text(["Sessions", "Work Center", "Agents", "Experiments"])

    navigation.get_by_role("link", name="Agents").click()

    expect(page).to_have_title("Agents · Sojourn")
    expect(navigation.get_by_role("link", name="Agents")).to_have_attribute("aria-current", "page")


def test_an_address_without_a_page_says_so(page: Page) -> None:
    page.goto("/no/such/page")

    expect(page.get_by_test_id("not-found")).to_contain_text("/no/such/page")
    expect(page).to_have_title("Not found · Sojourn")
    page.get_by_test_id("not-found").get_by_role("link", name="Agents").click()
    expect(page.get_by_role("heading", name="Agents", exact=True)).to_be_visible()


def test_the_first_tab_stop_skips_to_the_content(page: Page) -> None:
    page.goto("/agents")
    expect(page.get_by_test_id("agent-row").first).to_be_visible()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()

    page.keyboard.press("Enter")

    expect(page.get_by_role("main")).to_be_focused()


def test_the_theme_is_chosen_kept_and_given_back_to_the_system(page: Page) -> None:
    page.emulate_media(color_scheme="light")
    page.goto("/agents")
    root = page.locator("html")
    expect(root).to_have_attribute("data-theme", "light")
    page.get_by_test_id("theme").click()
    page.get_by_role("menuitemradio", name="Dark").click()
    expect(root).to_have_attribute("data-theme", "dark")
    page.reload()
    expect(root).to_have_attribute("data-theme", "dark")
    page.get_by_test_id("theme").click()
    page.get_by_role("menuitemradio", name="As the system").click()
    expect(root).to_have_attribute("data-theme", "light")

    page.emulate_media(color_scheme="dark")

    expect(root).to_have_attribute("data-theme", "dark")


def test_the_keyboard_walks_through_tasks_and_opens_the_sheet(page: Page, server: RunningServer) -> None:
    for title in ("Second by key", "First by key"):
        last = server.post("/api/v1/tasks", json={"title": title}).json()["id"]
    page.goto("/agents")
    expect(page.get_by_role("heading", name="Agents", exact=True)).to_be_visible()
    page.keyboard.press("g")
    page.keyboard.press("t")
    expect(page.get_by_test_id("task-row").filter(has_text="First by key")).to_be_visible()

    page.keyboard.press("j")
    expect(page).to_have_url(re.compile(last))
    page.keyboard.press("j")
    expect(page.get_by_test_id("task-panel")).to_contain_text("Second by key")
    page.keyboard.press("?")
    expect(page.get_by_test_id("shortcut-sheet")).to_contain_text("next and previous task")
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("shortcut-sheet")).to_have_count(0)
    page.keyboard.press("Escape")

    expect(page.get_by_test_id("task-panel")).to_have_count(0)


def test_a_server_that_is_away_is_told_until_it_is_back(browser: Browser, server: RunningServer) -> None:
    with opened(browser, server, expects=[UNREACHABLE]) as page:
        page.goto("/agents")
        expect(page.get_by_test_id("live-state")).to_have_text("Live")
        server.kill()
        try:
            expect(page.get_by_test_id("away")).to_contain_text("does not answer", timeout=LIVE_MS)
        finally:
            server.start()
        tell(server, "back-1", "came-back", OLD)

        expect(page.get_by_test_id("away")).to_have_count(0, timeout=LIVE_MS)
        expect(row(page, "came-back")).to_be_visible(timeout=LIVE_MS)


@pytest.mark.parametrize(("path", "sign"), [("/agents", "agent-row"), ("/nowhere", "not-found")])
def test_no_accessibility_fault(page: Page, path: str, sign: str) -> None:
    page.goto(path)
    expect(page.get_by_test_id(sign).first).to_be_visible()

    assert faults(page) == []


def test_sessions_lead_to_where_people_talk_to_agents_and_to_the_agents(page: Page) -> None:
    """Acceptance 114."""
    page.goto("/sessions")
    expect(page.get_by_test_id("chat-link")).to_have_attribute("href", "https://chat.example/?session=")
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Agents").click()
    expect(row(page, "steady")).to_be_visible()

    page.goto("/sessions/ok-1")
    expect(page.get_by_test_id("chat-link")).to_have_attribute("href", "https://chat.example/steady?session=ok-1")
    expect(page.get_by_test_id("chat-link")).to_have_accessible_name("Open this conversation in the chat console")
