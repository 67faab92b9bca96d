"""The list of sessions in a real browser, with a played runtime that obeys what the list asks for."""

from __future__ import annotations

import csv
import io
import json
import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Download, Locator, Page, expect
from tests.browser.opened_pages import REFUSED, SETTLED, faults, opened
from tests.running_server import RunningServer, started
from tests.steering_http.operators import Json, Operator, fresh, seconds_ago, until
from tests.steering_http.played_runtime import PlayedRuntime

pytestmark = pytest.mark.xdist_group("list-page")
DAY_S = 86_400
AN_HOUR_MS = 3_600_000
LATEST_TILES_MS = 2_000  # after news
NARROW = {"width": 390, "height": 844}
BURST = 1_000
SCROLL_THROUGH = """async () => {
  const table = document.querySelector('[data-testid=session-table]');
  const places = new Map();
  for (let top = 0; top < table.scrollHeight; top += table.clientHeight - 100) {
    table.scrollTop = top;
    await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    for (const row of table.querySelectorAll("[data-testid=session-row]")) {
      places.set(row.ariaRowIndex, row.dataset.key);
    }
  }
  return [...places.values()];
}"""
STATUSES = [
    "pending", "running", "idle", "pausing", "paused", "canceling", "escalated", "completed", "failed", "canceled",
    "abandoned",
]  # fmt: skip


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    with started(tmp_path_factory.mktemp("list") / "data") as running:
        Operator(running).tell(*samples())
        yield running


def samples() -> list[Json]:
    """Two of every status, so that there is a list before a test tells of its own sessions."""
    told: list[Json] = []
    for place, status in enumerate(2 * STATUSES):
        key, began = f"sample-{place}", {"started_at": seconds_ago(7_200 - 60 * place)}
        where = {"environment": "production", "channel": "slack", "agent_id": f"sampler-{place % 3}"}
        told.append({"session": key, "kind": "conversation", "status": status, "goal": f"Sample {place}", **where})
        told.append({"session": key, "type": "message", "role": "user", "input": "Where is my parcel?", **began})
        call = {"model": "gpt-4o", "cost_usd": 0.01 * place, "input_tokens": 100 * place, "output_tokens": 20}
        told.append({"session": key, "type": "llm_call", **call, **began})
    told.append({"session": "sample-1", "parent": "sample-0"})
    return told


@pytest.fixture
def operator(server: RunningServer) -> Operator:
    return Operator(server)


class Obeying:
    """A runtime in a thread of its own."""

    def __init__(self, server: RunningServer, *keys: str, **told: Any) -> None:
        self.played = PlayedRuntime(server, *keys, **told)
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while not self._is_over.is_set():
            self.played.obey(wait_s=0.2)

    def stop(self) -> None:
        self._is_over.set()
        self._thread.join()


@pytest.fixture
def obeying(server: RunningServer) -> Iterator[Callable[..., Obeying]]:
    begun: list[Obeying] = []
    operator = Operator(server)

    def begin(*keys: str, **told: Any) -> Obeying:
        begun.append(Obeying(server, *keys, **told))
        until(lambda: all(operator.session(key)["controllable"] for key in keys))
        return begun[-1]

    yield begin
    for one in begun:
        one.stop()


def rows(page: Page) -> Locator:
    return page.get_by_test_id("session-row")


def row(page: Page, key: str) -> Locator:
    return page.locator(f'[data-testid="session-row"][data-key="{key}"]')


def only(page: Page, part: str, **more: str) -> None:
    """The list of the sessions whose key holds this, once it is drawn and hears what changes."""
    filters = "".join(f"&{name}={value}" for name, value in more.items())
    page.goto(f"/sessions?q=key:{part}{filters}")
    expect(rows(page).first).to_be_visible()
    expect(page.get_by_test_id("live-state")).to_have_text("Live")


def expect_rows(page: Page, *keys: str) -> None:
    """These and no others, in this order."""
    expect(rows(page)).to_have_count(len(keys))
    for place, key in enumerate(keys):
        expect(rows(page).nth(place)).to_have_attribute("data-key", key)


def spend(operator: Operator, key: str, cost_usd: float, **more: Any) -> None:
    operator.tell({"session": key, "type": "llm_call", "model": "gpt-4o", "cost_usd": cost_usd, **more})


def read(download: Download) -> str:
    return Path(str(download.path())).read_text()


# What is listed


def test_active_and_ended_sessions_of_all_environments_and_channels_are_listed(page: Page, operator: Operator) -> None:
    """Acceptance 9, 64, 185, 187, 188."""
    group = fresh("mixed")
    operator.begin(f"{group}-a", environment="production", channel="slack", trigger={"type": "api", "source": "ada"})
    operator.begin(f"{group}-b", "completed", environment="staging", channel="email", trigger_type="schedule")

    only(page, group)

    expect(row(page, f"{group}-a")).to_contain_text(re.compile("running.*production.*slack.*api.*ada", re.DOTALL))
    expect(row(page, f"{group}-b")).to_contain_text(re.compile("completed.*staging.*email.*schedule", re.DOTALL))


