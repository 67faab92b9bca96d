"""A lease asks a ledger that others share, and only that; `take` asks every ledger."""

from __future__ import annotations

import os
import socket

import pytest
from tests.stores import fresh_workspace

from sojourn.app.lease import Lease, this_process
from sojourn.ledger.ledger import Ledger

S = 1_000_000_000
FOR_NS = 20 * S
pytestmark = pytest.mark.xdist_group("control")


class Clock:
    def __init__(self) -> None:
        self.now_ns = 1_800_000_000 * S

    def __call__(self) -> int:
        return self.now_ns


def taken_by(ledger: Ledger, name: str, holder: str, now_ns: int) -> bool:
    with ledger.begin() as conn:
        return bool(ledger.leases.take(conn, name, holder, now_ns, FOR_NS))


def test_it_is_held_in_the_name_of_this_process() -> None:
    assert this_process() == f"{socket.gethostname()}:{os.getpid()}"


def test_what_is_taken_is_kept_from_another_process_as_long_as_it_is_taken_again(ledger: Ledger) -> None:
    clock, name = Clock(), fresh_workspace()
    lease = Lease(ledger, name, FOR_NS, clock)

    taken = [lease.take()]
    clock.now_ns += FOR_NS - S
    taken.append(lease.take())
    clock.now_ns += FOR_NS - S

    assert taken == [True, True]
    assert not taken_by(ledger, name, "another", clock.now_ns)
    assert taken_by(ledger, name, "another", clock.now_ns + S)
    assert not lease.take(), "what comes back finds that it is not the one any more"


def test_it_is_mine_when_nobody_else_has_it(ledger: Ledger) -> None:
    clock, name = Clock(), fresh_workspace()

    assert Lease(ledger, name, FOR_NS, clock).is_mine()
    assert taken_by(ledger, name, "another", clock.now_ns) != ledger.is_shared, "a ledger of our own is not asked"


def test_it_is_not_mine_while_another_process_that_shares_the_ledger_has_it(ledger: Ledger) -> None:
    clock, name = Clock(), fresh_workspace()
    lease = Lease(ledger, name, FOR_NS, clock)
    taken_by(ledger, name, "another", clock.now_ns)

    while_it_lives = lease.is_mine()
    clock.now_ns += FOR_NS

    assert while_it_lives != ledger.is_shared
    assert lease.is_mine()
