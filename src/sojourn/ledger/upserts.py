"""Insert-or-replace in both dialects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite


def upsert(conn: Connection, table: Table, rows: Sequence[Mapping[str, Any]], key: Sequence[str]) -> None:
    """Rows whose `key` columns are there already are replaced in their other columns."""
    if not rows:
        return
    dialect = sqlite if conn.dialect.name == "sqlite" else postgresql
    statement = dialect.insert(table)
    renewed = {name: statement.excluded[name] for name in rows[0] if name not in key}
    conn.execute(statement.on_conflict_do_update(index_elements=list(key), set_=renewed), list(rows))


def insert_new(conn: Connection, table: Table, row: Mapping[str, Any], key: Sequence[str]) -> bool:
    """Whether the row was not there yet; one that is there stays as it is."""
    dialect = sqlite if conn.dialect.name == "sqlite" else postgresql
    statement = dialect.insert(table).on_conflict_do_nothing(index_elements=list(key)).returning(table.c[key[0]])
    return conn.execute(statement, dict(row)).first() is not None  # rowcount is -1 on some drivers
