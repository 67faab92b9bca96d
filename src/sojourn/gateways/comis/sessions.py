"""session.list and session.status: sessions as Comis tells them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from typing import Any, NamedTuple

from sojourn.app.views import stats
from sojourn.app.views.sessions import session_pages
from sojourn.domain.sessions import Session
from sojourn.gateways.comis.desk import Desk
from sojourn.gateways.comis.messages import remembered
from sojourn.gateways.comis.parameters import AGENT, CHANNEL, TENANT, InvalidParams, Params
from sojourn.gateways.comis.session_keys import DEFAULT_TENANT, SessionKey, key_fields, parse_key
from sojourn.ledger.filters import SessionFilter

Json = dict[str, Any]
NS_PER_MS = 1_000_000
NS_PER_MINUTE = 60_000 * NS_PER_MS
ACTIVE_MINUTES, IDLE_MINUTES = 5, 60
KINDS = ("all", "sub-agent", "group", "dm")
DEFAULT_LISTED = 1_000  # its own list has no limit; its console shows all that it gets
MAX_LISTED = 5_000
MAX_LOOKED_AT = 20_000  # sessions that one list goes through
MAX_MESSAGES = 50  # latest ones in a status
MAX_YEARS_IN_MINUTES = 100 * 366 * 24 * 60
NEWEST_FIRST = "-last_activity_at"
LISTED = SessionFilter(archived=False)


class Listed(NamedTuple):
    sessions: list[Session]
    total: int
    offset: int
    limit: int
    is_cut: bool  # more were there to be gone through


def list_sessions(desk: Desk, params: Params) -> Json:
    found, now_ns = listed(desk, params), desk.clock()
    return {
        "sessions": [session_info(session, now_ns) for session in found.sessions],
        "total": found.total,
        "offset": found.offset,
        "limit": found.limit,
        "hasMore": found.offset + len(found.sessions) < found.total,
        "truncated": found.is_cut,
    }


def listed(desk: Desk, params: Params) -> Listed:
    """Those that are not archived, the latest first."""
    asked = _Asked(params)
    limit = params.whole("limit", default=DEFAULT_LISTED, least=1, most=MAX_LISTED)
    offset = params.whole("offset", default=0, least=0, most=MAX_LOOKED_AT)
    now_ns = desk.clock()
    looked_at = list(islice(_sessions(desk, asked, now_ns), MAX_LOOKED_AT if asked.is_narrow else offset + limit))
    met = [session for session in looked_at if asked.is_met_by(session)]
    total = len(met) if asked.is_narrow else _total(desk)
    is_cut = asked.is_narrow and len(looked_at) == MAX_LOOKED_AT
    return Listed(met[offset : offset + limit], total, offset, limit, is_cut)


def status(desk: Desk, params: Params) -> Json:
    """With a key that session; without one what all sessions together used."""
    if not params.has_key:
        return _usage_of_all(desk)
    session = desk.find(params.key())
    messages = remembered(desk, session)
    info = {**session_info(session, desk.clock()), "messageCount": len(messages)}
    return {
        "session": info,
        "status": info["status"],
        "model": session.models[0].model if session.models else "",
        "agentName": info["agentId"],
        "messages": messages[-MAX_MESSAGES:],
        "messageCount": len(messages),
        "tokensUsed": {
            "totalTokens": session.total_tokens,
            "inputTokens": session.input_tokens,
            "outputTokens": session.output_tokens,
            "totalCost": session.cost_usd or 0.0,
        },
        "cache": _cache(session),
        "stepsExecuted": session.llm_call_count,
        "maxSteps": 0,  # Sojourn sets none
    }


def session_info(session: Session, now_ns: int) -> Json:
    """In the words of the console, and in those of the handlers and the command line."""
    named = parse_key(session.key)
    label = session.metadata.get("label") or session.tags.get("label") or session.goal
    created_ms, active_ms = session.started_at_ns // NS_PER_MS, session.last_activity_at_ns // NS_PER_MS
    return {
        "key": session.key,
        **key_fields(session.key),
        "tenantId": tenant_of(named),
        "agentId": agent_of(session, named),
        "userId": session.user_id or (named.user if named else ""),
        "channelId": named.channel if named else session.channel,
        "channelType": channel_of(session, named),
        "kind": kind_of(session, named),
        "status": status_by_time(session.last_activity_at_ns, now_ns),
        "messageCount": session.message_count,
        "totalTokens": session.total_tokens,
        "inputTokens": session.input_tokens,
        "outputTokens": session.output_tokens,
        "toolCalls": session.tool_call_count,
        "compactions": session.compactions,
        "resetCount": session.resets,
        "createdAt": created_ms,
        "lastActiveAt": active_ms,
        "updatedAt": active_ms,
        **({"label": str(label)} if label else {}),
    }


def status_by_time(last_activity_at_ns: int, now_ns: int) -> str:
    """Comis keeps no state: how long ago something happened is all there is."""
    minutes = (now_ns - last_activity_at_ns) / NS_PER_MINUTE
    if minutes < ACTIVE_MINUTES:
        return "active"
    return "idle" if minutes < IDLE_MINUTES else "expired"


def tenant_of(named: SessionKey | None) -> str:
    return named.tenant if named is not None else DEFAULT_TENANT


def agent_of(session: Session, named: SessionKey | None) -> str:
    return session.agent_id or (named.agent if named else "")


def channel_of(session: Session, named: SessionKey | None) -> str:
    return session.channel or (named.channel if named else "")


def kind_of(session: Session, named: SessionKey | None) -> str:
    if session.parent_session_id or session.metadata.get("parentSessionKey"):
        return "sub-agent"
    return "group" if named is not None and named.guild else "dm"


class _Asked:
    """What a list is narrowed to."""

    def __init__(self, params: Params) -> None:
        self.tenant = params.text(*TENANT)
        self.agent = params.text(*AGENT)
        self.channel = params.text(*CHANNEL)
        self.search = params.text("search", "query").strip().lower()
        self.since_minutes = params.number("since_minutes", "sinceMinutes")
        self.kind = params.text("kind") or "all"
        if self.kind not in KINDS:
            raise InvalidParams(f"kind must be one of: {', '.join(KINDS)}")

    @property
    def is_narrow(self) -> bool:
        return bool(self.words() or self.tenant or self.kind != "all" or self.since_minutes is not None)

    def words(self) -> str:
        """What the row of each session that meets it holds somewhere; the store looks for these first."""
        tenant = "" if self.tenant == DEFAULT_TENANT else self.tenant
        wanted = " ".join((tenant, self.agent, self.channel, self.search))
        return " ".join(wanted.replace(":", " ").replace('"', " ").split())

    def is_met_by(self, session: Session) -> bool:
        named = parse_key(session.key)
        agent, channel = agent_of(session, named), channel_of(session, named)
        channels = (session.channel, named.channel if named else "")
        return (
            self.kind in ("all", kind_of(session, named))
            and self.tenant in ("", tenant_of(named))
            and self.agent in ("", agent)
            and (not self.channel or self.channel in channels)
            and any(self.search in text.lower() for text in (session.key, agent, channel))
        )


def _sessions(desk: Desk, asked: _Asked, now_ns: int) -> Iterator[Session]:
    chosen = replace(LISTED, q=asked.words())
    oldest_ns = 0
    if asked.since_minutes is not None:
        oldest_ns = now_ns - int(min(max(asked.since_minutes, 0), MAX_YEARS_IN_MINUTES) * NS_PER_MINUTE)
    for page in session_pages(desk.ledger, desk.events, desk.workspace_id, chosen, NEWEST_FIRST):
        for session in page:
            if session.last_activity_at_ns < oldest_ns:
                return
            yield session


def _total(desk: Desk) -> int:
    return int(stats.overview(desk.ledger, desk.events, desk.workspace_id, LISTED)["sessions"])


def _cache(session: Session) -> Json:
    read, written = session.cache_read_tokens, session.cache_write_tokens
    return {
        "readTokens": read,
        "writeTokens": written,
        "hitRate": read / session.input_tokens if session.input_tokens else 0.0,
    }


def _usage_of_all(desk: Desk) -> Json:
    everything = SessionFilter()
    sums = stats.overview(desk.ledger, desk.events, desk.workspace_id, everything)
    models = stats.models(desk.ledger, desk.events, desk.workspace_id, everything)["items"]
    return {
        "model": models[0]["model"] if models else "",
        "agentName": "",
        "sessions": sums["sessions"],
        "tokensUsed": {
            "totalTokens": sum(model["input_tokens"] + model["output_tokens"] for model in models),
            "totalCost": sums["cost_usd"] or 0.0,
        },
        "stepsExecuted": sum(model["calls"] for model in models),
        "maxSteps": 0,
    }
