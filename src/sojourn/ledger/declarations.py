"""Table declarations: what senders said of their sessions outside of events."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from sqlalchemy import Connection, select, tuple_
from sqlalchemy.dialects import postgresql, sqlite

from sojourn.domain.identity import content_id
from sojourn.ledger.tables import declarations

Ref = tuple[str, str]


def save(conn: Connection, workspace_id: str, session_id: str, key: str, fields: Mapping[str, Any], at_ns: int) -> None:
    """Keeps the statement; the same statement again changes nothing. Which word is the last is decided when reading."""
    text = orjson.dumps(dict(fields), option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS, default=str).decode()
    dialect = sqlite if conn.dialect.name == "sqlite" else postgresql
    conn.execute(
        dialect.insert(declarations).on_conflict_do_nothing(),
        {
            "workspace_id": workspace_id,
            "session_id": session_id,
            "digest": content_id(text, at_ns),
            "at_ns": at_ns,
            "key": key,
            "fields": text,
        },
    )


def load(conn: Connection, refs: Sequence[Ref]) -> dict[Ref, list[tuple[int, dict[str, Any]]]]:
    found: dict[Ref, list[tuple[int, dict[str, Any]]]] = defaultdict(list)
    if refs:
        chosen = tuple_(declarations.c.workspace_id, declarations.c.session_id).in_(refs)
        for row in conn.execute(select(declarations).where(chosen)).mappings():
            found[row["workspace_id"], row["session_id"]].append((row["at_ns"], orjson.loads(row["fields"])))
    return dict(found)
