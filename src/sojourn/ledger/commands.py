"""Table commands: every request to a session, and what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import orjson
from sqlalchemy import Connection, RowMapping, insert, select, tuple_, update

from sojourn.domain.steering import Command, CommandStatus
from sojourn.ledger.control_tables import commands

Ref = tuple[str, str]
OPEN = (CommandStatus.REQUESTED, CommandStatus.DELIVERED, CommandStatus.UNREACHABLE)
JSON_COLUMNS = ("arguments", "detail", "receipts")
MAX_OPEN_A_SESSION = 100
MAX_ASKED = 10_000


def add(conn: Connection, command: Command) -> None:
    conn.execute(insert(commands), [_row(command)])


def replace(conn: Connection, command: Command) -> None:
    chosen = (commands.c.workspace_id == command.workspace_id) & (commands.c.id == command.id)
    conn.execute(update(commands).where(chosen).values(_row(command)))


def get(conn: Connection, workspace_id: str, command_id: str) -> Command | None:
    chosen = (commands.c.workspace_id == workspace_id) & (commands.c.id == command_id)
    row = conn.execute(select(commands).where(chosen)).mappings().first()
    return _command(row) if row else None


def open_of(conn: Connection, refs: Sequence[Ref]) -> list[Command]:
    """Not settled, oldest first."""
    chosen = tuple_(commands.c.workspace_id, commands.c.session_id).in_(refs) & commands.c.status.in_(OPEN)
    query = select(commands).where(chosen).order_by(commands.c.number).limit(MAX_OPEN_A_SESSION * max(1, len(refs)))
    return [_command(row) for row in conn.execute(query).mappings()]


def of(
    conn: Connection, workspace_id: str, session_id: str, before: int | None, limit: int
) -> list[tuple[int, Command]]:
    """With their numbers, the latest first."""
    chosen = (commands.c.workspace_id == workspace_id) & (commands.c.session_id == session_id)
    query = select(commands).where(chosen).order_by(commands.c.number.desc()).limit(limit)
    if before is not None:
        query = query.where(commands.c.number < before)
    return [(row["number"], _command(row)) for row in conn.execute(query).mappings()]


def asked_sessions(conn: Connection) -> set[Ref]:
    """Sessions with a command that nobody has taken yet."""
    query = select(commands.c.workspace_id, commands.c.session_id).where(commands.c.status == CommandStatus.REQUESTED)
    return {(row[0], row[1]) for row in conn.execute(query.limit(MAX_ASKED))}


def waiting_since(conn: Connection, before_ns: int, limit: int) -> list[Command]:
    """Requested before, and taken by nobody yet."""
    chosen = (commands.c.status == CommandStatus.REQUESTED) & (commands.c.requested_at_ns < before_ns)
    return [_command(row) for row in conn.execute(select(commands).where(chosen).limit(limit)).mappings()]


def unrecorded(conn: Connection, limit: int) -> list[Command]:
    """Whose latest word is not on the timeline yet."""
    query = select(commands).where(commands.c.is_recorded.is_(False)).order_by(commands.c.number).limit(limit)
    return [_command(row) for row in conn.execute(query).mappings()]


def recorded(conn: Connection, told: Sequence[Command]) -> None:
    """Unless they have changed since they were read."""
    for command in told:
        chosen = (
            (commands.c.workspace_id == command.workspace_id)
            & (commands.c.id == command.id)
            & (commands.c.status == command.status)
        )
        conn.execute(update(commands).where(chosen).values(is_recorded=True))


def _row(command: Command) -> dict[str, Any]:
    row = asdict(command)
    for name in JSON_COLUMNS:
        row[name] = orjson.dumps(row[name], default=str, option=orjson.OPT_NON_STR_KEYS).decode()
    return {**row, "status": str(command.status), "verb": str(command.verb)}


def _command(row: RowMapping) -> Command:
    values = {name: value for name, value in row.items() if name != "number"}
    for name in JSON_COLUMNS:
        values[name] = orjson.loads(values[name] or "{}")
    return Command(**values)
