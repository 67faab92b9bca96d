"""Words found anywhere in what agents and people said."""

from __future__ import annotations

from typing import Any

from sojourn.app.views.ledger_reads import read_ledger
from sojourn.app.views.session_rows import session_json
from sojourn.app.views.veil import is_of_a_tool
from sojourn.events.rows import Match
from sojourn.events.store import EventStore
from sojourn.ledger.filters import Where, scope_of
from sojourn.ledger.ledger import Ledger

Json = dict[str, Any]
HIDDEN_ROOM = 5  # times as many passages are looked for where some may be of sessions that the reader may not see


def search(ledger: Ledger, events: EventStore, where: Where, words: str, limit: int) -> Json:
    """Passages, newest sessions first. Content of a session that is not listed yet is left out."""
    scope = scope_of(where)
    wanted = limit * HIDDEN_ROOM if scope.without_called else limit
    found = [
        item
        for each in scope.workspaces
        for item in _found(ledger, events, each, words, wanted, is_veiled=each in scope.without_called)
    ]
    if len(scope.workspaces) > 1:
        found.sort(key=lambda item: str(item["session"]["started_at"]), reverse=True)
    hidden = scope.without_called
    shown = [
        item
        for item in found
        if not (item["session"]["parent_session_id"] and item["session"]["workspace_id"] in hidden)
    ]
    return {"items": shown[:limit]}


def _found(
    ledger: Ledger, events: EventStore, workspace_id: str, words: str, limit: int, *, is_veiled: bool
) -> list[Json]:
    matches = list(events.search(workspace_id, words, session_ids=None, limit=limit)) if words.strip() else []
    matches = [match for match in matches if not (is_veiled and is_of_a_tool(match))]
    keys = list(dict.fromkeys((workspace_id, match.session_id) for match in matches))
    with read_ledger(ledger) as conn:
        sessions = ledger.sessions.get_many(conn, keys)
    told_by = _events_of(events, workspace_id, matches)
    return [
        {
            "session": session_json(session),
            "passage": match.passage,
            "role": match.role,
            "kind": match.kind,
            "event_id": told_by.get((match.session_id, match.block_hash.hex()), ""),
        }
        for match in matches
        if (session := sessions.get((workspace_id, match.session_id))) is not None
    ]


def _events_of(events: EventStore, workspace_id: str, matches: list[Match]) -> dict[tuple[str, str], str]:
    if not matches:
        return {}
    rows = events.rows(
        "conversation_first_tellers",
        workspace_id=workspace_id,
        session_ids=sorted({match.session_id for match in matches}),
        hashes=sorted({match.block_hash.hex() for match in matches}),
    )
    return {(row["session_id"], row["digest"]): row["event_id"] for row in rows}
