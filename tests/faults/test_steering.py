"""Steering real agent processes when things go wrong: never "paused" or "canceled" while a tool can still start."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path

import pytest
from tests.faults.steering_room import Agent, Network, act, session, until, until_status, until_working
from tests.running_server import RunningServer, started

pytestmark = pytest.mark.xdist_group("steering-faults")
SETTLE_S = 1.0  # how long we look whether a tool starts after all
LOST_WITHIN_S = 60
_numbers = count()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    with started(tmp_path_factory.mktemp("steering") / "data") as running:
        yield running


@pytest.fixture
def agents(tmp_path: Path) -> Iterator[Callable[..., Agent]]:
    made: list[Agent] = []

    def make(url: str, key: str, tools: int = 10_000, tool_s: float = 0.2) -> Agent:
        made.append(Agent(tmp_path, url, key, tools, tool_s))
        return made[-1]

    yield make
    for agent in made:
        agent.kill()


@pytest.fixture
def key() -> str:
    return f"run-{next(_numbers)}"


def test_no_tool_starts_between_paused_and_resumed(
    server: RunningServer, agents: Callable[..., Agent], key: str
) -> None:
    agent = agents(server.url, key)
    until_working(server, key, agent)

    act(server, key, "pause")
    paused_at = until_status(server, key, "paused")
    time.sleep(SETTLE_S)
    resumed_at = time.time()
    act(server, key, "resume")

    until(lambda: agent.starts(after=resumed_at), "it goes on")
    assert agent.starts(after=paused_at, before=resumed_at) == []


def test_an_agent_killed_while_pausing_is_never_called_paused(
    server: RunningServer, agents: Callable[..., Agent], key: str
) -> None:
    agent = agents(server.url, key, tool_s=60)
    until(lambda: session(server, key)["controllable"] and agent.starts(), "a tool runs", 60)

    act(server, key, "pause")
    time.sleep(SETTLE_S)
    agent.kill()

    until(lambda: session(server, key)["reach"] == "lost", "the server misses it", LOST_WITHIN_S)
    lost = session(server, key)
    assert lost["status"] == "pausing"
    assert lost["controllable"] is False
    assert "silent" in lost["controllable_reason"]


def test_a_process_that_takes_over_a_paused_session_starts_no_tool(
    server: RunningServer, agents: Callable[..., Agent], key: str
) -> None:
    first = agents(server.url, key)
    until_working(server, key, first)
    act(server, key, "pause")
    until_status(server, key, "paused")
    first.kill()

    second = agents(server.url, key)
    until(lambda: second.has("begun"), "the second process runs", 60)
    time.sleep(2 * SETTLE_S)

    assert second.starts() == []
    act(server, key, "resume")
    until(lambda: second.starts(), "it goes on")


def test_a_paused_agent_stays_paused_when_the_server_is_killed_and_comes_back(
    tmp_path: Path, agents: Callable[..., Agent], key: str
) -> None:
    with started(tmp_path / "data") as own:
        agent = agents(own.url, key)
        until_working(own, key, agent)
        act(own, key, "pause")
        paused_at = until_status(own, key, "paused")

        own.kill()
        own.start()

        assert session(own, key)["status"] == "paused"
        until(lambda: session(own, key)["controllable"], "the agent is back", 60)
        resumed_at = time.time()
        assert agent.starts(after=paused_at, before=resumed_at) == []
        act(own, key, "resume")
        until(lambda: agent.starts(after=resumed_at), "it goes on")


def test_a_cancel_asked_while_the_network_is_cut_is_obeyed_when_it_heals(
    server: RunningServer, agents: Callable[..., Agent], key: str
) -> None:
    network = Network(server.port)
    agent = agents(network.url, key)
    until_working(server, key, agent)
    network.cut()
    time.sleep(0.5)

    act(server, key, "cancel")
    time.sleep(SETTLE_S)
    assert session(server, key)["status"] == "canceling", "nobody has confirmed"
    assert agent.starts(after=time.time() - SETTLE_S), "a host is never held up by a network"
    network.heal()
    canceled_at = until_status(server, key, "canceled", timeout_s=60)

    time.sleep(SETTLE_S)
    assert agent.starts(after=canceled_at) == []
    assert agent.has("canceled")
    network.close()


def test_a_cancel_asked_before_the_agent_begins_lets_no_tool_start(
    server: RunningServer, agents: Callable[..., Agent], key: str
) -> None:
    told = {"session": key, "kind": "run", "status": "pending", "goal": "not yet"}
    assert server.post("/api/v1/events", json=[told]).status_code == 200

    command = act(server, key, "cancel")
    agent = agents(server.url, key)

    until(lambda: agent.has("canceled"), "the agent hears of it", 60)
    assert agent.starts() == []
    until_status(server, key, "canceled")
    until(lambda: server.get(f"/api/v1/commands/{command['id']}")["status"] == "applied", "it is settled")


def test_the_same_request_of_two_operators_at_once_is_one_pause(
    server: RunningServer, agents: Callable[..., Agent], key: str
) -> None:
    agent = agents(server.url, key)
    until_working(server, key, agent)

    with ThreadPoolExecutor(4) as operators:
        commands = list(operators.map(lambda _: act(server, key, "pause"), range(4)))

    until_status(server, key, "paused")
    assert sorted(command["changed"] for command in commands) == [False, False, False, True]


@pytest.mark.parametrize("delay_s", [0.0, 0.05, 0.15, 0.3])
def test_completion_racing_with_cancel_ends_in_one_of_the_two(
    server: RunningServer, agents: Callable[..., Agent], key: str, delay_s: float
) -> None:
    agent = agents(server.url, key, tools=8, tool_s=0.2)
    until(lambda: session(server, key)["controllable"] and len(agent.starts()) == 8, "its last tool runs", 60)

    time.sleep(delay_s)
    answer = server.post(f"/api/v1/sessions/{key}/actions/cancel", json={})
    until(lambda: agent.has("completed") or agent.has("canceled"), "it ends")

    if answer.status_code == 409:
        assert session(server, key)["status"] == "completed"
        return
    until_status(server, key, "completed", "canceled")
    time.sleep(SETTLE_S)
    command = server.get(f"/api/v1/commands/{answer.json()['command']['id']}", wait_s=10)
    final = session(server, key)["status"]
    assert (final, command["status"]) in {("completed", "refused"), ("canceled", "applied")}
    assert len(agent.starts()) == 8


def test_a_cancel_of_an_agent_killed_in_the_middle_of_a_tool_is_never_called_done(
    server: RunningServer, agents: Callable[..., Agent], key: str
) -> None:
    agent = agents(server.url, key, tool_s=60)
    until(lambda: session(server, key)["controllable"] and agent.starts(), "a tool runs", 60)

    agent.kill()
    act(server, key, "cancel")
    time.sleep(3 * SETTLE_S)

    assert session(server, key)["status"] == "canceling", "it may come back, and the cancel stands"
