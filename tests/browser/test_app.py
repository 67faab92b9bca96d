"""The web app in a real browser, on the real server, with the real sample sessions."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.browser.opened_pages import REFUSED, faults, opened
from tests.running_server import RunningServer, started
from tests.steering_http.operators import until

pytestmark = pytest.mark.xdist_group("browser")
CLAUDE = "196820da-1026-4b6f-a513-a6aae42da1a6"
SAMPLES = {f"key:{CLAUDE}": 1, "key:tau2": 9}  # by what finds them, how many there are
SAMPLES_TIMEOUT_S = 240
LIVE_MS = 10_000


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    with started(tmp_path_factory.mktemp("browser") / "data", "--demo") as running:
        for words, count in SAMPLES.items():
            until(lambda: running.get("/api/v1/sessions", q=words)["total"] == count, SAMPLES_TIMEOUT_S)  # noqa: B023
        yield running


def told(server: RunningServer, key: str, text: str) -> None:
    record = {"session": key, "type": "message", "name": "m", "role": "user", "input": text}
    server.post("/api/v1/events", json=[record]).raise_for_status()


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

    told(server, "live/one:two", "hello from now")

    expect(page.locator('[data-key="live/one:two"]')).to_be_visible(timeout=LIVE_MS)


def test_a_session_whose_key_holds_slashes_and_colons_opens(page: Page, server: RunningServer) -> None:
    key = "agent:main:telegram:a/b c"
    told(server, key, "hello slash")

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
    with opened(browser, server, expects=[REFUSED]) as page:
        page.goto("/sessions/no-such-session")

        expect(page.get_by_role("heading", name="No such session", exact=True)).to_be_visible()
        expect(page.get_by_role("main")).to_contain_text("no-such-session")


def test_the_keyboard_reaches_search_rows_and_help(page: Page) -> None:
    page.goto("/sessions")
    expect(page.get_by_test_id("session-row").first).to_be_visible()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.get_by_role("button", name="Close").click()
    page.keyboard.press("j")
    page.keyboard.press("Enter")

    expect(page.get_by_test_id("info-bar")).to_be_visible()


@pytest.mark.parametrize(
    ("path", "sign"),
    [
        ("/sessions", "session-row"),
        (f"/sessions/{CLAUDE}", "message-assistant"),
        (f"/sessions/{CLAUDE}?tab=timeline", "event-row"),
    ],
)
def test_no_accessibility_fault(page: Page, path: str, sign: str) -> None:
    page.goto(path)
    expect(page.get_by_test_id(sign).first).to_be_visible()

    assert faults(page) == []
