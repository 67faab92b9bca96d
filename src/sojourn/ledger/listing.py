"""The list: filters, any sort, keyset pages, totals."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Select,
    Table,
    and_,
    exists,
    func,
    literal_column,
    or_,
    select,
    text,
    tuple_,
)

from sojourn.domain.sessions import Session
from sojourn.ledger.errors import Invalid
from sojourn.ledger.filters import Scope, SessionFilter, Where, scope_of
from sojourn.ledger.session_rows import session_of
from sojourn.ledger.tables import NUMBER_COLUMNS, TEXT_COLUMNS, session_agents, session_models, sessions

DEFAULT_SORT = "-started_at"
TRIGRAM = 3  # words shorter than this are in no trigram index
NULLABLE = frozenset({"cost_usd", "ended_at_ns", "archived_at_ns"})
_TIMES = {f"{name}_at": f"{name}_at_ns" for name in ("started", "last_activity", "ended", "archived")}
SORTS: dict[str, Column[Any]] = {
    **{name: sessions.c[name] for name in (*TEXT_COLUMNS, *NUMBER_COLUMNS, "id", "key", "is_derived", "cost_usd")},
    **{name: sessions.c[column] for name, column in _TIMES.items()},
    "status_since": sessions.c.status_since_ns,
    "source": sessions.c.trigger_source,
}
FACETS = {
    "agent": sessions.c.agent_id,
    "channel": sessions.c.channel,
    "environment": sessions.c.environment,
    "service": sessions.c.service,
    "origin": sessions.c.origin,
    "status": sessions.c.status,
    "kind": sessions.c.kind,
    "trigger_type": sessions.c.trigger_type,
    "source": sessions.c.trigger_source,
    "user": sessions.c.user_id,
    "attention": sessions.c.attention,
    "experiment": sessions.c.experiment_id,
    "variant": sessions.c.variant,
}
_IN = {
    "channel": "channel",
    "environment": "environment",
    "service": "service",
    "origin": "origin",
    "user": "user_id",
    "status": "status",
    "kind": "kind",
    "attention": "attention",
    "trigger_type": "trigger_type",
    "source": "trigger_source",
    "parent": "parent_session_id",
    "experiment": "experiment_id",
    "variant": "variant",
}

# Filters whose column is mostly empty, with what stands there then: so their indexes may leave those sessions out.
SPARSE = {
    "user": "''",
    "attention": "'none'",
    "trigger_type": "''",
    "source": "''",
    "experiment": "''",
    "variant": "''",
}
SELECTIVE = ("user", "parent", "experiment", "variant", "attention")  # filters that may leave very few sessions
MAX_SORTED = 5_000  # sessions that are collected and then sorted


@dataclass(frozen=True, slots=True)
class Page:
    items: list[Session]
    next_cursor: str | None


def list_page(conn: Connection, where: Where, chosen: SessionFilter, sort: str, limit: int, cursor: str | None) -> Page:
    """A page after the place that `cursor` names. Sessions without a value stand last, whatever the direction."""
    _, is_descending = sort_of(sort)
    after = None if cursor is None else _decode(cursor, sort)
    scope = scope_of(where)
    found = [  # an index has the order of each workspace, and of no two together
        placed
        for each in scope.workspaces
        for placed in _first(conn, Scope((each,), scope.without_called), chosen, sort, limit + 1, after)
    ]
    if len(scope.workspaces) > 1:
        with_value = [placed for placed in found if placed[0] is not None]
        with_value.sort(key=lambda placed: (placed[0], placed[1].id), reverse=is_descending)
        without = [placed for placed in found if placed[0] is None]
        found = with_value + sorted(without, key=lambda placed: placed[1].id, reverse=is_descending)
    shown = found[:limit]
    more = _encode(sort, shown[-1][0], shown[-1][1].id) if len(found) > limit else None
    return Page([session for _, session in shown], more)


def _first(
    conn: Connection,
    scope: Scope,
    chosen: SessionFilter,
    sort: str,
    limit: int,
    after: tuple[Any, str] | None,
) -> list[tuple[Any, Session]]:
    """The first sessions of one workspace after a place, each with its value in the column of the order."""
    column, is_descending = sort_of(sort)
    narrowed = conditions(conn, scope, chosen, in_order=True)
    query = select(sessions).where(*narrowed)
    if after is not None:
        query = query.where(_after(column, is_descending, *after))
    place: ColumnElement[Any] = column
    if column is not sessions.c.started_at_ns and _are_few(conn, chosen, narrowed):
        place = literal_column(f"+sessions.{column.name}", column.type)  # collect them, then sort
    rows = conn.execute(_ordered(query, column, place, is_descending).limit(limit)).mappings().all()
    return [(row[column.name], session_of(row)) for row in rows]


def _are_few(conn: Connection, chosen: SessionFilter, narrowed: Sequence[ColumnElement[bool]]) -> bool:
    """Whether SQLite would walk through all sessions in their order to find a few. PostgreSQL has statistics."""
    if conn.dialect.name != "sqlite" or not any(getattr(chosen, name) for name in SELECTIVE):
        return False
    found = select(literal_column("1")).select_from(sessions).where(*narrowed).limit(MAX_SORTED + 1).subquery()
    return int(conn.execute(select(func.count()).select_from(found)).scalar_one()) <= MAX_SORTED


def total(conn: Connection, where: Where, chosen: SessionFilter) -> int:
    query = select(func.count()).select_from(sessions).where(*conditions(conn, where, chosen))
    return int(conn.execute(query).scalar_one())


def children(conn: Connection, workspace_id: str, session_id: str, limit: int, cursor: str | None) -> Page:
    """The sessions that this one called, oldest first."""
    return list_page(conn, workspace_id, SessionFilter(parent=(session_id,)), "started_at", limit, cursor)


def facets(conn: Connection, where: Where, field: str, prefix: str, limit: int) -> list[tuple[str, int]]:
    """Values of a column that begin so, the most frequent first."""
    scope = scope_of(where)
    if field == "model":
        table, column = session_models, session_models.c.model
    elif field in FACETS:
        table, column = sessions, FACETS[field]
    else:
        raise Invalid(f"there is no facet {field!r}; there are {', '.join(sorted({*FACETS, 'model'}))}")
    count = func.count()
    query = (
        select(column, count)
        .where(within(table, scope), column != "")
        .group_by(column)
        .order_by(count.desc(), column)
        .limit(limit)
    )
    if scope.without_called:
        seen = select(sessions.c.id).where(within(sessions, scope), *_seen(scope))
        query = query.where((table.c.id if table is sessions else table.c.session_id).in_(seen))
    if prefix:
        query = query.where(func.lower(column).startswith(prefix.lower(), autoescape=True))
    return [(str(value), int(number)) for value, number in conn.execute(query)]


def sort_of(sort: str) -> tuple[Column[Any], bool]:
    name = sort.removeprefix("-")
    if name not in SORTS:
        raise Invalid(f"cannot sort by {name!r}; there are {', '.join(sorted(SORTS))}")
    return SORTS[name], sort.startswith("-")


def conditions(
    conn: Connection, where: Where, chosen: SessionFilter, in_order: bool = False
) -> list[ColumnElement[bool]]:
    """The filter as SQL. In order: ranges, which rarely narrow much, leave the index to the order."""
    scope = scope_of(where)
    found: list[ColumnElement[bool]] = [within(sessions, scope), *_seen(scope)]
    found += [sessions.c[column].in_(values) for name, column in _IN.items() if (values := getattr(chosen, name))]
    found += [
        sessions.c[_IN[name]] != literal_column(nothing)
        for name, nothing in SPARSE.items()
        if (values := getattr(chosen, name)) and nothing.strip("'") not in values
    ]
    error_count: ColumnElement[int] = sessions.c.error_count
    duration_ms: ColumnElement[int] = sessions.c.duration_ms
    if in_order:
        error_count = literal_column("+sessions.error_count", error_count.type)
        duration_ms = literal_column("+sessions.duration_ms", duration_ms.type)
    if chosen.agent:
        also = select(session_agents.c.session_id).where(
            within(session_agents, scope),
            session_agents.c.agent_id.in_(chosen.agent),
        )
        found.append(sessions.c.id.in_(also))
    if chosen.model:
        found.append(
            exists().where(
                session_models.c.workspace_id == sessions.c.workspace_id,
                session_models.c.session_id == sessions.c.id,
                session_models.c.model.in_(chosen.model),
            )
        )
    for column, parts in ((sessions.c.key, chosen.key), (sessions.c.goal, chosen.goal)):
        found += [func.lower(column).contains(part.lower(), autoescape=True) for part in parts]
    if chosen.has_errors is not None:
        found.append(error_count > 0 if chosen.has_errors else error_count == 0)
    if chosen.started_after_ns is not None:
        found.append(sessions.c.started_at_ns >= chosen.started_after_ns)
    if chosen.started_before_ns is not None:
        found.append(sessions.c.started_at_ns < chosen.started_before_ns)
    if chosen.min_duration_ms is not None:
        found.append(duration_ms >= chosen.min_duration_ms)
    if chosen.archived is not None:
        found.append(sessions.c.archived_at_ns.isnot(None) if chosen.archived else sessions.c.archived_at_ns.is_(None))
    if chosen.ids is not None:
        found.append(sessions.c.id.in_(chosen.ids))
    if chosen.q.strip():
        found.append(or_(_said(conn, chosen.q.lower().split()), sessions.c.id.in_(chosen.content_ids)))
    return found


def within(table: Table, scope: Scope) -> ColumnElement[bool]:
    own: Column[str] = table.c.workspace_id
    return own == scope.workspaces[0] if len(scope.workspaces) == 1 else own.in_(scope.workspaces)


def _seen(scope: Scope) -> list[ColumnElement[bool]]:
    if not scope.without_called:
        return []
    return [or_(sessions.c.parent_session_id == "", sessions.c.workspace_id.notin_(scope.without_called))]


def _said(conn: Connection, words: list[str]) -> ColumnElement[bool]:
    """Every word occurs in the session's own text; long words by the trigram index of SQLite."""
    indexed = [word for word in words if len(word) >= TRIGRAM] if conn.dialect.name == "sqlite" else []
    found = [sessions.c.search_text.contains(word, autoescape=True) for word in words if word not in indexed]
    if indexed:
        quoted = " AND ".join('"' + word.replace('"', '""') + '"' for word in indexed)
        matching = text("SELECT rowid FROM session_text WHERE session_text MATCH :words").bindparams(words=quoted)
        found.append(sessions.c.row_number.in_(matching.columns(Column("rowid")).subquery().select()))
    return and_(*found)


