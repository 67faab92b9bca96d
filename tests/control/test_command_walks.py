"""Any sequence of requests, polls, silences and words, by several at once: no state outside the table, no command lost,
none applied twice, and never "paused" or "canceled" while a tool call can still start."""

from __future__ import annotations

import threading
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.control.walking import Agent, Room, S
from tests.stores import fresh_workspace, shared_stores

from sojourn.domain.lifecycle import MATRIX, TERMINAL, is_move
from sojourn.domain.sessions import SessionStatus
from sojourn.domain.steering import SETTLED
from sojourn.ledger.ledger import Ledger

pytestmark = pytest.mark.xdist_group("control")
STOPPED = {SessionStatus.PAUSED: "paused", SessionStatus.CANCELED: "canceled"}
STEPS = st.sampled_from(
    [
        *(("ask", verb) for verb in ("pause", "resume", "cancel", "escalate", "return", "reset")),
        *[("ask", "pause"), ("ask", "resume")] * 2,
        *((what, number) for number in (0, 1) for what in ("poll", "lose", "start", "finish")),
        ("poll", 0),
        ("poll", 1),
        ("leave", 1),
        ("declare", "idle"),
        ("declare", "running"),
        ("declare", "completed"),
        ("wait", 10),
        ("wait", 400),
        ("recount", 0),
    ]
)
WALKS = settings(
    max_examples=25, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def step(room: Room, agents: list[Agent], name: str, value: object) -> None:
    if name == "ask":
        room.ask(str(value))
    elif name in ("poll", "lose"):
        agents[int(str(value))].poll(deliver=name == "poll")
    elif name == "start":
        agents[int(str(value))].start_tool()
    elif name == "finish":
        agents[int(str(value))].finish_tool()
    elif name == "leave":
        agents[int(str(value))].leave()
    elif name == "declare":
        room.declare(status=str(value))
    elif name == "wait":
        room.now_ns += int(str(value)) * S
        room.recount()
    else:
        room.recount()


def check_status(room: Room, agents: list[Agent]) -> None:
    status = room.session().status
    if status in STOPPED:
        wanted = STOPPED[SessionStatus(status)]
        for agent in agents:
            if not agent.has_left:
                assert agent.gate in (wanted, "canceled"), f"{status}, but a gate is {agent.gate}"
                assert agent.tools_in_flight == 0


def check_history(room: Room) -> None:
    moves = room.moves()
    assert all(before[1] == after[0] for before, after in pairwise(moves)), moves
    illegal = [move for move in moves if move[0] and not is_move(*move)]
    assert not illegal, illegal


def settle_down(room: Room, agents: list[Agent]) -> None:
    """Everybody finishes, listens and confirms."""
    for _ in range(4):
        for agent in agents:
            agent.finish_tool()
            agent.finish_tool()
            agent.tools_in_flight = 0
            agent.finish_tool()
            agent.poll()
    room.now_ns += 10 * S
    room.recount()


def check_commands(room: Room, agents: list[Agent]) -> None:
    """What stands may be told again to an agent that does not obey it; a reset has its effect once."""
    commands = room.commands()
    assert set(room.asked) == set(commands), "a command was lost"
    unsettled = [one for one in commands.values() if one.status not in SETTLED]
    assert not unsettled, unsettled
    for agent in agents:
        resets = [one for one in agent.applied if commands[one].verb in ("reset", "compact")]
        assert len(resets) == len(set(resets)), "a reset was applied twice"


@WALKS
@given(walk=st.lists(STEPS, max_size=30))
def test_no_walk_leaves_the_table_or_loses_a_command(ledger: Ledger, walk: list[tuple[str, object]]) -> None:
    room = Room(ledger, shared_stores().events, fresh_workspace())
    room.declare(status="running", kind="conversation")
    agents = [Agent(room), Agent(room)]
    for agent in agents:
        agent.poll()

    for name, value in walk:
        step(room, agents, name, value)
        check_status(room, agents)
    settle_down(room, agents)

    check_status(room, agents)
    check_history(room)
    check_commands(room, agents)


@pytest.mark.parametrize("seed", range(3))
def test_operators_and_agents_at_once_agree(ledger: Ledger, seed: int) -> None:
    room = Room(ledger, shared_stores().events, fresh_workspace())
    room.declare(status="running", kind="conversation")
    agents = [Agent(room), Agent(room)]
    for agent in agents:
        agent.poll()
    verbs = [("pause", "resume", "reset"), ("pause", "pause", "resume"), ("escalate", "return", "resume")]
    failures: list[BaseException] = []

    def operate(number: int) -> None:
        try:
            for turn in range(8):
                room.ask(verbs[number][(turn + seed) % 3], actor=f"operator-{number}")
        except BaseException as failure:  # noqa: BLE001  told by the main thread
            failures.append(failure)

    def run(agent: Agent) -> None:
        try:
            for turn in range(12):
                agent.start_tool() if turn % 3 else agent.finish_tool()
                agent.poll(deliver=turn % 4 != seed)
        except BaseException as failure:  # noqa: BLE001  told by the main thread
            failures.append(failure)

    threads = [threading.Thread(target=operate, args=(number,)) for number in range(3)]
    threads += [threading.Thread(target=run, args=(agent,)) for agent in agents]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    settle_down(room, agents)

    assert not failures, failures
    check_status(room, agents)
    check_history(room)
    check_commands(room, agents)


def test_the_same_request_of_two_operators_is_in_force_once(ledger: Ledger) -> None:
    room = Room(ledger, shared_stores().events, fresh_workspace())
    room.declare(status="running", kind="run")
    agent = Agent(room)
    agent.poll()

    first, second = room.ask("pause", "ada"), room.ask("pause", "grace")
    agent.poll()
    agent.poll()

    assert first is not None
    assert second is not None
    assert (first.changed, second.changed) == (True, False)
    assert [move[1] for move in room.moves()] == ["running", "pausing", "paused"]


def test_what_is_allowed_is_what_the_matrix_says() -> None:
    assert set(MATRIX) == set(SessionStatus)
    assert all("resume" not in MATRIX[status] for status in TERMINAL)
