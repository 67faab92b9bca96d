"""What each model call was given: its budget by kind, what entered and what left since the call before."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

from sojourn.app.errors import NotFound
from sojourn.app.views import cursors
from sojourn.app.views.context_budget import KINDS, Piece, segments_of, share
from sojourn.app.views.conversation import nested_model_calls
from sojourn.app.views.reading import Reading
from sojourn.app.views.state import value_of_json
from sojourn.app.views.times import duration_ms, rfc3339
from sojourn.events.rows import Row

Json = dict[str, Any]
MAX_REFS = 5_000  # blocks of one call that are looked at
MAX_SHOWN_REFS = 500  # in one list of an answer
PREVIEW_CHARS = 200
MAX_LAYERS = 100


class ModelCall(NamedTuple):
    event_id: str
    at_ns: int
    previous_id: str  # the call before it of the same agent and conversation, "" for the first


@dataclass(slots=True)
class ModelCalls:
    """The outermost model calls of a session in order of time."""

    calls: list[ModelCall]

    def __len__(self) -> int:
        return len(self.calls)


def context_calls(reading: Reading, cursor: str, limit: int) -> Json:
    start = cursors.decode(cursor, "cursor", int)[0] if cursor else 0
    calls = _model_calls(reading).calls
    page = calls[max(0, start) : max(0, start) + limit]
    shaped = _Shaper(reading, page)
    end = start + len(page)
    return {
        "calls": [shaped.call(call) for call in page if call.event_id in shaped.rows],
        "next_cursor": cursors.encode(end) if page and end < len(calls) else None,
    }


def context_detail(reading: Reading, event_id: str) -> Json:
    call = next((call for call in _model_calls(reading).calls if call.event_id == event_id), None)
    shaped = _Shaper(reading, [call]) if call else None
    if call is None or shaped is None or event_id not in shaped.rows:
        raise NotFound("the session has no such model call")
    return shaped.detail(call)


def context_pipelines(reading: Reading, cursor: str, limit: int) -> Json:
    after_ns, after_event_id = cursors.decode(cursor, "cursor", int, str) if cursor else (-1, "")
    rows = reading.query("context_pipelines", after_ns=after_ns, after_event_id=after_event_id, limit=limit + 1)
    last = rows[limit - 1] if len(rows) > limit else None
    return {
        "items": [_pipeline(row) for row in rows[:limit]],
        "next_cursor": cursors.encode(last["at_ns"], last["event_id"]) if last else None,
    }


def newest_calls(reading: Reading, limit: int) -> list[Json]:
    """The latest model calls, the newest first."""
    shaped = _Shaper(reading, _model_calls(reading).calls[-limit:])
    return [shaped.call(call) for call in reversed(shaped.calls) if call.event_id in shaped.rows]


def newest_parts(reading: Reading, part: str, limit: int) -> list[Json]:
    """What senders told last of one part of their contexts, in their own words, the newest first."""
    lineage = reading.spine().lineage
    return [
        {
            "event_id": row["event_id"],
            "agent_id": lineage.agent_of(row["event_id"]),
            "at": rfc3339(row["at_ns"]),
            "duration_ms": duration_ms(row["at_ns"], row["ended_at_ns"]),
            "told": told if isinstance(told := value_of_json(row["told"]), dict) else {},
        }
        for row in reading.query("context_newest", part=part, limit=limit)
    ]


def _model_calls(reading: Reading) -> ModelCalls:
    return reading.recent.get(reading.cache_key("model calls"), lambda: _load_calls(reading))


def _load_calls(reading: Reading) -> ModelCalls:
    columns = reading.query("context_threads")[0]
    spine = reading.spine()
    nested = nested_model_calls(spine)
    latest: dict[tuple[str, str], str] = {}
    calls: list[ModelCall] = []
    for event_id, conversation_id, at_ns in zip(
        columns["event_ids"], columns["conversation_ids"], columns["at_ns"], strict=True
    ):
        if event_id in nested:
            continue
        thread = (conversation_id, spine.lineage.agent_of(event_id))
        calls.append(ModelCall(event_id, at_ns, latest.get(thread, "")))
        latest[thread] = event_id
    return ModelCalls(calls)


class _Shaper:
    """Looks up the blocks of a page of calls and of the calls before them, once."""

    def __init__(self, reading: Reading, calls: list[ModelCall]) -> None:
        self.calls = calls
        wanted = sorted({event_id for call in calls for event_id in (call.event_id, call.previous_id) if event_id})
        rows = reading.query("context_refs", event_ids=wanted, max_refs=MAX_REFS) if wanted else []
        blocks = (
            reading.query("context_blocks", event_ids=wanted, max_refs=MAX_REFS, preview_chars=PREVIEW_CHARS)
            if wanted
            else []
        )
        self.rows: dict[str, Row] = {row["event_id"]: row for row in rows}
        self._pieces = {row["digest"]: Piece(**row) for row in blocks}
        self._lineage = reading.spine().lineage

    def call(self, call: ModelCall) -> Json:
        return {
            **self._head(call),
            "entered": sum(self._entered(call).values()),
            "left": sum(self._left(call).values()),
        }

    def detail(self, call: ModelCall) -> Json:
        segments = segments_of(self._pieces_of(call.event_id))
        head = self._head(call)
        return {
            **head,
            "entered": self._refs(self._entered(call)),
            "left": self._refs(self._left(call)),
            "segments": [
                {
                    "kind": kind,
                    "refs": [_ref(piece) for piece in segments[kind][:MAX_SHOWN_REFS]],
                    "ref_count": len(segments[kind]),
                    "chars": sum(piece.chars for piece in segments[kind]),
                    "tokens": head["budget"][kind],
                    "estimated": True,
                }
                for kind in KINDS
            ],
        }

    def _head(self, call: ModelCall) -> Json:
        row = self.rows[call.event_id]
        return {
            "event_id": call.event_id,
            "at": rfc3339(row["at_ns"]),
            "agent_id": self._lineage.agent_of(call.event_id),
            "model": row["model"],
            "input_tokens": row["input_tokens"],
            "budget": share(segments_of(self._pieces_of(call.event_id)), row["input_tokens"]),
            "estimated": True,
            "cache_read_tokens": row["cache_read_tokens"],
            "cache_write_tokens": row["cache_write_tokens"],
        }

    def _pieces_of(self, event_id: str) -> list[Piece]:
        return [self._pieces[digest] for digest in self._digests(event_id) if digest in self._pieces]

    def _digests(self, event_id: str) -> list[str]:
        row = self.rows.get(event_id)
        return row["refs"] if row else []

    def _entered(self, call: ModelCall) -> Counter[str]:
        return Counter(self._digests(call.event_id)) - Counter(self._digests(call.previous_id))

    def _left(self, call: ModelCall) -> Counter[str]:
        return Counter(self._digests(call.previous_id)) - Counter(self._digests(call.event_id))

    def _refs(self, digests: Counter[str]) -> list[Json]:
        known: Iterable[str] = (digest for digest in digests.elements() if digest in self._pieces)
        return [_ref(self._pieces[digest]) for digest in known][:MAX_SHOWN_REFS]


def _ref(piece: Piece) -> Json:
    return {
        "hash": piece.digest,
        "kind": piece.kind,
        "role": piece.role,
        "name": piece.name,
        "preview": piece.preview,
        "chars": piece.chars,
    }


def _pipeline(row: Row) -> Json:
    pipeline = value_of_json(row["pipeline"])
    told = pipeline.get("layers") if isinstance(pipeline, dict) else None
    layers = told[:MAX_LAYERS] if isinstance(told, list) else []
    return {
        "event_id": row["event_id"],
        "at": rfc3339(row["at_ns"]),
        "duration_ms": duration_ms(row["at_ns"], row["ended_at_ns"]),
        "layers": [_layer(layer) for layer in layers if isinstance(layer, dict)],
    }


def _layer(layer: Json) -> Json:
    return {
        "name": str(layer.get("name") or ""),
        "duration_ms": _number(layer.get("duration_ms")),
        "messages_in": _count(layer.get("messages_in")),
        "messages_out": _count(layer.get("messages_out")),
    }


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def _count(value: Any) -> int | None:
    number = _number(value)
    return None if number is None else int(number)
