"""What time brings is done by one of several replicas, and by another when that one dies."""

from __future__ import annotations

from tests.stores import fresh_workspace

from sojourn.ledger.ledger import Ledger

S = 1_000_000_000


def take(ledger: Ledger, name: str, holder: str, now_s: int, for_s: int = 20) -> bool:
    with ledger.begin() as conn:
        return bool(ledger.leases.take(conn, name, holder, now_s * S, for_s * S))


def test_one_replica_holds_the_lease_and_renews_it(ledger: Ledger) -> None:
    name = fresh_workspace()

    assert take(ledger, name, "a", now_s=0)
    assert not take(ledger, name, "b", now_s=5)
    assert take(ledger, name, "a", now_s=15)
    assert not take(ledger, name, "b", now_s=25)


def test_another_takes_over_when_the_lease_is_not_renewed(ledger: Ledger) -> None:
    name = fresh_workspace()
    take(ledger, name, "a", now_s=0)

    assert take(ledger, name, "b", now_s=20)
    assert not take(ledger, name, "a", now_s=21), "what comes back finds that it is not the one any more"


def test_a_lease_of_another_name_is_another_lease(ledger: Ledger) -> None:
    name = fresh_workspace()
    take(ledger, name, "a", now_s=0)

    assert take(ledger, f"{name}-other", "b", now_s=0)
