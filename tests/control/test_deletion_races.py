"""A deletion stands, whatever was being counted when it came."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from tests.stores import fresh_workspace, shared_stores

from sojourn.app.refresh import Refresh
from sojourn.domain.identity import session_id_of
from sojourn.domain.sessions import Rollup
from sojourn.ledger.tombstones import Tombstone

S = 1_000_000_000
NOON_NS = 1_800_000_000 * S
KEY = "deleted"


class Counting:
    """The counts of a session that began at noon, and what happens once they are taken."""

    def __init__(self, started_at_ns: int, then: Callable[[], None] = lambda: None) -> None:
        self._started_at_ns, self._then = started_at_ns, then

    def rollups(self, refs: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Rollup]:
        counted = {ref: Rollup(ref[1], event_count=1, started_at_ns=self._started_at_ns) for ref in refs}
        self._then()
        return counted


class Desk:
    def __init__(self) -> None:
        self.ledger, self.workspace = shared_stores().ledger, fresh_workspace()
        self.session_id = session_id_of(self.workspace, KEY)
        self.now_ns = NOON_NS

    def bury(self) -> None:
        self.now_ns += S
        with self.ledger.begin() as conn:
            self.ledger.tombstones.put(conn, [Tombstone(self.workspace, self.session_id, "ada", self.now_ns)])
            self.ledger.sessions.remove(conn, [(self.workspace, self.session_id)])

    def refresh(self, events: Any) -> None:
        self.now_ns += S
        Refresh(self.ledger, events, lambda: self.now_ns).run({(self.workspace, self.session_id): KEY})

    @property
    def is_listed(self) -> bool:
        with self.ledger.read() as conn:
            return self.ledger.sessions.get(conn, self.workspace, self.session_id) is not None


def test_counts_taken_before_a_deletion_do_not_bring_the_session_back() -> None:
    desk = Desk()
    desk.refresh(Counting(NOON_NS))
    assert desk.is_listed

    desk.refresh(Counting(NOON_NS, then=desk.bury))

    assert not desk.is_listed


def test_events_ahead_of_our_clock_do_not_bring_it_back_either() -> None:
    desk = Desk()

    desk.refresh(Counting(NOON_NS + 3600 * S, then=desk.bury))

    assert not desk.is_listed


def test_rows_that_a_deletion_has_not_taken_yet_do_not_bring_it_back() -> None:
    desk = Desk()
    desk.bury()

    desk.refresh(Counting(NOON_NS))

    assert not desk.is_listed


def test_what_begins_after_a_deletion_is_listed() -> None:
    desk = Desk()
    desk.bury()

    desk.refresh(Counting(desk.now_ns + 1))

    assert desk.is_listed
