"""obs.context.pipeline and obs.context.dag: what went into each execution, the newest first."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

from sojourn.app.views.context import newest_calls, newest_parts
from sojourn.app.views.events import Place, window
from sojourn.app.views.reading import Reading
from sojourn.app.views.sessions import session_pages
from sojourn.domain.events import EventType
from sojourn.domain.sessions import Session
from sojourn.events.rows import WindowFilter
from sojourn.gateways.comis.desk import Desk
from sojourn.gateways.comis.messages import epoch_ms
from sojourn.gateways.comis.parameters import AGENT, Params
from sojourn.gateways.comis.session_keys import parse_key
from sojourn.gateways.comis.sessions import NEWEST_FIRST, agent_of
from sojourn.ledger.filters import SessionFilter

Json = dict[str, Any]
DEFAULT_SNAPSHOTS, MAX_PIPELINES, MAX_DAGS = 50, 200, 100  # as many as Comis keeps
MAX_SESSIONS = 20  # latest ones, where no session is named
MAX_LAYERS = 100
MARKERS_A_WINDOW = 500
# As Comis counts them; a sender may spell them either way.
COUNTED = {
    "tokensLoaded": "tokens_loaded",
    "tokensEvicted": "tokens_evicted",
    "tokensMasked": "tokens_masked",
    "tokensCompacted": "tokens_compacted",
    "thinkingBlocksRemoved": "thinking_blocks_removed",
    "cacheHitTokens": "cache_hit_tokens",
    "cacheWriteTokens": "cache_write_tokens",
    "cacheMissTokens": "cache_miss_tokens",
}
LEAF, CONDENSED, DEPTH = "leafSummariesCreated", "condensedSummariesCreated", "maxDepthReached"
SUMMARIES = {LEAF: "leaf_summaries_created", CONDENSED: "condensed_summaries_created", DEPTH: "max_depth_reached"}
TOTAL, TOTAL_TOLD = "totalSummariesCreated", "total_summaries_created"
Snapshots = Callable[[Reading, Session, int], list[Json]]


def pipeline(desk: Desk, params: Params) -> list[Json]:
    return _newest(desk, params, _pipelines, MAX_PIPELINES)


def dag(desk: Desk, params: Params) -> list[Json]:
    return _newest(desk, params, _dags, MAX_DAGS)


def _newest(desk: Desk, params: Params, snapshots: Snapshots, most: int) -> list[Json]:
    """Of one session, of the latest sessions of an agent, or of the latest sessions."""
    limit = params.whole("limit", default=DEFAULT_SNAPSHOTS, least=1, most=most)
    sessions = [desk.find(params.key())] if params.has_key else _latest(desk, params.text(*AGENT))
    found = [one for session in sessions for one in snapshots(desk.reading(session), session, limit)]
    return sorted(found, key=lambda snapshot: -snapshot["timestamp"])[:limit]


def _latest(desk: Desk, agent: str) -> list[Session]:
    chosen = SessionFilter(agent=(agent,) if agent else (), archived=False)
    pages = session_pages(desk.ledger, desk.events, desk.workspace_id, chosen, NEWEST_FIRST)
    return list(islice((session for page in pages for session in page), MAX_SESSIONS))


def _pipelines(reading: Reading, session: Session, limit: int) -> list[Json]:
    """Executions that its sender told of; where it told of none, its model calls with what they were given."""
    if told := newest_parts(reading, "pipeline", limit):
        return [_of_pipeline(session, one) for one in told]
    return [_of_call(session, call) for call in newest_calls(reading, limit)]


def _dags(reading: Reading, session: Session, limit: int) -> list[Json]:
    """Summaries that its sender told of; where it told of none, those that compactions of its memory made."""
    if told := newest_parts(reading, "dag", limit):
        return [_of_dag(session, one) for one in told]
    return list(_of_compactions(reading, session))[-limit:]


def _of_pipeline(session: Session, one: Json) -> Json:
    told = one["told"]
    evicted = _either(told, "evictionCategories", "eviction_categories")
    sent = told.get("layers")
    layers = [layer for layer in sent[:MAX_LAYERS] if isinstance(layer, dict)] if isinstance(sent, list) else []
    return {
        **_head(session, one),
        **{name: _number(_either(told, name, other)) or 0 for name, other in COUNTED.items()},
        "budgetUtilization": _number(_either(told, "budgetUtilization", "budget_utilization")),
        "evictionCategories": evicted if isinstance(evicted, dict) else {},
        "durationMs": one["duration_ms"] or 0,
        "layerCount": len(layers),
        "layers": [_layer(layer) for layer in layers],
        "timestamp": epoch_ms(one["at"]),
    }


def _layer(told: Json) -> Json:
    return {
        "name": str(told.get("name") or ""),
        "durationMs": _number(_either(told, "durationMs", "duration_ms")),
        "messagesIn": _number(_either(told, "messagesIn", "messages_in")),
        "messagesOut": _number(_either(told, "messagesOut", "messages_out")),
    }


def _of_call(session: Session, call: Json) -> Json:
    """Nobody told of layers: what is known is the budget of the call and how much of it was cached."""
    loaded, hit = call["input_tokens"] or 0, call["cache_read_tokens"] or 0
    written = call["cache_write_tokens"] or 0
    return {
        **_head(session, call),
        **dict.fromkeys(COUNTED, 0),
        "tokensLoaded": loaded,
        "cacheHitTokens": hit,
        "cacheWriteTokens": written,
        "cacheMissTokens": max(0, loaded - hit - written),
        "budgetUtilization": None,
        "evictionCategories": {},
        "durationMs": 0,
        "layerCount": 0,
        "layers": [],
        "budget": call["budget"],
        "model": call["model"],
        "timestamp": epoch_ms(call["at"]),
    }


def _of_dag(session: Session, one: Json) -> Json:
    told = one["told"]
    counts = {name: _number(_either(told, name, other)) or 0 for name, other in SUMMARIES.items()}
    total = _number(_either(told, TOTAL, TOTAL_TOLD))
    return {
        **_head(session, one),
        **counts,
        TOTAL: counts[LEAF] + counts[CONDENSED] if total is None else total,
        "durationMs": one["duration_ms"] or 0,
        "timestamp": epoch_ms(one["at"]),
    }


def _of_compactions(reading: Reading, session: Session) -> Iterator[Json]:
    """The first since a reset sums up messages; each later one sums up the summary before it, one deeper."""
    depth = 0
    for marker in _markers(reading):
        if marker["type"] == EventType.RESET:
            depth = 0
            continue
        yield {
            **_head(session, marker),
            LEAF: int(not depth),
            CONDENSED: int(bool(depth)),
            DEPTH: depth,
            TOTAL: 1,
            "durationMs": marker["duration_ms"] or 0,
            "timestamp": epoch_ms(marker["at"]),
        }
        depth += 1


def _markers(reading: Reading) -> Iterator[Json]:
    after, chosen = "", WindowFilter(types=(EventType.COMPACTION, EventType.RESET))
    while True:
        page = window(reading, chosen, Place(after=after, limit=MARKERS_A_WINDOW))
        yield from page["items"]
        after = page["next_cursor"] or ""
        if not after:
            return


def _head(session: Session, one: Json) -> Json:
    return {"agentId": one["agent_id"] or agent_of(session, parse_key(session.key)), "sessionKey": session.key}


def _either(told: Json, name: str, other: str) -> Any:
    return told.get(name, told.get(other))


def _number(value: Any) -> float | int | None:
    return value if isinstance(value, (int, float)) and not isinstance(value, bool) else None
