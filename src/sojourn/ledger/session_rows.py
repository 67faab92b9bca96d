"""Sessions as rows of the table and back."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import orjson
from sqlalchemy import RowMapping

from sojourn.domain.sessions import ModelUse, Session
from sojourn.ledger.tables import JSON_COLUMNS, NUMBER_COLUMNS, TEXT_COLUMNS

PLAIN = (
    *TEXT_COLUMNS,
    *NUMBER_COLUMNS,
    "workspace_id",
    "id",
    "key",
    "is_derived",
    "owns_memory",
    "cost_usd",
    "ended_at_ns",
    "archived_at_ns",
    "due_at_ns",
)
MAX_SEARCH_CHARS = 4_000


def row_of(session: Session) -> dict[str, Any]:
    row = {name: getattr(session, name) for name in PLAIN}
    row["status"], row["kind"], row["reach"] = str(session.status), str(session.kind), str(session.reach)
    row["models"] = orjson.dumps([asdict(use) for use in session.models]).decode()
    for name in JSON_COLUMNS:
        if name != "models":
            row[name] = orjson.dumps(getattr(session, name), default=str, option=orjson.OPT_NON_STR_KEYS).decode()
    said = (session.key, session.goal, session.channel, session.agent_id, *session.agents)
    row["search_text"] = "\n".join(dict.fromkeys(part for part in said if part))[:MAX_SEARCH_CHARS].lower()
    return row


def session_of(row: RowMapping) -> Session:
    values = {name: row[name] for name in PLAIN}
    for name in JSON_COLUMNS:
        values[name] = orjson.loads(row[name])
    values["agents"] = tuple(values["agents"])
    values["verbs"] = tuple(values["verbs"])
    values["models"] = tuple(ModelUse(**use) for use in values["models"])
    return Session(**values)
