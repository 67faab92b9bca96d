"""obs.billing.bySession: what a session cost, the same number as in its row."""

from __future__ import annotations

from typing import Any

from sojourn.app.views.usage import UsageSum, usage_of
from sojourn.domain.sessions import Session
from sojourn.gateways.comis.desk import Desk
from sojourn.gateways.comis.parameters import Params
from sojourn.gateways.comis.sessions import NS_PER_MS, list_sessions

Json = dict[str, Any]
ALL = "all"  # what the billing page names when it wants every session of an agent
FIRST_EPOCH_MS = 100_000_000_000  # a larger `sinceMs` is a time (1973 on), a smaller one how long ago


def by_session(desk: Desk, params: Params) -> Json:
    since_ms = params.number("sinceMs", "since_ms")
    if params.key() == ALL:
        listed = list_sessions(desk, Params({**params.given, **_since_minutes(desk, since_ms)}))["sessions"]
        return {"sessions": [_of_row(desk, row["sessionKey"]) for row in listed]}
    session = desk.find(params.key())
    if since_ms is None:
        return _of_session(session)
    return _since(desk, session, _since_ns(desk, since_ms))


def _of_session(session: Session) -> Json:
    return {
        "totalCost": session.cost_usd or 0.0,
        "totalTokens": session.total_tokens,
        "callCount": session.llm_call_count,
        "unpricedCalls": session.unpriced_calls,
        "cacheReadTokens": session.cache_read_tokens,
    }


def _of_row(desk: Desk, key: str) -> Json:
    return {"sessionKey": key, **_of_session(desk.find(key))}


def _since(desk: Desk, session: Session, since_ns: int) -> Json:
    reading = desk.reading(session)
    spine = reading.spine()
    total = UsageSum()
    for usage in usage_of(reading).counted:
        place = spine.lineage.place.get(usage.event_id)
        if place is not None and spine.rows[place].started_at_ns >= since_ns:
            total.add(usage)
    tokens = total.input_tokens + total.output_tokens
    return {"totalCost": total.cost_usd or 0.0, "totalTokens": tokens, "callCount": total.llm_calls}


def _since_ns(desk: Desk, since_ms: float) -> int:
    is_time = since_ms >= FIRST_EPOCH_MS
    return int(since_ms) * NS_PER_MS if is_time else desk.clock() - int(since_ms) * NS_PER_MS


def _since_minutes(desk: Desk, since_ms: float | None) -> Json:
    if since_ms is None:
        return {}
    return {"since_minutes": (desk.clock() - _since_ns(desk, since_ms)) / NS_PER_MS / 60_000}