def test_every_status_is_shown_and_can_be_filtered(page: Page, operator: Operator) -> None:
    """Acceptance 21, 139, 166, 193."""
    group = fresh("status")
    for status in STATUSES:
        operator.begin(f"{group}-{status}", status, "conversation")

    only(page, group)

    for status in STATUSES:
        expect(row(page, f"{group}-{status}").locator(f'[data-status="{status}"]')).to_be_visible()
    for status in ("running", "completed", "abandoned"):
        page.get_by_test_id("filter-status").click()
        page.get_by_role("menuitemcheckbox", name=re.compile(f"^{status}")).click()
        page.keyboard.press("Escape")
    expect(page.get_by_test_id("total")).to_have_text("3 sessions")
    expect(rows(page)).to_have_count(3)
    for status in ("running", "completed", "abandoned"):
        expect(row(page, f"{group}-{status}")).to_be_visible()


@pytest.mark.parametrize(
    ("name", "chip"),
    [("agent_id", "agent"), ("environment", "environment"), ("channel", "channel")],
)
def test_a_filter_leaves_one_value_or_all(page: Page, operator: Operator, name: str, chip: str) -> None:
    """Acceptance 18, 19, 20, 76, 77, 140."""
    group = fresh("filter")
    value = fresh("wanted")
    operator.begin(f"{group}-in", **{name: value})
    operator.begin(f"{group}-out", **{name: fresh("other")})
    only(page, group)

    page.get_by_test_id(f"filter-{chip}").click()
    expect(page.get_by_role("menuitemcheckbox").first).to_be_visible()
    find = page.get_by_label(f"Find {chip}")
    if find.is_visible():  # only above many values
        find.fill(value)
    page.get_by_role("menuitemcheckbox", name=re.compile(value)).click()
    page.keyboard.press("Escape")

    expect(page.get_by_test_id("total")).to_have_text("1 session")
    expect_rows(page, f"{group}-in")
    page.get_by_role("button", name="Clear all").click()
    expect(page).not_to_have_url(re.compile(value))


@pytest.mark.parametrize(
    ("field", "filter"),
    [("service", "service"), ("origin", "origin"), ("trigger_type", "trigger_type"), ("trigger_source", "source")],
)
def test_rarer_filters_stand_in_the_url_and_under_more(page: Page, operator: Operator, field: str, filter: str) -> None:
    """Acceptance 165, 167, 187, 188."""
    value, key = fresh("value"), fresh("rare")
    operator.begin(key, **{field: value})

    page.goto(f"/sessions?{filter}={value}")

    expect(page.get_by_test_id("total")).to_have_text("1 session")
    expect(page.get_by_test_id(f"filter-{filter}")).to_contain_text(value)
    page.get_by_test_id("more-filters").click()
    expect(page.get_by_role("menuitem", name=re.compile("Service|Origin|Trigger|Source"))).to_have_count(4)


def test_failed_sessions_are_isolated_by_one_filter(page: Page, operator: Operator) -> None:
    """Acceptance 23."""
    group = fresh("failing")
    operator.begin(f"{group}-bad", "failed")
    operator.begin(f"{group}-good", "completed")
    only(page, group)

    page.get_by_test_id("filter-status").click()
    page.get_by_role("menuitemcheckbox", name=re.compile("^failed")).click()

    expect(page.get_by_test_id("total")).to_have_text("1 session")
    expect_rows(page, f"{group}-bad")


def test_long_sessions_are_isolated_by_filter_and_by_order(page: Page, operator: Operator) -> None:
    """Acceptance 24."""
    group = fresh("long")
    for name, length_s in (("short", 5), ("long", 900)):
        times = {"started_at": seconds_ago(length_s + 60), "ended_at": seconds_ago(60)}
        operator.tell({"session": f"{group}-{name}", "type": "tool_call", "tool_name": "t", **times})
    only(page, group)

    page.get_by_test_id("sort-duration").click()
    expect(page).to_have_url(re.compile("sort=-duration_ms"))
    expect(rows(page).first).to_have_attribute("data-key", f"{group}-long")
    page.get_by_test_id("more-filters").click()
    page.get_by_role("menuitem", name="Duration").click()
    page.get_by_role("menuitemradio", name="longer than 10 min").click()

    expect(page.get_by_test_id("total")).to_have_text("1 session")


