"""What people who used the web app stumbled over, so that nobody does again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect
from tests.browser.opened_pages import REFUSED, opened
from tests.running_server import RunningServer, started

pytestmark = pytest.mark.xdist_group("found-by-review")
NARROW = {"width": 390, "height": 844}
LONG_REASON = "it sent the parcel a second time because nobody had told it that the first one had arrived. " * 5
NO_CLIPBOARD = "Object.defineProperty(Navigator.prototype, 'clipboard', { get: () => undefined })"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    with started(tmp_path_factory.mktemp("review") / "data") as running:
        yield running


def told(server: RunningServer, *records: dict[str, Any], **fields: Any) -> str:
    """A session of these events, one a second, and what else is known of it."""
    key = f"review:{uuid4().hex[:8]}"
    lines = [{"session": key, "goal": "Send the parcel", "agent_id": "shop", **fields}] if fields else []
    for second, record in enumerate(records):
        at = f"2026-03-01T10:00:{second:02}Z"
        lines.append({"session": key, "started_at": at, "seq": second, **record})
    answer = httpx.post(
        f"{server.url}/api/v1/events",
        content="\n".join(json.dumps(line) for line in lines),
        headers={"content-type": "application/x-ndjson"},
        timeout=60,
    )
    assert answer.json()["rejected_count"] == 0, answer.text
    return key


def said(text: str) -> dict[str, Any]:
    return {"type": "message", "role": "user", "input": text}


def focused(page: Page) -> str | None:
    return page.evaluate("document.activeElement.dataset.testid ?? document.activeElement.tagName")


def test_a_dialog_gives_the_keyboard_back_to_where_it_was(page: Page, server: RunningServer) -> None:
    key = told(server, said("hi"), status="completed")
    page.goto(f"/sessions/{key}")
    page.get_by_test_id("action-delete").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("confirmation")).to_be_visible()

    page.keyboard.press("Escape")

    expect(page.get_by_test_id("action-delete")).to_be_focused()
    page.keyboard.press("?")
    expect(page.get_by_test_id("shortcut-sheet")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("action-delete")).to_be_focused()


def test_a_dialog_that_a_menu_opened_gives_the_keyboard_back_to_its_row(page: Page, server: RunningServer) -> None:
    key = told(server, said("hi"), status="completed")
    page.goto(f"/sessions?q=key:{key}")
    menu = page.get_by_test_id("row-menu").first
    menu.focus()
    page.keyboard.press("Enter")
    page.get_by_test_id("menu-delete").click()
    expect(page.get_by_test_id("confirm")).to_be_visible()

    page.keyboard.press("Escape")

    expect(menu).to_be_focused()


@pytest.mark.parametrize("mode", ["list", "tree"])
def test_the_arrow_keys_go_on_past_a_call_and_its_result(page: Page, server: RunningServer, mode: str) -> None:
    call = {"type": "tool_call", "tool_name": "find", "input": {}, "output": "x", "duration_ms": 1_500}
    key = told(server, said("first"), call, said("between"), said("last"), status="completed")
    page.goto(f"/sessions/{key}?tab=timeline&mode={mode}")
    rows = page.get_by_test_id("event-row")
    expect(rows).to_have_count(5 if mode == "list" else 4)

    opened_events = []
    for _ in range(rows.count()):
        page.keyboard.press("ArrowDown")
        page.wait_for_timeout(150)
        opened_events.append(page.evaluate("new URLSearchParams(location.search).get('event')"))

    assert opened_events[-1] == rows.last.get_attribute("data-event")
    assert len(set(opened_events)) == 4


@pytest.mark.parametrize("viewport", [None, NARROW])
def test_a_long_reason_hides_no_button(
    browser: Browser, server: RunningServer, viewport: dict[str, int] | None
) -> None:
    key = told(server, said("hi"), status="failed", status_reason=LONG_REASON)

    with opened(browser, server, **({"viewport": viewport} if viewport else {})) as page:
        page.goto(f"/sessions/{key}")
        more = page.get_by_test_id("more-facts")
        expect(more).to_be_in_viewport(ratio=1)
        more.click()
        expect(page.get_by_test_id("facts")).to_contain_text(LONG_REASON.strip())


def test_a_key_that_leads_nowhere_says_so_and_leads_back(browser: Browser, server: RunningServer) -> None:
    with opened(browser, server, expects=[REFUSED]) as page:
        page.goto("/sessions/there%2Fis%3Anone")
        expect(page.get_by_test_id("no-session")).to_contain_text("there/is:none")
        page.goto("/sessions?open=nobody")
        expect(page.get_by_test_id("preview").get_by_test_id("no-session")).to_be_visible()
        page.goto("/sessions/there%2Fis%3Anone")
        page.get_by_role("link", name="Go to the sessions").click()
        expect(page.get_by_test_id("tile-sessions")).to_be_visible()


def test_a_call_that_never_ended_is_not_pending_in_a_session_that_is_over(page: Page, server: RunningServer) -> None:
    call = {"type": "tool_call", "tool_name": "find", "tool_call_id": "c1", "input": {}, "status": "pending"}
    key = told(server, said("hi"), call, status="failed")
    page.goto(f"/sessions/{key}")

    card = page.get_by_test_id("tool-card")
    expect(card).to_contain_text("no result")
    card.locator("summary").click()
    expect(card).to_contain_text("ended without an output")
    page.get_by_role("tab", name="Timeline").click()
    expect(page.locator("[data-testid=event-row][data-type=tool_call]")).to_contain_text("no result")


def test_a_key_is_copied_also_where_the_browser_gives_no_clipboard(page: Page, server: RunningServer) -> None:
    key = told(server, said("hi"), status="completed")
    page.add_init_script(NO_CLIPBOARD)
    page.goto(f"/sessions/{key}?tab=timeline")
    page.get_by_role("button", name="Copy the key").click()

    find = page.get_by_role("searchbox", name="Find in events")
    find.focus()
    page.keyboard.press("Control+V")

    expect(find).to_have_value(key)


def test_models_and_agents_add_up_to_their_session(page: Page, server: RunningServer) -> None:
    named = {"type": "llm_call", "model": "gpt-4o", "agent_id": "shop", "input_tokens": 100, "output_tokens": 10}
    nameless = {"type": "llm_call", "input_tokens": 50, "output_tokens": 5, "cost_usd": 0.25}
    key = told(server, said("hi"), named, nameless, status="completed")
    page.goto(f"/sessions/{key}?tab=metrics")

    expect(page.get_by_test_id("models").get_by_role("row", name="model not named")).to_contain_text("50")
    expect(page.get_by_test_id("cost-breakdown").get_by_role("listitem").last).to_contain_text("$0.25")
    page.goto(f"/sessions/{key}?tab=agents")
    expect(page.get_by_test_id("nobodys")).to_contain_text("55")


def test_a_view_of_nothing_claims_no_cost(page: Page, server: RunningServer) -> None:
    key = told(server, said("hi"), status="completed")
    page.goto(f"/sessions?q=key:{key}")

    expect(page.get_by_test_id("tile-sessions")).to_contain_text("1")
    expect(page.get_by_test_id("tile-cost")).not_to_contain_text("$0")


@pytest.mark.parametrize("mode", ["list", "tree", "waterfall"])
def test_a_phone_shows_what_happened_in_each_row(browser: Browser, server: RunningServer, mode: str) -> None:
    key = told(server, said("hi"), {"type": "tool_call", "tool_name": "find_parcel", "input": {}}, status="completed")

    with opened(browser, server, viewport=NARROW) as page:
        page.goto(f"/sessions/{key}?tab=timeline&mode={mode}")
        name = page.locator("[data-testid=event-row][data-type=tool_call] .what").first
        expect(name).to_be_in_viewport(ratio=1)
        assert name.bounding_box()["width"] > 60


def test_a_phone_breaks_no_number_of_a_table(browser: Browser, server: RunningServer) -> None:
    call = {"type": "llm_call", "model": "gpt-4o", "agent_id": "shop", "input_tokens": 4_100_000, "cost_usd": 7.29}
    key = told(server, said("hi"), call, status="completed")

    with opened(browser, server, viewport=NARROW) as page:
        page.goto(f"/sessions/{key}?tab=agents")
        row = page.get_by_test_id("participants").get_by_role("row").nth(1)
        expect(row).to_contain_text("$7.29")
        assert row.bounding_box()["height"] < 40


def test_one_is_told_as_one_and_posted_events_name_no_instrumentation(page: Page, server: RunningServer) -> None:
    key = told(server, {"type": "llm_call", "model": "gpt-4o", "input_tokens": 3}, status="completed")
    page.goto(f"/sessions/{key}")

    state = page.get_by_test_id("not-captured")
    expect(state).to_contain_text("1 model call was recorded")
    expect(state.locator("pre")).to_contain_text("POST /api/v1/events")
