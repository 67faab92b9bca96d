"""Words found anywhere in what agents and people said."""

from __future__ import annotations

from typing import Any

from sojourn.app.views.ledger_reads import read_ledger
from sojourn.app.views.session_rows import session_json
from sojourn.events.rows import Match
from sojourn.events.store import EventStore
from sojourn.ledger.ledger import Ledger

Json = dict[str, Any]


def search(ledger: Ledger, events: EventStore, workspace_id: str, words: str, limit: int) -> Json:
    """Passages, newest sessions first. Content of a session that is not listed yet is left out."""
    matches = list(events.search(workspace_id, words, session_ids=None, limit=limit)) if words.strip() else []
    keys = list(dict.fromkeys((workspace_id, match.session_id) for match in matches))
    with read_ledger(ledger) as conn:
        sessions = ledger.sessions.get_many(conn, keys)
    told_by = _events_of(events, workspace_id, matches)
    return {
        "items": [
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
    }


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