def test_date_presets_and_a_range_of_ones_own_narrow_list_and_tiles(page: Page, operator: Operator) -> None:
    """Acceptance 22, 134, 136, 137, 138."""
    group = fresh("dates")
    for name, days in (("today", 0.1), ("week", 3), ("month", 20), ("old", 90)):
        key = f"{group}-{name}"
        spend(operator, key, 0.25, started_at=seconds_ago(days * DAY_S), agent_id=f"{group}-{name}")
    only(page, group)

    for preset, found in (("24 h", 1), ("7 d", 2), ("30 d", 3), ("All time", 4)):
        page.get_by_role("button", name=preset, exact=True).click()
        expect(page.get_by_test_id("tile-sessions").locator(".tile-value")).to_have_text(str(found))
        expect(page.get_by_test_id("tile-agents").locator(".tile-value")).to_have_text(str(found))
    expect(page.get_by_test_id("tile-cost")).to_contain_text("$1.00")
    page.get_by_test_id("range-custom").click()
    page.get_by_label("From").fill(seconds_ago(30 * DAY_S)[:16])
    page.get_by_label("Before").fill(seconds_ago(1 * DAY_S)[:16])
    page.get_by_role("button", name="Apply").click()

    expect(page.get_by_test_id("total")).to_have_text("2 sessions")
    expect(page).to_have_url(re.compile("from=.*to="))


@pytest.mark.parametrize("words", ["{key}", "Zanzibar {key}", "{agent}", "{channel}", "{said}"])
def test_search_finds_a_session_by_what_is_known_of_it(page: Page, operator: Operator, words: str) -> None:
    """Acceptance 17, 75, 141."""
    told = {name: fresh(name).replace("-", "") for name in ("key", "agent", "channel", "said")}
    operator.begin(told["key"], goal=f"Book Zanzibar {told['key']}", agent_id=told["agent"], channel=told["channel"])
    operator.say(told["key"], f"my number is {told['said']} please")
    page.goto("/sessions")

    page.get_by_label("Search sessions").fill(words.format(**told))

    expect(page.get_by_test_id("total")).to_have_text("1 session")
    expect(row(page, told["key"])).to_be_visible()
    if "said" in words:
        expect(page.get_by_test_id("passage").locator("mark")).to_have_text(told["said"])


def test_the_search_box_completes_fields_and_values(page: Page, operator: Operator) -> None:
    """Acceptance 75."""
    agent = fresh("completable")
    operator.begin(fresh("complete"), agent_id=agent)
    page.goto("/sessions")
    box = page.get_by_label("Search sessions")

    box.press_sequentially("age")
    expect(page.get_by_role("option", name=re.compile("^agent:"))).to_be_visible()
    box.press("ArrowDown")
    box.press("Enter")
    box.press_sequentially(agent[:12])
    expect(page.get_by_role("option")).to_have_count(1)
    box.press("Enter")

    expect(box).to_have_value(f"agent:{agent} ")
    expect(page.get_by_test_id("total")).to_have_text("1 session")

    box.press_sequentially("status:runn")
    page.get_by_role("option", name=re.compile("^running")).click()
    expect(box).to_have_value(f"agent:{agent} status:running ")


def test_a_pause_after_a_space_leaves_the_space(page: Page) -> None:
    page.goto("/sessions")
    box = page.get_by_label("Search sessions")

    box.press_sequentially("lost ")
    expect(page).to_have_url(re.compile("q=lost$"))
    box.press_sequentially("luggage")

    expect(page).to_have_url(re.compile(r"q=lost(\+|%20)luggage"))
    expect(box).to_have_value("lost luggage")


# Columns, order, views


def test_the_newest_stand_first_and_columns_sort_both_ways(page: Page, operator: Operator) -> None:
    """Acceptance 78, 186."""
    group = fresh("order")
    for name, age_s, cost_usd in (("old", 300, 3.0), ("new", 100, 1.0), ("mid", 200, 2.0)):
        spend(operator, f"{group}-{name}", cost_usd, started_at=seconds_ago(age_s))
    only(page, group)
    expect_rows(page, *(f"{group}-{name}" for name in ("new", "mid", "old")))
    header = page.get_by_role("columnheader", name=re.compile("Cost"))

    page.get_by_test_id("sort-cost").click()
    expect(header).to_have_attribute("aria-sort", "descending")
    expect(rows(page).first).to_have_attribute("data-key", f"{group}-old")
    page.get_by_test_id("sort-cost").click()

    expect(header).to_have_attribute("aria-sort", "ascending")
    expect(rows(page).first).to_have_attribute("data-key", f"{group}-new")


def test_columns_are_chosen_moved_and_remembered(page: Page) -> None:
    """Acceptance 187, 188."""
    page.goto("/sessions")
    page.get_by_test_id("columns").click()
    page.get_by_test_id("column-user").get_by_role("checkbox").check()
    page.get_by_test_id("column-cost").get_by_role("checkbox").uncheck()
    page.get_by_role("button", name="Move Status right").click()
    page.keyboard.press("Escape")

    page.reload()

    expect(page.get_by_role("columnheader", name="User")).to_be_visible()
    titles = page.get_by_role("columnheader").all_inner_texts()
    assert "User" in titles
    assert "Cost" not in titles
    assert titles.index("Status") == titles.index("Agent · model") + 1
    page.get_by_test_id("columns").click()
    page.get_by_role("button", name="Back to the usual columns").click()
    expect(page.get_by_role("columnheader", name="Cost")).to_be_visible()


