"""A session, its agents and its operators in one room with a clock: for walks of any order."""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import uuid4

from sojourn.app.control.delivery import Delivery, Held, Poll, Receipt
from sojourn.app.control.requests import Ask, Requests
from sojourn.app.errors import NotAllowed
from sojourn.app.refresh import Refresh
from sojourn.domain.identity import session_id_of
from sojourn.domain.lifecycle import Verb
from sojourn.domain.sessions import Session
from sojourn.domain.steering import Command
from sojourn.events.store import EventStore
from sojourn.ledger.ledger import Ledger
from sojourn.ledger.runtimes import Runtime

S = 1_000_000_000
KEY = "walked"
VERBS = ("pause", "resume", "cancel", "reset", "compact")


@dataclass
class Agent:
    """A process that obeys as the SDK does: at its gate, and never in the middle of a tool call."""

    room: Room
    id: str = field(default_factory=lambda: str(uuid4()))
    gate: str = "running"  # running, paused, canceled
    tools_in_flight: int = 0
    has_left: bool = False
    known: dict[str, Command] = field(default_factory=dict)
    applied: list[str] = field(default_factory=list)  # ids, each as often as it had an effect
    outbox: list[Receipt] = field(default_factory=list)

    def start_tool(self) -> None:
        if self.gate == "running" and not self.has_left:
            self.tools_in_flight += 1

    def finish_tool(self) -> None:
        self.tools_in_flight = max(0, self.tools_in_flight - 1)
        self._confirm()

    def poll(self, deliver: bool = True) -> None:
        """`deliver` False: the answer is lost on its way."""
        if self.has_left:
            return
        state = self.gate if not self.tools_in_flight else "running"
        held = Held(KEY, VERBS, state, self.tools_in_flight, True)
        runtime = Runtime(self.id, self.room.workspace, "agent")
        poll = Poll(runtime, (held,), frozenset(self.known), tuple(self.outbox), ())
        accepted = self.room.delivery.take(poll)
        delivered = self.room.delivery.collect(poll)
        if not deliver:
            return
        self.outbox = [one for one in self.outbox if one.command_id not in accepted]
        for command, _ in delivered.commands:
            self.obey(command)

    def obey(self, command: Command) -> None:
        if command.id in self.known:
            return
        if self.gate != "canceled":
            self.gate = {"pause": "paused", "resume": "running", "cancel": "canceled"}.get(command.verb, self.gate)
        self.applied.append(command.id)
        self.known[command.id] = command
        self._confirm()

    def leave(self) -> None:
        if not self.has_left:
            self.has_left, self.tools_in_flight = True, 0
            self.room.delivery.leave(self.room.workspace, self.id)

    def _confirm(self) -> None:
        for command in list(self.known.values()):
            is_stop = command.verb in ("pause", "cancel")
            is_withdrawn = is_stop and self.gate == "running"
            if is_stop and self.tools_in_flight and not is_withdrawn:
                continue
            del self.known[command.id]
            self.outbox.append(Receipt(command.id, "refused" if is_withdrawn else "applied", "", "", {}))


class Room:
    def __init__(self, ledger: Ledger, events: EventStore, workspace: str) -> None:
        self.ledger, self.workspace = ledger, workspace
        self.now_ns = 1_800_000_000 * S
        self.session_id = session_id_of(workspace, KEY)
        self.requests = Requests(ledger, self.clock)
        self.delivery = Delivery(ledger, self.clock)
        self.refresh = Refresh(ledger, events, self.clock)
        self.asked: list[str] = []

    def clock(self) -> int:
        self.now_ns += 1_000
        return self.now_ns

    def declare(self, **fields: str) -> None:
        with self.ledger.begin() as conn:
            self.ledger.declarations.save(conn, self.workspace, self.session_id, KEY, fields, self.clock())
        self.recount()

    def recount(self) -> None:
        self.refresh.run({(self.workspace, self.session_id): KEY})

    def ask(self, verb: str, actor: str = "ada") -> Command | None:
        """None if it was refused."""
        try:
            answer = self.requests.ask(self.workspace, self.session_id, Ask(Verb(verb), actor))
        except NotAllowed:
            return None
        self.asked.append(answer.command.id)
        return answer.command

    def session(self) -> Session:
        with self.ledger.read() as conn:
            found = self.ledger.sessions.get(conn, self.workspace, self.session_id)
        assert found is not None
        return found

    def commands(self) -> dict[str, Command]:
        with self.ledger.read() as conn:
            return {one.id: one for _, one in self.ledger.commands.of(conn, self.workspace, self.session_id, None, 500)}

    def moves(self) -> list[tuple[str, str, str]]:
        with self.ledger.read() as conn:
            rows = self.ledger.status_changes.of(conn, self.workspace, self.session_id, 1_000)
        return [(row.from_status, row.to_status, row.evidence) for row in rows]
