"""The list of sessions and one session by its id or key."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from sojourn.app.errors import NotFound
from sojourn.app.views.ledger_reads import read_ledger
from sojourn.app.views.queries import typed_query
from sojourn.app.views.session_rows import session_json
from sojourn.app.views.veil import is_of_a_tool
from sojourn.domain.identity import MAX_SESSION_KEY_CHARS, session_id_of
from sojourn.domain.sessions import Session
from sojourn.events.rows import Match
from sojourn.events.store import EventStore
from sojourn.ledger.filters import Scope, SessionFilter, Where, scope_of
from sojourn.ledger.ledger import Ledger
from sojourn.ledger.listing import Page

Json = dict[str, Any]
MAX_CONTENT_HITS = 1_000  # sessions that a search in content may add to a list
EXPORT_PAGE = 500
DEFAULT_SORT = "-started_at"
_UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")


def find_session(ledger: Ledger, workspace_id: str, id_or_key: str) -> Session:
    """A UUID names the session itself; anything else, or a UUID that names none, is a key."""
    if id_or_key and len(id_or_key) <= MAX_SESSION_KEY_CHARS:
        candidates = [session_id_of(workspace_id, id_or_key)]
        if _UUID.fullmatch(id_or_key.lower()):
            candidates.insert(0, id_or_key.lower())
        with read_ledger(ledger) as conn:
            for session_id in candidates:
                session: Session | None = ledger.sessions.get(conn, workspace_id, session_id)
                if session is not None:
                    return session
    raise NotFound("there is no such session")


def list_sessions(
    ledger: Ledger,
    events: EventStore,
    where: Where,
    filter: SessionFilter,
    *,
    sort: str,
    limit: int,
    cursor: str | None,
) -> Json:
    filter, matches = with_content(events, where, filter)
    with read_ledger(ledger) as conn:
        page = ledger.sessions.list_page(conn, where, filter, sort, limit, cursor)
        total = ledger.sessions.total(conn, where, filter)
    return {
        "items": [_row(session, matches) for session in page.items],
        "next_cursor": page.next_cursor,
        "total": total,
    }


def session_pages(
    ledger: Ledger, events: EventStore, where: Where, filter: SessionFilter, sort: str
) -> Iterator[list[Session]]:
    """All sessions of a list. The first page is read at once, so that a refusal comes before the answer begins."""
    filter, _ = with_content(events, where, filter)

    def page_after(cursor: str | None) -> Page:
        with read_ledger(ledger) as conn:
            page: Page = ledger.sessions.list_page(conn, where, filter, sort, EXPORT_PAGE, cursor)
            return page

    return _pages(page_after(None), page_after)


def _pages(page: Page, page_after: Callable[[str | None], Page]) -> Iterator[list[Session]]:
    yield page.items
    while page.next_cursor is not None:
        page = page_after(page.next_cursor)
        yield page.items


def children(ledger: Ledger, workspace_id: str, session: Session, limit: int, cursor: str | None) -> Json:
    with read_ledger(ledger) as conn:
        page = ledger.sessions.children(conn, workspace_id, session.id, limit, cursor)
        total = ledger.sessions.total(conn, workspace_id, SessionFilter(parent=(session.id,)))
    return {"items": [_row(child, {}) for child in page.items], "next_cursor": page.next_cursor, "total": total}


def facets(ledger: Ledger, where: Where, field: str, prefix: str, limit: int) -> Json:
    with read_ledger(ledger) as conn:
        found = ledger.sessions.facets(conn, where, field, prefix, limit)
    return {"items": [{"value": value, "count": count} for value, count in found]}


def with_content(events: EventStore, where: Where, filter: SessionFilter) -> tuple[SessionFilter, Mapping[str, Match]]:
    """The filter with what its `q` means: fields, words of the row, and sessions whose content holds the words."""
    scope = scope_of(where)
    parents = (_id_of(each, parent) for parent in filter.parent for each in scope.workspaces)
    filter = replace(filter, parent=tuple(dict.fromkeys(parents)))
    if not filter.q:
        return filter, {}
    query = typed_query(filter.q)
    typed: dict[str, Any] = {name: (*getattr(filter, name), *values) for name, values in query.fields.items()}
    narrowed = replace(filter, q=query.words, **typed)
    matches = content_matches(events, scope, query.content_words or query.words)
    if query.content_words:
        narrowed = replace(narrowed, ids=_both(filter.ids, matches))
    elif query.words:
        narrowed = replace(narrowed, content_ids=tuple(matches))
    return narrowed, matches


def content_matches(events: EventStore, scope: Scope, words: str) -> dict[str, Match]:
    """The first passage of each session whose content holds all words."""
    matches: dict[str, Match] = {}
    if words.strip():
        for workspace_id in scope.workspaces:
            is_veiled = workspace_id in scope.without_called
            for match in events.search(workspace_id, words, session_ids=None, limit=MAX_CONTENT_HITS):
                if not (is_veiled and is_of_a_tool(match)):
                    matches.setdefault(match.session_id, match)
    return matches


def _id_of(workspace_id: str, id_or_key: str) -> str:
    return id_or_key.lower() if _UUID.fullmatch(id_or_key.lower()) else session_id_of(workspace_id, id_or_key)


def _both(ids: tuple[str, ...] | None, matches: Mapping[str, Match]) -> tuple[str, ...]:
    return tuple(matches) if ids is None else tuple(session_id for session_id in ids if session_id in matches)


def _row(session: Session, matches: Mapping[str, Match]) -> Json:
    match = matches.get(session.id)
    found = None if match is None else {"passage": match.passage, "role": match.role, "field": match.kind}
    return {**session_json(session), "match": found}