def test_a_saved_view_reloads_identically_and_can_be_shared_renamed_and_deleted(page: Page, operator: Operator) -> None:
    """Acceptance 168."""
    group, name = fresh("viewed"), fresh("Failures")
    operator.begin(f"{group}-bad", "failed")
    operator.begin(f"{group}-good", "completed")
    only(page, group, status="failed", sort="-cost_usd")

    page.get_by_test_id("views").click()
    page.get_by_test_id("view-save").click()
    page.get_by_role("textbox", name="Name").fill(name)
    page.get_by_label(re.compile("Shared")).check()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_test_id("views")).to_contain_text(name)
    saved_url = page.url
    page.goto("/sessions")
    page.get_by_test_id("views").click()
    page.get_by_test_id("saved-view").filter(has_text=name).click()

    expect(page).to_have_url(saved_url)
    expect(page.get_by_test_id("total")).to_have_text("1 session")
    page.get_by_test_id("views").click()
    page.get_by_role("menuitem", name=re.compile("Rename")).click()
    page.get_by_role("textbox", name="Name").fill(f"{name} 2")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_test_id("views")).to_contain_text(f"{name} 2")
    page.get_by_test_id("views").click()
    page.get_by_role("menuitem", name=re.compile("Delete")).click()
    expect(page.get_by_test_id("toasts")).to_contain_text("deleted")
    assert name not in json.dumps(operator.server.get("/api/v1/saved-views"))


# Opening


def test_a_click_on_a_row_opens_it_and_on_its_checkbox_does_not(page: Page, operator: Operator) -> None:
    """Acceptance 10, 65, 79, 84, 195."""
    key = fresh("agent:main/click")
    operator.begin(key)
    only(page, key.rsplit("-", 1)[1])

    row(page, key).get_by_test_id("row-check").check()
    expect(page).to_have_url(re.compile(r"/sessions\?"))
    row(page, key).locator('[data-column="duration"]').click()

    expect(page).to_have_url(re.compile("/sessions/agent%3Amain%2Fclick"))
    expect(page.get_by_test_id("info-bar")).to_be_visible()


def test_a_drawer_shows_a_session_without_leaving_the_list(page: Page, operator: Operator) -> None:
    """Acceptance 143, 144, 145."""
    key = fresh("drawer")
    operator.begin(key, goal="Look at me")
    operator.say(key, "hello drawer", "hello you")
    spend(operator, key, 0.5)
    only(page, key)
    page.get_by_test_id("columns").click()
    page.get_by_label(re.compile("drawer beside the list")).check()
    page.keyboard.press("Escape")

    row(page, key).locator('[data-column="duration"]').click()

    drawer = page.get_by_test_id("preview")
    expect(drawer).to_contain_text("hello drawer")
    expect(rows(page)).to_have_count(1)
    drawer.get_by_role("button", name="Timeline").click()
    expect(drawer.get_by_test_id("preview-events").get_by_role("listitem")).to_have_count(3)
    drawer.get_by_role("button", name="Cost", exact=True).click()
    expect(drawer.get_by_test_id("preview-cost")).to_contain_text(re.compile(r"\$0\.50.*gpt-4o", re.DOTALL))
    page.reload()
    expect(drawer.get_by_test_id("preview-cost")).to_be_visible()  # the pane stands in the URL
    page.keyboard.press("Escape")
    expect(drawer).to_be_hidden()
    expect(page).not_to_have_url(re.compile("pane="))


def test_the_page_has_no_start_button(page: Page) -> None:
    """Acceptance 175."""
    page.goto("/sessions")
    expect(rows(page).first).to_be_visible()

    expect(page.get_by_role("button", name=re.compile(r"\b(start|new session|run)\b", re.IGNORECASE))).to_have_count(0)


# Called sessions


def test_called_sessions_unfold_beneath_their_caller(page: Page, operator: Operator) -> None:
    """Acceptance 131, 142, 189."""
    group = fresh("tree")
    operator.begin(f"{group}-top", goal="The caller", at=seconds_ago(90))
    operator.begin(f"{group}-one", parent=f"{group}-top", at=seconds_ago(80))
    operator.begin(f"{group}-two", "failed", parent=f"{group}-one", at=seconds_ago(70))
    only(page, group)
    expect(row(page, f"{group}-one").get_by_test_id("caller")).to_contain_text("The caller")

    row(page, f"{group}-top").get_by_test_id("fold").click()
    expect(row(page, f"{group}-one")).to_have_attribute("data-depth", "1")
    row(page, f"{group}-one").get_by_test_id("fold").click()

    expect(row(page, f"{group}-two")).to_have_attribute("data-depth", "2")
    expect_rows(page, f"{group}-top", f"{group}-one", f"{group}-two")
    row(page, f"{group}-top").get_by_test_id("fold").click()
    expect(row(page, f"{group}-one")).to_have_attribute("data-depth", "0")


