"""Niitaka's agent dashboard: statuses that are counted, and those that a person sets."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.gateways.niitaka_agent import NiitakaAgent, new_id
from tests.running_server import RunningServer, started
from tests.steering_http.operators import Json, fresh

HOUR_S, DAY_S = 3_600, 86_400


@pytest.fixture
def agent(server: RunningServer) -> NiitakaAgent:
    return NiitakaAgent(server)


def row(agent: NiitakaAgent) -> Json:
    found: Json = agent.told("GET", f"/agents/{agent.agent_id}")
    return found


def ended(agent: NiitakaAgent, seconds_ago: float) -> None:
    agent.grow_old(new_id(), seconds_ago, agent_id=agent.agent_id)


@pytest.mark.parametrize(
    ("seconds_ago", "status"), [((2 * DAY_S, 60), "active"), ((2 * DAY_S, 3 * HOUR_S), "idle"), ((9 * DAY_S,), "stale")]
)
def test_a_status_is_counted_from_the_sessions(
    agent: NiitakaAgent, seconds_ago: tuple[float, ...], status: str
) -> None:
    """Acceptance 152."""
    for seconds in seconds_ago:
        ended(agent, seconds)

    assert (row(agent)["status"], row(agent)["auto_status"], row(agent)["status_override"]) == (status, status, None)
    assert row(agent)["session_count"] == len(seconds_ago)


def test_an_agent_is_new_on_its_first_day_and_in_error_when_its_runs_are(agent: NiitakaAgent) -> None:
    """Acceptance 152."""
    with agent.start() as first:
        pass
    agent.until_row(first, status="done")
    on_its_first_day = row(agent)["status"]

    with agent.start() as second:
        agent.client.log_error("it broke")
    agent.until_row(second, error_count=1, status="done")

    assert on_its_first_day == "new"
    assert (row(agent)["status"], row(agent)["error_count"]) == ("error", 1)


def test_a_person_overrides_the_status_and_takes_it_back(agent: NiitakaAgent) -> None:
    """Acceptance 152."""
    ended(agent, 9 * DAY_S)

    set_by_hand = agent.told("PATCH", f"/agents/{agent.agent_id}", {"status_override": "shipped"})
    listed = [one for one in agent.told("GET", "/agents") if one["agent_id"] == agent.agent_id]
    taken_back = agent.told("PATCH", f"/agents/{agent.agent_id}", {"status_override": None})

    assert (set_by_hand["status"], set_by_hand["auto_status"], set_by_hand["status_override"]) == (
        "shipped",
        "stale",
        "shipped",
    )
    assert listed == [set_by_hand]
    assert (taken_back["status"], taken_back["status_override"]) == ("stale", None)


def test_an_agent_that_only_has_a_configuration_is_new(agent: NiitakaAgent) -> None:
    agent.told("PUT", f"/agents/{agent.agent_id}/config", {"model": "gpt-5"})

    assert (row(agent)["status"], row(agent)["session_count"], row(agent)["last_active_at"]) == ("new", 0, None)
    assert agent.told("PATCH", f"/agents/{agent.agent_id}", {"status_override": "deprecated"})["status"] == "deprecated"


@pytest.mark.parametrize("sent", [{}, {"status_override": "retired"}, {"status_override": 7}, {"status_override": []}])
def test_an_override_that_is_none_is_told_of(agent: NiitakaAgent, sent: Json) -> None:
    ended(agent, 60)

    answer = agent.call("PATCH", f"/agents/{agent.agent_id}", sent)

    assert (answer.status_code, "status_override" in answer.json()["detail"]) == (422, True)


def test_an_agent_that_nobody_knows_is_not_found(agent: NiitakaAgent) -> None:
    unknown = fresh("nobody")

    assert agent.call("GET", f"/agents/{unknown}").status_code == 404
    assert agent.call("PATCH", f"/agents/{unknown}", {"status_override": "shipped"}).status_code == 404


@pytest.fixture(scope="module")
def restarted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    with started(tmp_path_factory.mktemp("restarted") / "data") as running:
        yield running


def test_an_override_survives_a_restart(restarted: RunningServer) -> None:
    agent = NiitakaAgent(restarted)
    ended(agent, 60)
    agent.told("PATCH", f"/agents/{agent.agent_id}", {"status_override": "archived"})

    restarted.kill()
    restarted.start()

    assert row(agent)["status"] == "archived"
