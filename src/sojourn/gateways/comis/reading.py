"""Methods that read what was said: session.history, session.search and session.export."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

import orjson

from sojourn.domain.sessions import Session
from sojourn.gateways.comis.desk import Desk
from sojourn.gateways.comis.messages import found_in_content, remembered, whole_transcript
from sojourn.gateways.comis.parameters import AGENT, TENANT, InvalidParams, Params
from sojourn.gateways.comis.session_keys import key_fields, parse_key
from sojourn.gateways.comis.sessions import list_sessions, session_info, tenant_of

Json = dict[str, Any]
DEFAULT_PAGE, MAX_PAGE = 20, 1_000
DEFAULT_FOUND, MAX_FOUND, MAX_RECENT = 10, 50, 30  # as in Comis
MAX_SEARCHED = 50  # passages that are looked into for what one role, agent or tenant said
MAX_EXPORTED = 10_000  # messages of one answer; the REST twin streams all of them
SCOPES = ("all", "user", "assistant", "tool")


def history(desk: Desk, params: Params) -> Json:
    """A page of what its agent knows now, oldest first."""
    session = desk.find(params.key())
    offset = params.whole("offset", default=0, least=0, most=2**31)
    limit = params.whole("limit", default=DEFAULT_PAGE, least=1, most=MAX_PAGE)
    messages = remembered(desk, session)
    shown = messages[offset : offset + limit]
    return {
        "session": {**session_info(session, desk.clock()), "messageCount": len(messages)},
        "messages": shown,
        "total": len(messages),
        "offset": offset,
        "limit": limit,
        "hasMore": offset + len(shown) < len(messages),
    }


def search(desk: Desk, params: Params) -> Json:
    """Passages that hold the words; without words the latest sessions. Of an agent and a tenant, if they are named."""
    scope = params.text("scope") or "all"
    if scope not in SCOPES:
        raise InvalidParams(f"scope must be one of: {', '.join(SCOPES)}")
    query = params.text("query", "q").strip()
    if not query:
        limit = params.whole("limit", default=DEFAULT_FOUND, least=1, most=MAX_RECENT)
        narrowed = {name: params.given[name] for name in (*AGENT, *TENANT) if name in params.given}
        recent = list_sessions(desk, Params({**narrowed, "limit": limit}))
        return {"mode": "recent", "sessions": recent["sessions"], "total": recent["total"]}
    limit = params.whole("limit", default=DEFAULT_FOUND, least=1, most=MAX_FOUND)
    agent, tenant = params.text(*AGENT), params.text(*TENANT)

    def is_meant(session: Json) -> bool:
        named = parse_key(session["key"])
        its_agent = session["agent_id"] or (named.agent if named else "")
        return agent in ("", its_agent) and tenant in ("", tenant_of(named))

    looked_at = limit if scope == "all" and not (agent or tenant) else MAX_SEARCHED
    results = found_in_content(desk, query, scope, limit, looked_at, is_meant)
    return {"mode": "search", "results": results, "total": len(results)}


def export(desk: Desk, params: Params) -> Json:
    """The transcript as messages, and the same as JSON lines; `keys` ask for several sessions."""
    if not params.is_bulk:
        return _exported(desk, desk.find(params.key()))
    sessions = [desk.find(key) for key in params.all_keys()]
    lines = list(islice(lines_of(desk, sessions), MAX_EXPORTED + 1))
    jsonl = b"".join(lines[:MAX_EXPORTED]).decode()
    return {"exported": len(sessions), "jsonl": jsonl, "truncated": len(lines) > MAX_EXPORTED}


def lines_of(desk: Desk, sessions: list[Session]) -> Iterator[bytes]:
    """JSON lines: of each session first a line about itself, then one a message."""
    now_ns = desk.clock()
    for session in sessions:
        yield _line({"type": "session", **session_info(session, now_ns), "metadata": session.metadata})
        yield from (_line({"sessionKey": session.key, **one}) for one in whole_transcript(desk.reading(session)))


def _exported(desk: Desk, session: Session) -> Json:
    info = session_info(session, desk.clock())
    messages = list(islice(whole_transcript(desk.reading(session)), MAX_EXPORTED + 1))
    is_truncated = len(messages) > MAX_EXPORTED
    messages = messages[:MAX_EXPORTED]
    header = {"type": "session", **info, "metadata": session.metadata}
    lines = [_line(header), *(_line({"sessionKey": session.key, **one}) for one in messages)]
    return {
        **key_fields(session.key),
        "messages": messages,
        "metadata": session.metadata,
        "messageCount": len(messages),
        "createdAt": info["createdAt"],
        "updatedAt": info["updatedAt"],
        "truncated": is_truncated,
        "jsonl": b"".join(lines).decode(),
    }


def _line(value: Json) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS | orjson.OPT_APPEND_NEWLINE)