def test_the_tree_ends_at_a_depth_and_a_cycle_does_not_hang_it(page: Page, operator: Operator) -> None:
    """Acceptance 132."""
    group = fresh("deep")
    for depth in range(11):
        above = {"parent": f"{group}-{depth - 1}"} if depth else {}
        operator.begin(f"{group}-{depth}", at=seconds_ago(100 - depth), **above)
    ring = fresh("ring")
    operator.begin(f"{ring}-a", parent=f"{ring}-b")
    operator.begin(f"{ring}-b", parent=f"{ring}-a")

    only(page, group)
    for depth in range(8):
        row(page, f"{group}-{depth}").get_by_test_id("fold").click()
        expect(row(page, f"{group}-{depth + 1}").first).to_have_attribute("data-depth", str(depth + 1))
    expect(row(page, f"{group}-8").get_by_test_id("deep")).to_be_visible()
    expect(row(page, f"{group}-8").get_by_test_id("fold")).to_have_count(0)
    only(page, ring)
    rows(page).first.get_by_test_id("fold").click()
    rows(page).nth(1).get_by_test_id("fold").click()

    expect(page.get_by_test_id("cycle").first).to_be_visible()
    assert rows(page).count() < 10


# Live


def test_a_new_session_appears_at_the_top_as_soon_as_it_starts(page: Page, operator: Operator) -> None:
    """Acceptance 149, 150, 174."""
    page.goto("/sessions")
    expect(page.get_by_test_id("live-state")).to_have_text("Live")
    expect(rows(page).first).to_be_visible()
    key = fresh("started")

    operator.begin(key)

    expect(rows(page).first).to_have_attribute("data-key", key)


def test_running_rows_and_tiles_change_without_refresh(page: Page, operator: Operator) -> None:
    """Acceptance 135, 151."""
    key = fresh("changing")
    operator.begin(key)
    only(page, key)
    expect(page.get_by_test_id("tile-running").locator(".tile-value")).to_have_text("1")

    spend(operator, key, 1.25)
    expect(row(page, key)).to_contain_text("$1.25")
    operator.tell({"session": key, "status": "completed"})

    expect(row(page, key).locator('[data-status="completed"]')).to_be_visible()
    expect(page.get_by_test_id("tile-running").locator(".tile-value")).to_have_text("0")


def test_a_filtered_list_takes_in_only_what_it_filters(page: Page, operator: Operator) -> None:
    """Acceptance 150."""
    agent = fresh("watched")
    operator.begin(fresh("first"), agent_id=agent)
    page.goto(f"/sessions?agent={agent}")
    expect(rows(page)).to_have_count(1)
    expect(page.get_by_test_id("live-state")).to_have_text("Live")
    mine = fresh("mine")

    operator.begin(fresh("stranger"), agent_id="somebody-else")
    operator.begin(mine, agent_id=agent)

    expect(rows(page)).to_have_count(2)
    expect(rows(page).first).to_have_attribute("data-key", mine)


def test_a_burst_of_new_sessions_loses_and_doubles_no_row(page: Page, operator: Operator) -> None:
    """Acceptance 149, 150."""
    page.goto("/sessions")
    expect(page.get_by_test_id("live-state")).to_have_text("Live")
    expect(rows(page).first).to_be_visible()
    group = fresh("burst")
    names = [f"{group}-{number}" for number in range(BURST)]

    for start in range(0, BURST, 100):
        operator.tell(*({"session": key, "status": "running", "kind": "run"} for key in names[start : start + 100]))
    total = operator.server.get("/api/v1/sessions", limit=1)["total"]
    expect(page.get_by_test_id("total")).to_have_text(f"{total:,} sessions", timeout=30_000)
    seen = page.evaluate(SCROLL_THROUGH)

    assert sorted(key for key in seen if key.startswith(group)) == sorted(names)


def test_rows_do_not_jump_under_the_pointer(page: Page, operator: Operator) -> None:
    """Acceptance 150."""
    page.goto("/sessions")
    expect(page.get_by_test_id("live-state")).to_have_text("Live")
    first = str(rows(page).first.get_attribute("data-key"))
    rows(page).nth(2).locator('[data-column="duration"]').hover()
    key = fresh("waiting")

    operator.begin(key)

    expect(page.get_by_test_id("news")).to_have_text("1 new")
    expect(rows(page).first).to_have_attribute("data-key", first)
    page.get_by_test_id("news").press("Enter")
    expect(rows(page).first).to_have_attribute("data-key", key)
    expect(page.get_by_test_id("news")).to_be_hidden()
    later = fresh("later")
    operator.begin(later)
    expect(page.get_by_test_id("news")).to_have_text("1 new")
    page.mouse.move(0, 0)  # whoever goes away from the rows lets them in
    expect(rows(page).first).to_have_attribute("data-key", later)
    expect(page.get_by_test_id("news")).to_be_hidden()


def test_refresh_asks_again_and_nothing_asks_by_itself(page: Page) -> None:
    """Acceptance 74."""
    page.clock.install()
    only(page, "sample")
    page.clock.run_for(LATEST_TILES_MS)
    page.evaluate(SETTLED)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))

    page.clock.run_for(AN_HOUR_MS)
    page.wait_for_timeout(1_000)
    by_itself = [url for url in asked if "/api/v1/sessions" in url or "/stats/" in url]
    with page.expect_response(re.compile(r"/api/v1/sessions\?")):
        page.get_by_test_id("refresh").click()

    assert by_itself == []


