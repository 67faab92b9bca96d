"""Signs of life: whom they keep alive, and who comes back with them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import pytest
from tests.control.walking import KEY, Agent, Room, S
from tests.stores import fresh_workspace, shared_stores

from sojourn.app.control.heartbeats import Heartbeats
from sojourn.app.control.reviving import Reviving
from sojourn.app.ingest import Ingest
from sojourn.domain.declarations import Declaration
from sojourn.domain.identity import session_id_of
from sojourn.domain.sessions import Session
from sojourn.ledger.ledger import Ledger
from sojourn.ledger.runtimes import Runtime

pytestmark = pytest.mark.xdist_group("control")
SILENT_S = 400


@dataclass(frozen=True, slots=True)
class Called:
    """A session below that of the room."""

    room: Room
    key: str

    @property
    def id(self) -> str:
        return session_id_of(self.room.workspace, self.key)

    def declare(self, parent: str) -> None:
        fields = {"status": "running", "kind": "run", "parent_session_key": parent}
        with self.room.ledger.begin() as conn:
            self.room.ledger.declarations.save(conn, self.room.workspace, self.id, self.key, fields, self.room.clock())
        self.recount()

    def recount(self) -> None:
        self.room.refresh.run({(self.room.workspace, self.id): self.key})

    def beat(self) -> None:
        with self.room.ledger.begin() as conn:
            self.room.ledger.holds.beat(conn, [(self.room.workspace, self.id)], self.room.clock())

    def session(self) -> Session:
        with self.room.ledger.read() as conn:
            found = self.room.ledger.sessions.get(conn, self.room.workspace, self.id)
        assert found is not None
        return found


@pytest.fixture
def room(ledger: Ledger) -> Room:
    made = Room(ledger, shared_stores().events, fresh_workspace())
    made.declare(status="running", kind="run")
    return made


def test_a_run_that_nobody_hears_of_is_abandoned(room: Room) -> None:
    """Acceptance 36."""
    room.now_ns += SILENT_S * S
    room.recount()

    assert (room.session().status, room.session().end_reason) == ("abandoned", "heartbeat_timeout")


def test_the_heartbeat_of_a_called_session_keeps_all_its_callers_alive(room: Room) -> None:
    child, grandchild = Called(room, "child"), Called(room, "grandchild")
    child.declare(KEY)
    grandchild.declare("child")

    for _ in range(4):
        room.now_ns += 200 * S
        grandchild.beat()
    room.recount()
    child.recount()

    assert (room.session().status, child.session().status) == ("running", "running")


def test_the_callers_of_a_silent_session_fall_silent_with_it(room: Room) -> None:
    child = Called(room, "child")
    child.declare(KEY)
    room.now_ns += 200 * S
    child.beat()

    room.now_ns += SILENT_S * S
    room.recount()

    assert room.session().status == "abandoned"


def test_the_polls_of_its_runtime_keep_a_session_alive(room: Room) -> None:
    agent = Agent(room)
    for _ in range(20):
        agent.poll()
        room.now_ns += 25 * S
    room.recount()

    assert room.session().status == "running"


def test_an_abandoned_run_is_back_with_its_next_word(room: Room) -> None:
    room.now_ns += SILENT_S * S
    room.recount()

    room.declare(status="running")

    assert (room.session().status, room.session().revived_count) == ("running", 1)
    assert [move[1] for move in room.moves()] == ["running", "abandoned", "running"]


def test_an_abandoned_run_is_back_with_the_next_poll_of_its_runtime(room: Room) -> None:
    agent = Agent(room)
    agent.poll()
    room.now_ns += SILENT_S * S
    room.recount()
    abandoned = room.session().status

    reviving = Reviving(room.ledger, room.clock)
    is_coming_back = reviving.is_coming_back(Runtime(agent.id, room.workspace))
    agent.poll()
    room.refresh.run(dict.fromkeys(reviving.heard_with([(room.workspace, room.session_id)]), ""))

    assert (abandoned, is_coming_back, room.session().status) == ("abandoned", True, "running")
    assert (room.session().revived_count, room.session().reach) == (1, "listening")
    assert not reviving.is_coming_back(Runtime(agent.id, room.workspace))


def test_callers_that_were_given_up_come_back_with_whom_they_called(room: Room) -> None:
    child, grandchild = Called(room, "child"), Called(room, "grandchild")
    child.declare(KEY)
    grandchild.declare("child")
    room.now_ns += SILENT_S * S
    for one in (room, child, grandchild):
        one.recount()

    grandchild.beat()
    heard = Reviving(room.ledger, room.clock).heard_with([(room.workspace, grandchild.id)])
    room.refresh.run(dict.fromkeys(heard, ""))

    assert [one.session().status for one in (room, child, grandchild)] == ["running"] * 3


class BusyIngest:
    """Takes what is declared when its turn comes."""

    def __init__(self) -> None:
        self.turn = asyncio.Event()
        self.declared: list[str] = []
        self.refreshed: list[tuple[str, str]] = []

    async def declare(self, _: str, declarations: Sequence[Declaration]) -> None:
        await self.turn.wait()
        self.declared += [one.key for one in declarations]

    async def refresh(self, sessions: dict[tuple[str, str], str]) -> None:
        self.refreshed += sessions


async def test_a_first_heartbeat_does_not_wait_until_a_busy_ingest_has_begun_its_session(room: Room) -> None:
    ingest = BusyIngest()
    heartbeats = Heartbeats(room.ledger, cast(Ingest, ingest), Reviving(room.ledger, room.clock), room.clock)
    begun_s = time.monotonic()

    await heartbeats.beat_named(room.workspace, "unheard", {"status": "running"})

    assert time.monotonic() - begun_s < 2
    assert ingest.declared == []
    with room.ledger.read() as conn:
        ref = (room.workspace, session_id_of(room.workspace, "unheard"))
        assert list(room.ledger.holds.heartbeats_of(conn, [ref])) == [ref]
    ingest.turn.set()
    await asyncio.sleep(0.01)
    assert ingest.declared == ["unheard"]


async def test_a_heartbeat_brings_back_what_was_given_up_and_recounts_nothing_else(room: Room) -> None:
    ingest = BusyIngest()
    heartbeats = Heartbeats(room.ledger, cast(Ingest, ingest), Reviving(room.ledger, room.clock), room.clock)
    child = Called(room, "called")
    child.declare(KEY)

    await heartbeats.beat_named(room.workspace, "called", {})
    in_time = list(ingest.refreshed)
    room.now_ns += SILENT_S * S
    room.recount()
    child.recount()
    await heartbeats.beat_named(room.workspace, "called", {})

    assert (in_time, ingest.declared) == ([], [])
    assert set(ingest.refreshed) == {(room.workspace, child.id), (room.workspace, room.session_id)}


def test_a_cancel_of_a_run_that_has_fallen_silent_reaches_it_when_it_comes_back(room: Room) -> None:
    agent = Agent(room)
    agent.poll()
    room.ask("cancel")
    room.now_ns += SILENT_S * S
    room.recount()
    silent = room.session()

    agent.poll()
    agent.poll()
    room.recount()

    assert silent.status == "abandoned"
    assert silent.status_reason.endswith("the cancel still stands and reaches it if it comes back")
    assert (agent.gate, room.session().status) == ("canceled", "canceled")


def test_silence_while_it_is_paused_counts_for_nothing(room: Room) -> None:
    agent = Agent(room)
    agent.poll()
    room.ask("pause")
    agent.poll()
    agent.poll()

    room.now_ns += 24 * 3_600 * S
    room.recount()
    paused = room.session().status
    room.ask("resume")
    room.recount()

    assert (paused, room.session().status) == ("paused", "running")


def test_a_word_of_a_called_session_revives_all_its_callers(room: Room) -> None:
    child, grandchild = Called(room, "child"), Called(room, "grandchild")
    child.declare(KEY)
    grandchild.declare("child")
    room.now_ns += SILENT_S * S
    for one in (room, child, grandchild):
        one.recount()
    assert [one.session().status for one in (room, child, grandchild)] == ["abandoned"] * 3

    grandchild.declare("child")

    assert [one.session().status for one in (room, child, grandchild)] == ["running"] * 3
    assert room.session().revived_count == 1
