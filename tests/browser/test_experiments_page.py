"""The experiments' pages in a real browser."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from tests.browser.opened_pages import REFUSED, faults, opened, soon
from tests.experiments.experimenter import Experimenter
from tests.running_server import RunningServer, started
from tests.steering_http.operators import fresh

pytestmark = pytest.mark.xdist_group("browser")
COMPARED_ANEW_MS = 15_000  # after the first news
MODELS = "Which model"
VARIANTS = [
    {"name": "large", "weight": 3, "config": {"model": "large"}},
    {"name": "small", "config": {"model": "small"}},
]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    with started(tmp_path_factory.mktemp("experiments") / "data") as running:
        experimenter = Experimenter(running)
        experimenter.declare(id="which-model", name=MODELS, agent_id="support", variants=VARIANTS)
        for place in range(12):
            done = {"goal_completed": place % 3 > 0, "score": 0.5 + place / 40, "refunds": 1 + place % 4}
            experimenter.run("which-model", "large", cost_usd=0.5 + place / 100, lasts_s=20 + place, metrics=done)
            status = "completed" if place % 2 else "failed"
            experimenter.run(
                "which-model", "small", status, cost_usd=0.1 + place / 100, lasts_s=19 + place, metrics=done
            )
        experimenter.run("which-model", "small", "running", began=_just_now())
        experimenter.run("sender/made 1", "a")
        experimenter.run("sender/made 1", "b")
        experimenter.declare("a", "b", id="not-begun")
        yield running


@pytest.fixture
def experimenter(server: RunningServer) -> Experimenter:
    return Experimenter(server)


def row(page: Page, experiment_id: str) -> Locator:
    return page.locator(f'[data-testid="experiment-row"][data-experiment="{experiment_id}"]')


def measured(page: Page, measure: str, variant: str) -> Locator:
    return page.locator(f'[data-measure="{measure}"] [data-variant="{variant}"]')


def card(page: Page, variant: str) -> Locator:
    return page.locator(f'[data-testid="variant-card"][data-variant="{variant}"]')


def test_the_list_shows_declared_experiments_and_those_that_sessions_name(page: Page) -> None:
    """Acceptance 155."""
    page.goto("/experiments")

    expect(row(page, "which-model")).to_contain_text(MODELS)
    expect(row(page, "which-model").get_by_test_id("experiment-status")).to_have_text("running")
    expect(row(page, "which-model")).to_contain_text(re.compile(r"large 12.*small 13.*25"))
    expect(row(page, "sender/made 1").get_by_test_id("experiment-status")).to_have_text("undeclared")

    page.get_by_role("button", name="Undeclared", exact=True).click()
    expect(row(page, "which-model")).to_have_count(0)
    page.get_by_role("button", name="All", exact=True).click()
    page.get_by_label("Search experiments").fill("support small")
    expect(row(page, "sender/made 1")).to_have_count(0)
    page.reload()
    expect(page.get_by_test_id("experiment-total")).to_have_text("1 experiment")
    page.get_by_role("link", name=MODELS).click()

    expect(page).to_have_title(f"{MODELS} · Sojourn")


def test_variants_stand_beside_each_other_with_intervals(page: Page) -> None:
    """Acceptance 155: outcome metrics, cost, latency and errors, not only means."""
    page.goto("/experiments/which-model")

    cost = measured(page, "cost_usd", "small")
    expect(cost).to_contain_text(re.compile(r"\$0\.155 \$0\.13\d* to \$0\.17\d*"))
    expect(cost).to_contain_text(re.compile(r"−\$0\.40 −\$0\.43\d* to −\$0\.36\d*"))
    expect(cost.get_by_test_id("reading")).to_have_text("better")
    expect(cost.locator("svg line.range")).to_have_count(2)
    expect(measured(page, "failed", "small")).to_contain_text("50 % 25.4 to 74.6 %")
    expect(measured(page, "failed", "small").get_by_test_id("reading")).to_contain_text("worse")
    expect(measured(page, "duration_ms", "small").get_by_test_id("reading")).to_have_text("no clear difference")
    expect(measured(page, "metrics.goal_completed", "small")).to_contain_text("66.7 %")
    expect(measured(page, "metrics.refunds", "large")).to_contain_text("median 2.5")
    expect(measured(page, "with_errors", "small")).to_have_count(0)
    expect(page.get_by_text("none in any variant: canceled, abandoned, with errors")).to_be_visible()
    expect(page.get_by_test_id("chance")).to_contain_text("differences are judged here")
    cost.get_by_test_id("reading").hover()
    expect(page.get_by_role("tooltip")).to_contain_text("all differences on this page")


def test_open_sessions_count_and_are_not_measured(page: Page) -> None:
    page.goto("/experiments/which-model")

    expect(card(page, "small")).to_contain_text("13 sessions · 1 open")
    expect(measured(page, "completed", "small")).to_contain_text("12")


def test_another_baseline_turns_the_differences_around_and_the_url_keeps_it(page: Page) -> None:
    page.goto("/experiments/which-model")
    expect(card(page, "large")).to_contain_text("baseline")

    page.get_by_test_id("baseline").select_option("small")

    expect(measured(page, "cost_usd", "large").get_by_test_id("reading")).to_have_text("worse")
    expect(page).to_have_url(re.compile("baseline=small"))
    page.reload()
    expect(measured(page, "cost_usd", "small")).to_contain_text("baseline")


def test_a_range_narrows_what_is_compared_and_leads_to_the_same_sessions(page: Page) -> None:
    page.goto("/experiments/which-model?from=2026-03-02T00:00:00.000Z&to=2026-03-03T00:00:00.000Z")
    expect(card(page, "small")).to_contain_text("12 sessions")

    card(page, "small").get_by_test_id("variant-sessions").click()

    expect(page.get_by_test_id("total")).to_contain_text("12 sessions")
    expect(page).to_have_url(re.compile("experiment=.*which-model.*variant=.*small.*from=2026-03-02"))
    expect(page.get_by_test_id("filter-variant")).to_contain_text("small")
    page.goto("/experiments/which-model?to=2026-03-01T00:00:00.000Z")
    expect(page.get_by_test_id("nothing-ended")).to_contain_text("No session began in this range")
    page.get_by_role("button", name="Show all time").click()
    expect(measured(page, "completed", "small")).to_be_visible()


def test_too_few_sessions_get_a_note_and_no_interval(page: Page) -> None:
    page.goto("/experiments/sender%2Fmade%201")

    duration = measured(page, "duration_ms", "b")
    expect(duration.get_by_test_id("note")).to_have_text("too few")
    expect(duration.get_by_test_id("reading")).to_have_text("too few")
    expect(duration.locator("svg line.range")).to_have_count(0)
    duration.get_by_test_id("note").focus()
    expect(page.get_by_role("tooltip")).to_contain_text("One session is too few for an interval.")
    expect(page.get_by_text("not known of any session: cost")).to_be_visible()


def test_an_experiment_is_declared_by_hand_and_says_how_sessions_come_into_it(
    page: Page, experimenter: Experimenter
) -> None:
    name = fresh("Shorter prompt")
    id = name.lower().replace(" ", "-")
    page.goto("/experiments")
    page.get_by_test_id("new-experiment").click()
    dialog = page.get_by_test_id("experiment-dialog")
    dialog.get_by_label("Name").first.fill(name)
    expect(dialog.get_by_label("Id, as sessions carry it")).to_have_value(id)
    second = dialog.get_by_test_id("variant-field").nth(1)
    second.get_by_label("Name").fill("control")
    second.get_by_label("Weight").fill("3")
    second.get_by_label("Configuration").fill("{prompt: short}")

    page.get_by_test_id("experiment-save").click()

    expect(second.get_by_test_id("fault").nth(0)).to_have_text("This name is there already.")
    expect(second.get_by_test_id("fault").nth(1)).to_contain_text("No JSON")
    expect(second.get_by_label("Name")).to_be_focused()
    expect(second).to_contain_text("75 %")
    second.get_by_label("Name").fill("short")
    second.get_by_label("Configuration").fill('{"prompt": "short"}')
    page.get_by_test_id("experiment-save").click()

    expect(page).to_have_url(re.compile(f"/experiments/{id}"))
    expect(page.get_by_test_id("how-to-attach")).to_contain_text(f"/api/v1/experiments/{id}/assignments")
    expect(page.get_by_test_id("how-to-attach")).to_contain_text(f'"experiment_id":"{id}"')
    declared = experimenter.read(id)
    assert [(one["name"], one["weight"], one["config"]) for one in declared["variants"]] == [
        ("control", 1, {}),
        ("short", 3, {"prompt": "short"}),
    ]


def test_an_experiment_is_edited_stopped_started_and_deleted(page: Page, experimenter: Experimenter) -> None:
    id = experimenter.declare("a", "b", name="To be changed")["id"]
    experimenter.run(id, "a")
    page.goto(f"/experiments/{id}")
    page.get_by_role("button", name="Edit", exact=True).click()
    page.get_by_role("button", name="Remove variant b").click()
    page.get_by_role("button", name="+ Add a variant").click()
    page.get_by_test_id("variant-field").nth(1).get_by_label("Name").fill("c")
    page.get_by_test_id("experiment-save").click()
    expect(card(page, "c")).to_contain_text("no sessions")
    expect(card(page, "b")).to_have_count(0)

    page.get_by_role("button", name="Stop", exact=True).click()
    page.get_by_role("button", name="Keep as is", exact=True).click()
    expect(page.get_by_test_id("experiment-status")).to_have_text("running")
    page.get_by_role("button", name="Stop", exact=True).click()
    page.get_by_test_id("confirm-yes").click()
    expect(page.get_by_test_id("experiment-status")).to_have_text("stopped")
    assert experimenter.variant_of(id, sticky_key="k") is None
    page.get_by_role("button", name="Start", exact=True).click()
    expect(page.get_by_test_id("experiment-status")).to_have_text("running")
    page.get_by_role("button", name="Delete", exact=True).click()
    expect(page.get_by_test_id("confirm")).to_contain_text("1 session stays and can still be compared")
    page.get_by_test_id("confirm-yes").click()

    expect(page).to_have_url(re.compile("/experiments$"))
    expect(row(page, id).get_by_test_id("experiment-status")).to_have_text("undeclared")


def test_one_that_only_sessions_name_is_declared_with_their_variants(page: Page, experimenter: Experimenter) -> None:
    id = fresh("undeclared")
    experimenter.run(id, "b")
    experimenter.run(id, "a")
    page.goto(f"/experiments/{id}")
    page.get_by_role("button", name="Declare", exact=True).click()
    expect(page.get_by_test_id("variant-field")).to_have_count(2)

    page.get_by_test_id("experiment-save").click()

    expect(page.get_by_test_id("experiment-status")).to_have_text("running")
    assert {experimenter.variant_of(id, sticky_key=f"k{number}") for number in range(20)} == {"a", "b"}


def test_a_refused_change_is_told_and_keeps_what_was_typed(
    browser: Browser, server: RunningServer, experimenter: Experimenter
) -> None:
    id = experimenter.declare("a")["id"]
    with opened(browser, server, expects=[REFUSED]) as page:
        page.goto("/experiments")
        page.get_by_test_id("new-experiment").click()
        page.get_by_label("Id, as sessions carry it").fill(id)

        page.get_by_test_id("experiment-save").click()

        expect(page.get_by_test_id("refusal")).to_contain_text(f"there is an experiment with the id '{id}' already")
        expect(page.get_by_label("Id, as sessions carry it")).to_have_value(id)


def test_a_session_leads_to_its_experiment(page: Page, experimenter: Experimenter) -> None:
    id = experimenter.declare("a", name="Of this session")["id"]
    key = experimenter.run(id, "a")[0]["session"]
    page.goto(f"/sessions/{key}")
    expect(page.get_by_test_id("info-bar")).to_contain_text(f"{id} · a")

    page.get_by_test_id("experiment").click()

    expect(page.get_by_role("heading", name="Of this session", exact=True)).to_be_visible()


def test_sessions_that_end_are_compared_without_a_reload(page: Page, experimenter: Experimenter) -> None:
    id = experimenter.declare("a", "b")["id"]
    experimenter.run(id, "a")
    page.clock.install()
    page.goto(f"/experiments/{id}")
    expect(page.get_by_test_id("live-state")).to_have_text("Live")
    expect(card(page, "b")).to_contain_text("no sessions")

    experimenter.run(id, "b", began=_just_now())

    soon(page, card(page, "b").filter(has_text="1 session"), COMPARED_ANEW_MS)
    expect(measured(page, "completed", "b")).to_contain_text("100 %")


def test_the_keyboard_leads_here(page: Page) -> None:
    page.goto("/agents")
    expect(page.get_by_role("heading", name="Agents", exact=True)).to_be_visible()
    page.keyboard.press("g")
    page.keyboard.press("x")

    expect(page.get_by_role("heading", name="Experiments", exact=True)).to_be_visible()
    page.keyboard.press("/")
    expect(page.get_by_label("Search experiments")).to_be_focused()


@pytest.mark.parametrize(
    ("path", "state", "words", "way_out"),
    [
        ("/experiments/nowhere", "no-experiment", "There is no such experiment", "link"),
        ("/experiments/which-model?baseline=huge", "no-baseline", "large, small", "button"),
    ],
)
def test_an_address_that_means_nothing_says_what_to_do(
    browser: Browser, server: RunningServer, path: str, state: str, words: str, way_out: Any
) -> None:
    with opened(browser, server, expects=[REFUSED]) as page:
        page.goto(path)

        expect(page.get_by_test_id(state)).to_contain_text(words)
        page.get_by_test_id(state).get_by_role(way_out).click()
        expect(page.get_by_text(MODELS)).to_be_visible()


def test_an_empty_list_shows_how_sessions_come_into_an_experiment(page: Page, server: RunningServer) -> None:
    server.post("/api/v1/workspaces", json={"id": "without-any"}).raise_for_status()
    page.goto("/experiments?workspace=without-any")

    expect(page.get_by_test_id("empty")).to_contain_text("sojourn.start_session(")
    expect(page.get_by_test_id("empty")).to_contain_text("curl ")
    page.get_by_test_id("empty").get_by_role("button", name="Declare one").click()
    expect(page.get_by_test_id("experiment-dialog")).to_be_visible()


@pytest.mark.parametrize(
    ("path", "sign"),
    [
        ("", "experiment-row"),
        ("/which-model", "variant-card"),
        ("/sender%2Fmade%201", "variant-card"),
        ("/not-begun", "how-to-attach"),
    ],
)
def test_no_accessibility_fault(page: Page, path: str, sign: str) -> None:
    page.goto(f"/experiments{path}")
    expect(page.get_by_test_id(sign).first).to_be_visible()

    assert faults(page) == []


def test_the_dialog_has_no_accessibility_fault(page: Page) -> None:
    page.goto("/experiments/which-model")
    page.get_by_role("button", name="Edit", exact=True).click()
    page.get_by_test_id("variant-field").first.get_by_label("Name").fill("")
    page.get_by_test_id("experiment-save").click()
    expect(page.get_by_test_id("fault")).to_be_visible()

    assert faults(page) == []


def _just_now() -> datetime:
    return datetime.now(UTC) - timedelta(seconds=20)