# Acting


def test_quick_actions_match_the_status_of_the_row(
    page: Page, operator: Operator, obeying: Callable[..., Obeying]
) -> None:
    """Acceptance 190, 194, 209, 210."""
    key = fresh("quick")
    operator.begin(key)
    runtime = obeying(key, tools_in_flight=1)
    only(page, key)

    row(page, key).get_by_test_id("row-pause").click()
    expect(row(page, key).locator('[data-status="pausing"]')).to_be_visible()
    expect(row(page, key).get_by_test_id("row-pause")).to_have_count(0)
    runtime.played.hold(key, tools_in_flight=0)
    expect(row(page, key).locator('[data-status="paused"]')).to_be_visible()
    row(page, key).get_by_test_id("row-resume").click()

    expect(row(page, key).locator('[data-status="running"]')).to_be_visible()
    expect(row(page, key).get_by_test_id("row-pause")).to_be_visible()


def test_a_menu_says_why_an_action_is_not_possible(page: Page, operator: Operator) -> None:
    """Acceptance 190, 214."""
    key = fresh("deaf")
    operator.begin(key)
    only(page, key)

    row(page, key).get_by_test_id("row-menu").click()

    expect(page.get_by_test_id("refused-pause")).to_contain_text("no runtime listens")
    expect(page.get_by_test_id("refused-delete")).to_contain_text("a session that is running cannot be deleted")
    expect(page.get_by_test_id("menu-export")).to_be_visible()


def test_a_pause_can_be_undone_from_its_toast(page: Page, operator: Operator, obeying: Callable[..., Obeying]) -> None:
    """Acceptance 210."""
    key = fresh("undone")
    operator.begin(key)
    obeying(key)
    only(page, key)

    row(page, key).get_by_test_id("row-pause").click()
    expect(row(page, key).locator('[data-status="paused"]')).to_be_visible()
    page.get_by_test_id("toast").get_by_role("button", name="Undo").click()

    expect(row(page, key).locator('[data-status="running"]')).to_be_visible()


def test_canceling_is_confirmed_and_called_sessions_are_a_choice(
    page: Page, operator: Operator, obeying: Callable[..., Obeying]
) -> None:
    """Acceptance 190, 211."""
    group = fresh("cancel")
    operator.begin(f"{group}-top", at=seconds_ago(20))
    operator.begin(f"{group}-called", parent=f"{group}-top")
    obeying(f"{group}-top", f"{group}-called")
    only(page, group)

    row(page, f"{group}-top").get_by_test_id("row-cancel").click()
    dialog = page.get_by_test_id("confirm")
    expect(dialog).to_contain_text("cannot be resumed")
    dialog.get_by_label(re.compile("Also cancel")).check()
    page.get_by_test_id("confirm-yes").click()

    for name in ("top", "called"):
        expect(row(page, f"{group}-{name}").locator('[data-status="canceled"]')).to_be_visible()


def test_the_bulk_bar_offers_what_is_valid_for_all_and_says_why_the_rest_is_not(page: Page, operator: Operator) -> None:
    """Acceptance 79, 80, 191, 192."""
    group = fresh("bulk")
    operator.begin(f"{group}-running")
    operator.begin(f"{group}-done", "completed")
    only(page, group)
    expect(page.get_by_test_id("bulk-bar")).to_be_hidden()

    row(page, f"{group}-done").get_by_test_id("row-check").check()
    expect(page.get_by_test_id("bulk-delete")).to_be_visible()
    row(page, f"{group}-running").get_by_test_id("row-check").check()

    expect(page.get_by_test_id("bulk-bar")).to_contain_text("2 selected")
    expect(page.get_by_test_id("bulk-delete")).to_be_hidden()
    expect(page.get_by_test_id("bulk-export")).to_be_visible()
    page.get_by_test_id("bulk-why").click()
    expect(page.get_by_test_id("bulk-refused")).to_contain_text("1 of 2: a session that is running cannot be deleted")


def test_what_the_bar_offers_follows_the_selected_sessions(page: Page, operator: Operator) -> None:
    """Acceptance 192."""
    key = fresh("following")
    operator.begin(key)
    only(page, key)
    row(page, key).get_by_test_id("row-check").check()
    expect(page.get_by_test_id("bulk-delete")).to_be_hidden()

    operator.tell({"session": key, "status": "completed"})

    expect(page.get_by_test_id("bulk-delete")).to_be_visible()


def test_resetting_the_selected_confirms_first_and_then_clears_all_of_them(
    page: Page, operator: Operator, obeying: Callable[..., Obeying]
) -> None:
    """Acceptance 81."""
    group = fresh("reset")
    names = [f"{group}-{number}" for number in range(3)]
    for key in names:
        operator.begin(key, "idle", "conversation")
        operator.say(key, "remember this", "I do")
    obeying(*names, state="idle")
    only(page, group)

    page.get_by_test_id("check-all").check()
    page.get_by_test_id("bulk-reset").click()
    expect(page.get_by_test_id("confirm")).to_contain_text("Reset 3 sessions?")
    assert [operator.session(key)["resets"] for key in names] == [0, 0, 0]
    page.get_by_test_id("confirm-yes").click()

    until(lambda: [operator.session(key)["resets"] for key in names] == [1, 1, 1])
    assert [operator.texts(key) for key in names] == [[], [], []]


