"""The web app in a real browser, on the real server, with the real sample sessions."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright
from tests.running_server import RunningServer, started

pytestmark = pytest.mark.xdist_group("browser")
CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
CLAUDE = "196820da-1026-4b6f-a513-a6aae42da1a6"
AXE = Path(__file__).parents[2] / "ui" / "node_modules" / "axe-core" / "axe.min.js"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    with started(tmp_path_factory.mktemp("browser") / "data", "--demo") as running:
        for _ in range(120):
            found = httpx.get(f"{running.url}/api/v1/sessions", params={"q": f"key:{CLAUDE}"}).json()["total"]
            others = httpx.get(f"{running.url}/api/v1/sessions", params={"q": "key:tau2"}).json()["total"]
            if found and others == 9:
                break
            time.sleep(0.25)
        yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield launched
        launched.close()


@pytest.fixture
def page(browser: Browser, server: RunningServer) -> Iterator[Page]:
    context = browser.new_context(base_url=server.url, viewport={"width": 1440, "height": 900})
    opened = context.new_page()
    complaints: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        if message.type == "error":
            complaints.append(message.text)

    opened.on("console", hear)
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    yield opened
    context.close()
    assert complaints == []


def rows(page: Page) -> int:
    return page.get_by_test_id("session-row").count()


def test_the_list_shows_the_sample_sessions_and_tiles(page: Page) -> None:
    page.goto("/")

    expect(page.get_by_test_id("session-row").first).to_be_visible()
    expect(page).to_have_url(re.compile("/sessions$"))
    expect(page.get_by_test_id("tile-sessions")).to_contain_text(re.compile(r"\d+"))
    expect(page.get_by_test_id("live-state")).to_have_text("Live")


def test_search_finds_what_was_said_and_shows_the_passage(page: Page) -> None:
    page.goto("/sessions")
    page.get_by_label("Search sessions").fill("Nassau curry reservation")
    page.get_by_label("Search sessions").fill("reservation")

    expect(page.get_by_test_id("passage").first).to_contain_text(re.compile("reservation", re.IGNORECASE))
    expect(page).to_have_url(re.compile("q=reservation"))


def test_a_filtered_view_is_reproduced_by_its_url(page: Page) -> None:
    page.goto("/sessions")
    page.get_by_test_id("filter-agent").click()
    page.get_by_role("menuitemcheckbox", name=re.compile("airline-agent")).click()
    page.keyboard.press("Escape")
    expect(page).to_have_url(re.compile("airline-agent"))
    expect(page.get_by_test_id("total")).to_have_text("9 sessions")

    page.reload()

    expect(page.get_by_test_id("total")).to_have_text("9 sessions")


def test_nothing_found_says_so_and_offers_the_way_back(page: Page) -> None:
    page.goto("/sessions?q=xyzzyplugh")

    expect(page.get_by_test_id("empty-filtered")).to_be_visible()
    page.get_by_role("button", name="Clear everything").click()
    expect(page.get_by_test_id("session-row").first).to_be_visible()


def test_columns_sort_both_ways(page: Page) -> None:
    page.goto("/sessions")
    page.get_by_test_id("sort-cost").click()
    expect(page.get_by_role("columnheader", name=re.compile("Cost"))).to_have_attribute("aria-sort", "descending")
    expect(page.get_by_test_id("session-row").first).to_contain_text("pi")

    page.get_by_test_id("sort-cost").click()

    expect(page).to_have_url(re.compile("sort=cost_usd"))


def test_a_new_session_appears_without_reload(page: Page, server: RunningServer) -> None:
    page.goto("/sessions")
    expect(page.get_by_test_id("session-row").first).to_be_visible()
    expect(page.get_by_test_id("live-state")).to_have_text("Live")

    record = {"session": "live/one:two", "type": "message", "name": "m", "role": "user", "input": "hello from now"}
    httpx.post(f"{server.url}/api/v1/events", json=[record]).raise_for_status()

    expect(page.locator('[data-key="live/one:two"]')).to_be_visible(timeout=5_000)


def test_a_session_whose_key_holds_slashes_and_colons_opens(page: Page, server: RunningServer) -> None:
    key = "agent:main:telegram:a/b c"
    record = {"session": key, "type": "message", "name": "m", "role": "user", "input": "hello slash"}
    httpx.post(f"{server.url}/api/v1/events", json=[record]).raise_for_status()

    page.goto("/sessions")
    page.locator(f'[data-key="{key}"]').click()
    expect(page.get_by_test_id("message-user")).to_contain_text("hello slash")
    page.reload()

    expect(page.get_by_test_id("message-user")).to_contain_text("hello slash")


def test_the_conversation_shows_roles_tool_cards_and_times(page: Page) -> None:
    page.goto(f"/sessions/{CLAUDE}")

    expect(page.get_by_test_id("info-bar")).to_contain_text("claude-code")
    expect(page.get_by_test_id("because")).to_contain_text("since")
    expect(page.get_by_test_id("message-user").first).to_be_visible()
    expect(page.get_by_test_id("message-assistant").first).to_be_visible()
    card = page.get_by_test_id("tool-card").first
    card.locator("summary").click()
    expect(card).to_contain_text("Input")
    expect(card).to_contain_text("Output")


def test_the_timeline_filters_and_opens_an_event(page: Page) -> None:
    page.goto(f"/sessions/{CLAUDE}?tab=timeline")
    page.get_by_role("button", name="Tool calls").click()
    expect(page.get_by_test_id("event-total")).to_have_text("130 events")
    assert {row.get_attribute("data-type") for row in page.get_by_test_id("event-row").all()} <= {
        "tool_call",
        "tool_result",
    }

    page.get_by_role("button", name="Model calls").click()
    page.get_by_test_id("event-row").first.click()

    panel = page.get_by_test_id("event-panel")
    expect(panel).to_contain_text("claude-sonnet-4-5")
    panel.get_by_text("What made this cost").click()
    expect(panel).to_contain_text("genai-prices")
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()


def test_agents_and_metrics_have_their_tables(page: Page) -> None:
    page.goto(f"/sessions/{CLAUDE}?tab=agents")
    expect(page.get_by_role("table")).to_contain_text("claude-code")

    page.get_by_role("tab", name="Metrics").click()

    expect(page.get_by_role("table").first).to_contain_text("claude-sonnet-4-5")


def test_an_unknown_session_says_so(browser: Browser, server: RunningServer) -> None:
    page = browser.new_page(base_url=server.url)
    page.goto("/sessions/no-such-session")

    expect(page.get_by_role("alert")).to_contain_text("no such session")
    page.close()


def test_the_keyboard_reaches_search_rows_and_help(page: Page) -> None:
    page.goto("/sessions")
    expect(page.get_by_test_id("session-row").first).to_be_visible()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.get_by_role("button", name="Close").click()
    page.keyboard.press("j")
    page.keyboard.press("Enter")

    expect(page.get_by_test_id("info-bar")).to_be_visible()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("path", ["/sessions", f"/sessions/{CLAUDE}", f"/sessions/{CLAUDE}?tab=timeline"])
def test_no_serious_accessibility_fault(browser: Browser, server: RunningServer, path: str, theme: str) -> None:
    page = browser.new_page(base_url=server.url, color_scheme=theme, bypass_csp=True)  # type: ignore[arg-type]
    page.goto(path)
    page.wait_for_timeout(1_200)
    page.add_script_tag(path=str(AXE))

    faults = page.evaluate(
        "axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa'] }).then((found) => found.violations)"
    )

    page.close()
    assert [
        (fault["id"], fault["nodes"][0]["html"][:120]) for fault in faults if fault["impact"] in {"serious", "critical"}
    ] == []
