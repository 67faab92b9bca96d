"""obs.billing.bySession: what a session cost, the same number as in its row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sojourn.app.pricing import cache_saving_usd
from sojourn.app.views.usage import UsageSum, usage_of
from sojourn.domain.sessions import Session
from sojourn.gateways.comis.desk import Desk
from sojourn.gateways.comis.parameters import Params
from sojourn.gateways.comis.sessions import NS_PER_MS, listed
from sojourn.ledger.prices import PriceOverride

Json = dict[str, Any]
ALL = "all"  # what the billing page names when it wants every session of an agent
FIRST_EPOCH_MS = 100_000_000_000  # a larger `sinceMs` is a time (1973 on), a smaller one how long ago


def by_session(desk: Desk, params: Params) -> Json:
    since_ms = params.number("sinceMs", "since_ms")
    if params.key() == ALL:
        found = listed(desk, Params({**params.given, **_since_minutes(desk, since_ms)})).sessions
        prices = _prices(desk)
        return {"sessions": [{"sessionKey": one.key, **_of_session(one, prices)} for one in found]}
    session = desk.find(params.key())
    if since_ms is None:
        return _of_session(session, _prices(desk))
    return _since(desk, session, _since_ns(desk, since_ms))


def _prices(desk: Desk) -> Sequence[PriceOverride]:
    """What the workspace pays, where that is not what is published."""
    with desk.ledger.read() as conn:
        found: Sequence[PriceOverride] = desk.ledger.prices.overrides(conn, desk.workspace_id)
    return found


def _of_session(session: Session, prices: Sequence[PriceOverride]) -> Json:
    return {
        "totalCost": session.cost_usd or 0.0,
        "totalTokens": session.total_tokens,
        "callCount": session.llm_call_count,
        "unpricedCalls": session.unpriced_calls,
        "cacheReadTokens": session.cache_read_tokens,
        "totalCacheSaved": cache_saving_usd(session.models, session.started_at_ns, prices),
    }


def _since(desk: Desk, session: Session, since_ns: int) -> Json:
    reading = desk.reading(session)
    spine = reading.spine()
    total = UsageSum()
    for usage in usage_of(reading).counted:
        place = spine.lineage.place.get(usage.event_id)
        if place is not None and spine.rows[place].started_at_ns >= since_ns:
            total.add(usage)
    tokens = total.input_tokens + total.output_tokens
    # What a cache saved is known for whole sessions only, and callers take no null for it.
    return {"totalCost": total.cost_usd or 0.0, "totalTokens": tokens, "callCount": total.llm_calls}


def _since_ns(desk: Desk, since_ms: float) -> int:
    is_time = since_ms >= FIRST_EPOCH_MS
    return int(since_ms) * NS_PER_MS if is_time else desk.clock() - int(since_ms) * NS_PER_MS


def _since_minutes(desk: Desk, since_ms: float | None) -> Json:
    if since_ms is None:
        return {}
    return {"since_minutes": (desk.clock() - _since_ns(desk, since_ms)) / NS_PER_MS / 60_000}