def test_compacting_the_selected_confirms_and_asks_what_to_keep(
    page: Page, operator: Operator, obeying: Callable[..., Obeying]
) -> None:
    """Acceptance 72, 113."""
    key = fresh("compact")
    operator.begin(key, "idle", "conversation")
    operator.say(key, *[f"turn {number}" for number in range(12)])
    obeying(key, state="idle")
    only(page, key)

    row(page, key).get_by_test_id("row-menu").click()
    page.get_by_test_id("menu-compact").click()
    page.get_by_label(re.compile("What should the summary keep")).fill("the decisions")
    page.get_by_test_id("confirm-yes").click()

    until(lambda: operator.session(key)["compactions"] == 1)
    assert operator.history(key)["summary"]


def test_exporting_the_selected_downloads_one_file_without_a_dialog(page: Page, operator: Operator) -> None:
    """Acceptance 73, 82."""
    group = fresh("export")
    for name in ("a", "b"):
        operator.begin(f"{group}-{name}")
        operator.say(f"{group}-{name}", f"said in {name}")
    only(page, group)
    page.get_by_test_id("check-all").check()

    with page.expect_download() as downloading:
        page.get_by_test_id("bulk-export").click()

    text = read(downloading.value)
    assert downloading.value.suggested_filename == "sessions-2.jsonl"
    records = [json.loads(line) for line in text.splitlines()]
    assert [one["session"]["key"] for one in records if "key" in one.get("session", {})] == [f"{group}-b", f"{group}-a"]
    assert "said in a" in text
    assert "said in b" in text
    expect(page.get_by_test_id("confirm")).to_have_count(0)


def test_deleting_the_selected_warns_offers_an_export_and_then_removes_all(page: Page, operator: Operator) -> None:
    """Acceptance 83, 112, 215."""
    group = fresh("delete")
    for name in ("a", "b"):
        operator.begin(f"{group}-{name}", "completed")
    operator.begin(f"{group}-kept", "completed")
    only(page, group)
    for name in ("a", "b"):
        row(page, f"{group}-{name}").get_by_test_id("row-check").check()

    page.get_by_test_id("bulk-delete").click()
    dialog = page.get_by_test_id("confirm")
    expect(dialog).to_contain_text("cannot be undone")
    with page.expect_download():
        dialog.get_by_role("button", name="Export first").click()
    expect(row(page, f"{group}-a")).to_be_visible()
    page.get_by_test_id("confirm-yes").click()

    expect(rows(page)).to_have_count(1)
    expect(page.get_by_test_id("bulk-bar")).to_be_hidden()
    found = operator.server.get("/api/v1/sessions", q=f"key:{group}")["items"]
    assert [session["key"] for session in found] == [f"{group}-kept"]


def test_saying_no_to_a_confirmation_changes_nothing(page: Page, operator: Operator) -> None:
    """Acceptance 83."""
    key = fresh("spared")
    operator.begin(key, "completed")
    only(page, key)
    row(page, key).get_by_test_id("row-check").check()

    page.get_by_test_id("bulk-delete").click()
    page.keyboard.press("Escape")

    expect(page.get_by_test_id("confirm")).to_have_count(0)
    expect(page.get_by_test_id("bulk-bar")).to_be_visible()
    assert operator.status(key) == "completed"


def test_archiving_is_undone_from_its_toast(page: Page, operator: Operator) -> None:
    """Acceptance 38."""
    key = fresh("archive")
    operator.begin(key, "completed")
    only(page, key)

    row(page, key).get_by_test_id("row-archive").click()
    expect(row(page, key)).to_contain_text("archived")
    page.get_by_test_id("toast").get_by_role("button", name="Undo").click()

    expect(row(page, key).get_by_test_id("row-archive")).to_be_visible()
    assert operator.session(key)["archived_at"] is None


# Export and trends


@pytest.mark.parametrize("format", ["csv", "jsonl"])
def test_the_filtered_view_is_exported_exactly_in_its_order(page: Page, operator: Operator, format: str) -> None:
    """Acceptance 148."""
    group = fresh("view")
    for name, cost_usd in (("a", 1.0), ("b", 3.0), ("c", 2.0)):
        spend(operator, f"{group}-{name}", cost_usd)
    operator.begin(f"{group}-without", "failed")
    only(page, group, model="gpt-4o", sort="-cost_usd")

    with page.expect_download() as downloading:
        page.get_by_test_id(f"export-{format}").click()

    text = read(downloading.value)
    lines = list(csv.DictReader(io.StringIO(text))) if format == "csv" else [json.loads(x) for x in text.splitlines()]
    assert [line["key"] for line in lines] == [f"{group}-{name}" for name in ("b", "c", "a")]


