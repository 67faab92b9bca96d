"""obs.context.pipeline: what went into each execution, the newest first."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from itertools import islice
from typing import Any

from sojourn.app.views.context import context_calls, context_pipelines
from sojourn.app.views.events import event_detail
from sojourn.app.views.reading import Reading
from sojourn.app.views.sessions import session_pages
from sojourn.domain.sessions import Session
from sojourn.gateways.comis.desk import Desk
from sojourn.gateways.comis.messages import epoch_ms
from sojourn.gateways.comis.parameters import AGENT, Params
from sojourn.gateways.comis.session_keys import parse_key
from sojourn.gateways.comis.sessions import NEWEST_FIRST, agent_of
from sojourn.ledger.filters import SessionFilter

Json = dict[str, Any]
DEFAULT_SNAPSHOTS, MAX_SNAPSHOTS = 50, 200
PAGE = 100
MAX_PAGES = 20  # of one session that are gone through for the newest
MAX_SESSIONS = 20  # latest ones, where no session is named
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


def pipeline(desk: Desk, params: Params) -> list[Json]:
    """Of one session, of the latest sessions of an agent, or of the latest sessions."""
    limit = params.whole("limit", default=DEFAULT_SNAPSHOTS, least=1, most=MAX_SNAPSHOTS)
    sessions = [desk.find(params.key())] if params.has_key else _latest(desk, params.text(*AGENT))
    found: list[Json] = []
    for session in sessions:
        found += _snapshots(desk.reading(session), session, limit)
    return sorted(found, key=lambda snapshot: -snapshot["timestamp"])[:limit]


def _latest(desk: Desk, agent: str) -> list[Session]:
    chosen = SessionFilter(agent=(agent,) if agent else (), archived=False)
    pages = session_pages(desk.ledger, desk.events, desk.workspace_id, chosen, NEWEST_FIRST)
    return list(islice((session for page in pages for session in page), MAX_SESSIONS))


def _snapshots(reading: Reading, session: Session, limit: int) -> list[Json]:
    """Executions that its sender told of; where it told of none, its model calls with what they were given."""
    told = _newest(lambda cursor: _page(context_pipelines(reading, cursor, PAGE), "items"), limit)
    if told:
        return [_of_pipeline(reading, session, one) for one in told]
    calls = _newest(lambda cursor: _page(context_calls(reading, cursor, PAGE), "calls"), limit)
    return [_of_call(session, call) for call in calls]


def _page(answer: Json, name: str) -> tuple[list[Json], str]:
    return answer[name], answer["next_cursor"] or ""


def _newest(page_after: Callable[[str], tuple[list[Json], str]], limit: int) -> list[Json]:
    newest: deque[Json] = deque(maxlen=limit)
    cursor = ""
    for _ in range(MAX_PAGES):
        items, cursor = page_after(cursor)
        newest.extend(items)
        if not cursor:
            break
    return list(newest)


def _of_pipeline(reading: Reading, session: Session, told: Json) -> Json:
    detail = event_detail(reading, told["event_id"])
    sent = detail["details"].get("pipeline")
    given: Json = sent if isinstance(sent, dict) else {}
    evicted = given.get("evictionCategories", given.get("eviction_categories"))
    return {
        "agentId": detail["agent_id"] or agent_of(session, parse_key(session.key)),
        "sessionKey": session.key,
        **{name: _number(given.get(name, given.get(other))) or 0 for name, other in COUNTED.items()},
        "budgetUtilization": _number(given.get("budgetUtilization", given.get("budget_utilization"))),
        "evictionCategories": evicted if isinstance(evicted, dict) else {},
        "durationMs": told["duration_ms"] or 0,
        "layerCount": len(told["layers"]),
        "layers": [
            {
                "name": layer["name"],
                "durationMs": layer["duration_ms"],
                "messagesIn": layer["messages_in"],
                "messagesOut": layer["messages_out"],
            }
            for layer in told["layers"]
        ],
        "timestamp": epoch_ms(told["at"]),
    }


def _of_call(session: Session, call: Json) -> Json:
    """Nobody told of layers: what is known is the budget of the call and how much of it was cached."""
    loaded, hit = call["input_tokens"] or 0, call["cache_read_tokens"] or 0
    written = call["cache_write_tokens"] or 0
    return {
        "agentId": call["agent_id"] or agent_of(session, parse_key(session.key)),
        "sessionKey": session.key,
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


def _number(value: Any) -> float | int | None:
    return value if isinstance(value, (int, float)) and not isinstance(value, bool) else None
