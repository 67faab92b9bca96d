"""Table leases: work that one of several processes does, for as long as it lives."""

from __future__ import annotations

from sqlalchemy import Connection, or_, update

from sojourn.ledger.control_tables import leases
from sojourn.ledger.upserts import insert_new


def take(conn: Connection, name: str, holder: str, now_ns: int, for_ns: int) -> bool:
    """Whether `holder` has the lease until now + for; another's ends when it is not renewed in time."""
    row = {"name": name, "holder": holder, "until_ns": now_ns + for_ns}
    if insert_new(conn, leases, row, ("name",)):
        return True
    free = or_(leases.c.holder == holder, leases.c.until_ns <= now_ns)
    taken = conn.execute(
        update(leases).where(leases.c.name == name, free).values(holder=holder, until_ns=now_ns + for_ns)
    )
    return bool(taken.rowcount)