def test_trends_show_volume_failures_duration_and_cost_by_group(page: Page, operator: Operator) -> None:
    """Acceptance 25, 55."""
    group = fresh("trend")
    for number, agent in enumerate(["ada", "ada", "bob"]):
        spend(operator, f"{group}-{number}", 1.5, agent_id=agent, started_at=seconds_ago(number * DAY_S + 60))
    operator.begin(f"{group}-bad", "failed", agent_id="bob")
    only(page, group)

    page.get_by_test_id("trends-toggle").click()
    panel = page.get_by_test_id("trends")
    expect(panel.locator("canvas")).to_be_visible()
    expect(panel.locator(".trend-legend")).to_contain_text("Sessions4")
    panel.get_by_role("button", name="Cost").click()
    panel.get_by_role("button", name="By agent").click()
    expect(panel.locator(".trend-legend")).to_contain_text(re.compile(r"ada\$3\.00.*bob\$1\.50", re.DOTALL))
    panel.get_by_role("button", name="By model").click()
    expect(panel.locator(".trend-legend")).to_contain_text("gpt-4o$4.50")
    page.reload()
    panel.get_by_role("button", name="Failures").click()
    panel.get_by_role("button", name="Together").click()
    panel.get_by_text("Numbers").click()

    expect(panel.locator(".trend-legend")).to_contain_text("Failures1")
    expect(panel.get_by_role("table")).to_be_visible()


# Keyboard, states, access


def test_the_list_is_used_by_keyboard_alone(page: Page, operator: Operator) -> None:
    """Acceptance 84."""
    group = fresh("keys")
    operator.begin(f"{group}-a", at=seconds_ago(20))
    operator.begin(f"{group}-b", at=seconds_ago(10))
    only(page, group)

    page.keyboard.press("j")
    page.keyboard.press("x")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("x")
    expect(page.get_by_test_id("bulk-bar")).to_contain_text("2 selected")
    page.keyboard.press("o")
    expect(page.get_by_test_id("preview")).to_contain_text(f"{group}-a")
    page.keyboard.press("k")
    expect(page.get_by_test_id("preview")).to_contain_text(f"{group}-b")
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("preview")).to_be_hidden()
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("bulk-bar")).to_be_hidden()
    page.keyboard.press("/")
    expect(page.get_by_label("Search sessions")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_label("Search sessions")).not_to_be_focused()
    page.keyboard.press("j")
    page.keyboard.press("Enter")

    expect(page.get_by_test_id("info-bar")).to_be_visible()


def test_a_server_that_is_away_is_told_and_can_be_asked_again(browser: Browser, server: RunningServer) -> None:
    with opened(browser, server, expects=[REFUSED]) as page:
        page.route(
            "**/api/v1/sessions?*", lambda route: route.fulfill(status=422, json={"code": "x", "message": "no luck"})
        )
        page.goto("/sessions")
        expect(page.get_by_role("alert")).to_contain_text("no luck")

        page.unroute_all()
        page.get_by_role("button", name="Try again").click()

        expect(rows(page).first).to_be_visible()


def test_a_narrow_screen_shows_the_list_without_sideways_scrolling(page: Page) -> None:
    page.set_viewport_size(NARROW)  # type: ignore[arg-type]
    page.goto("/sessions")
    expect(rows(page).first).to_be_visible()

    widths = page.evaluate(
        "[document.documentElement.scrollWidth, document.querySelector('[data-testid=session-table]').scrollWidth]"
    )

    assert max(widths) <= NARROW["width"]


@pytest.mark.parametrize("state", ["list", "selection", "trends", "drawer", "confirmation", "menu", "narrow"])
def test_the_list_has_no_accessibility_fault(page: Page, state: str) -> None:
    if state == "narrow":
        page.set_viewport_size(NARROW)  # type: ignore[arg-type]
    paths = {"trends": "/sessions?trends=volume&by=agent", "confirmation": "/sessions?status=completed"}
    paths["drawer"] = "/sessions?q=key:sample"  # where something was said
    page.goto(paths.get(state, "/sessions"))
    expect(rows(page).first).to_be_visible()
    if state in ("selection", "confirmation"):
        rows(page).nth(1).get_by_test_id("row-check").check()
        expect(page.get_by_test_id("bulk-bar")).to_be_visible()
    if state == "confirmation":
        page.get_by_test_id("bulk-delete").click()
        expect(page.get_by_test_id("confirm")).to_be_visible()
    if state == "trends":
        expect(page.get_by_test_id("trends").locator("canvas")).to_be_visible()
    if state == "drawer":
        page.keyboard.press("j")
        page.keyboard.press("o")
        expect(page.get_by_test_id("preview").get_by_text("Where is my parcel?")).to_be_visible()
    if state == "menu":
        rows(page).first.get_by_test_id("row-menu").click()
        expect(page.get_by_test_id("menu-export")).to_be_visible()

    assert faults(page) == []
