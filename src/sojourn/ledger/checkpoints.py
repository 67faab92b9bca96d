"""Table checkpoints: named numbers that survive a crash."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from sojourn.ledger.tables import checkpoints


def get(conn: Connection, name: str) -> int | None:
    return conn.execute(select(checkpoints.c.value).where(checkpoints.c.name == name)).scalar()


def starting_with(conn: Connection, prefix: str) -> dict[str, int]:
    query = select(checkpoints.c.name, checkpoints.c.value).where(
        checkpoints.c.name.startswith(prefix, autoescape=True)
    )
    return {name: value for name, value in conn.execute(query)}


def set(conn: Connection, name: str, value: int) -> None:
    dialect = sqlite if conn.dialect.name == "sqlite" else postgresql
    statement = dialect.insert(checkpoints)
    conn.execute(
        statement.on_conflict_do_update(index_elements=["name"], set_={"value": statement.excluded.value}),
        {"name": name, "value": value},
    )


def remove(conn: Connection, names: Sequence[str]) -> None:
    conn.execute(delete(checkpoints).where(checkpoints.c.name.in_(names)))
