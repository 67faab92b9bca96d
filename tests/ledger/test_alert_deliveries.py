"""The outbox of alerts on SQLite and on a real PostgreSQL."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from uuid import uuid4

import pytest
from sqlalchemy.exc import IntegrityError
from tests.postgres_server import postgres_server

from sojourn.app.alerts.forwarding import forward
from sojourn.domain.alerts import MINUTE_NS, NS, Channel, Delivery, Match
from sojourn.domain.signals import Signal
from sojourn.ledger.alerts import DeliveryFilter, Standing
from sojourn.ledger.ledger import Ledger
from sojourn.ledger.tombstones import Tombstone

pytestmark = pytest.mark.xdist_group("ledger")
LATER = 2**62


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def ledger(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    if request.param == "sqlite":
        opened = Ledger.open(f"sqlite:///{tmp_path_factory.mktemp('alerts') / 'ledger.db'}")
        opened.migrate()
        yield opened
        opened.close()
        return
    with postgres_server() as url:
        opened = Ledger.open(url)
        opened.migrate()
        yield opened
        opened.close()


def channel(ledger: Ledger, workspace: str, **fields: object) -> Channel:
    made = Channel(str(uuid4()), workspace, "hook", "webhook", url="http://x", match=Match(type=("alert",), text="é"))
    made = replace(made, **fields)  # type: ignore[arg-type]
    with ledger.begin() as conn:
        ledger.alerts.put(conn, made)
    return made


def owed(ledger: Ledger, to: Channel, signal_id: str, **fields: object) -> Delivery:
    delivery = Delivery(str(uuid4()), to.workspace_id, to.id, signal_id, session_id="s" * 36)
    delivery = replace(delivery, **fields)  # type: ignore[arg-type]
    with ledger.begin() as conn:
        ledger.alerts.add(conn, delivery)
    return delivery


def test_a_channel_comes_back_as_it_was_written(ledger: Ledger, workspace: str) -> None:
    made = channel(ledger, workspace, recipients=("a@b.c",), secret="x", quiet_minutes=3)

    with ledger.read() as conn:
        assert ledger.alerts.listed(conn, workspace) == [made]
        assert ledger.alerts.get(conn, workspace, made.id) == made
        assert ledger.alerts.enabled(conn, [workspace, "other"]) == {workspace: [made]}


def test_what_is_due_is_served_in_order_and_only_to_channels_that_are_on(ledger: Ledger, workspace: str) -> None:
    on, off = channel(ledger, workspace), channel(ledger, workspace, is_enabled=False)
    owed(ledger, on, "late", next_at_ns=30)
    first = owed(ledger, on, "soon", next_at_ns=10)
    owed(ledger, off, "never", next_at_ns=10)

    with ledger.read() as conn:
        assert ledger.alerts.channels_due(conn, 9) == []
        assert ledger.alerts.channels_due(conn, 10) == [(workspace, on.id)]
        assert ledger.alerts.first_due(conn, (workspace, on.id), 40) == first
        assert ledger.alerts.waiting_counts(conn, [(workspace, on.id), (workspace, off.id)]) == {
            (workspace, on.id): 2,
            (workspace, off.id): 1,
        }


def test_a_try_is_claimed_once_however_many_want_it(ledger: Ledger, workspace: str) -> None:
    delivery = owed(ledger, channel(ledger, workspace), "signal")
    won: list[bool] = []

    def claim() -> None:
        with ledger.begin() as conn:
            won.append(ledger.alerts.claim(conn, delivery, 5, 10))

    threads = [threading.Thread(target=claim) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(won) == [False] * 7 + [True]
    with ledger.read() as conn:
        stored = ledger.alerts.one(conn, workspace, delivery.id)
    assert stored == replace(delivery, attempts=1, tried_at_ns=5, next_at_ns=10)


def test_a_group_waits_once_for_a_channel(ledger: Ledger, workspace: str) -> None:
    to = channel(ledger, workspace)
    owed(ledger, to, "group", state="sent")
    owed(ledger, to, "group")

    with pytest.raises(IntegrityError):
        owed(ledger, to, "group")


def test_standings_and_pages_tell_what_became_of_them(ledger: Ledger, workspace: str) -> None:
    to = channel(ledger, workspace)
    sent = owed(ledger, to, "a", state="sent", sent_at_ns=7)
    failed = owed(ledger, to, "b", state="failed")
    waiting = owed(ledger, to, "c", next_at_ns=LATER)

    with ledger.read() as conn:
        assert ledger.alerts.standings(conn, workspace) == {to.id: Standing(1, 1, 1, 7)}
        page = ledger.alerts.list_page(conn, workspace, DeliveryFilter(), None, 2)
        rest = ledger.alerts.list_page(conn, workspace, DeliveryFilter(), page[-1][0], 2)
        assert [one for _, one in page + rest] == [waiting, failed, sent]
        assert ledger.alerts.total(conn, workspace, DeliveryFilter(to.id, "failed")) == 1


def test_pruning_keeps_the_latest_that_are_over_and_all_that_wait(ledger: Ledger, workspace: str) -> None:
    to = channel(ledger, workspace)
    waiting = owed(ledger, to, "old", next_at_ns=LATER)
    over = [owed(ledger, to, f"over {place}", state="sent") for place in range(4)]

    with ledger.begin() as conn:
        ledger.alerts.prune(conn, (workspace, to.id), 2)
        ledger.alerts.prune(conn, (workspace, to.id), 2)

    with ledger.read() as conn:
        left = ledger.alerts.list_page(conn, workspace, DeliveryFilter(), None, 10)
    assert [one for _, one in left] == [over[3], over[2], waiting]


def test_a_deleted_session_leaves_no_delivery(ledger: Ledger, workspace: str) -> None:
    to = channel(ledger, workspace)
    gone = str(uuid4())
    kept = owed(ledger, to, "kept", next_at_ns=LATER)
    owed(ledger, to, "gone", session_id=gone)

    with ledger.begin() as conn:
        ledger.tombstones.put(conn, [Tombstone(workspace, gone, "me", 1)])

    with ledger.read() as conn:
        assert [one for _, one in ledger.alerts.list_page(conn, workspace, DeliveryFilter(), None, 10)] == [kept]


def test_a_signal_is_looked_at_again_only_after_it_has_fired_again(ledger: Ledger, workspace: str) -> None:
    signal = Signal(str(uuid4()), workspace, "alert", "stuck", first_at_ns=1, last_at_ns=1)

    def unforwarded() -> list[Signal]:
        with ledger.begin() as conn:
            return [one for one in ledger.signals.unforwarded(conn, 1_000, lock=True) if one.id == signal.id]

    with ledger.begin() as conn:
        ledger.signals.add(conn, signal)
    fresh = unforwarded()
    with ledger.begin() as conn:
        ledger.signals.forwarded(conn, fresh)
        ledger.signals.replace(conn, replace(signal, outcome="asked"))
    after_outcome = unforwarded()
    again = replace(signal, count=2, outcome="asked")
    with ledger.begin() as conn:
        ledger.signals.replace(conn, again)
        ledger.signals.forwarded(conn, fresh)  # looked at before it fired again

    assert (fresh, after_outcome) == ([signal], [])
    assert unforwarded() == [again]


def test_what_fires_is_promised_once_and_what_fires_again_is_told_by_what_waits(ledger: Ledger, workspace: str) -> None:
    quiet = channel(ledger, workspace, match=Match(), quiet_minutes=10)
    signal = Signal(str(uuid4()), workspace, "alert", "stuck", first_at_ns=5, last_at_ns=5)
    now_ns = 100 * NS

    def fired(count: int) -> list[Delivery]:
        with ledger.begin() as conn:
            if not ledger.signals.add(conn, signal):
                ledger.signals.replace(conn, replace(signal, count=count))
        while forward(ledger, lambda: now_ns):
            pass
        with ledger.read() as conn:
            page = ledger.alerts.list_page(conn, workspace, DeliveryFilter(quiet.id), None, 10)
        return [one for _, one in page]

    (first,) = fired(1)
    (told_by_it,) = fired(3)
    with ledger.begin() as conn:
        ledger.alerts.change(conn, replace(told_by_it, state="sent", sent_at_ns=now_ns))
    later, sent = fired(4)

    assert (first.count, first.next_at_ns, told_by_it.id, told_by_it.count) == (1, now_ns, first.id, 3)
    assert (sent.id, sent.state, later.state, later.count) == (first.id, "sent", "waiting", 4)
    assert later.next_at_ns == now_ns + 10 * MINUTE_NS