def _ordered(query: Select[Any], column: Column[Any], place: ColumnElement[Any], is_descending: bool) -> Select[Any]:
    first = place.desc() if is_descending else place.asc()
    if column.name in NULLABLE:
        first = first.nulls_last()
    return query.order_by(first, sessions.c.id.desc() if is_descending else sessions.c.id.asc())


def _after(column: Column[Any], is_descending: bool, value: Any, session_id: str) -> ColumnElement[bool]:
    later_id = sessions.c.id < session_id if is_descending else sessions.c.id > session_id
    if value is None:
        return and_(column.is_(None), later_id)
    place = tuple_(column, sessions.c.id)
    later = place < tuple_(value, session_id) if is_descending else place > tuple_(value, session_id)
    return or_(later, column.is_(None)) if column.name in NULLABLE else later


def _encode(sort: str, value: Any, session_id: str) -> str:
    return base64.urlsafe_b64encode(orjson.dumps([sort, value, session_id])).decode().rstrip("=")


def _decode(cursor: str, sort: str) -> tuple[Any, str]:
    try:
        named, value, session_id = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, TypeError, binascii.Error, orjson.JSONDecodeError) as failure:
        raise Invalid("this is not a cursor of a list") from failure
    if named != sort or not isinstance(session_id, str) or isinstance(value, dict | list):
        raise Invalid(f"this cursor belongs to the sort {named!r}, not to {sort!r}")
    return value, session_id
