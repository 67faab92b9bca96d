"""What is remarkable in a session: slow spans, errors that repeat, odd decisions, and what to do about them."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from statistics import median
from typing import Any

from sojourn.app.views.reading import Reading
from sojourn.app.views.suggestions import suggestions
from sojourn.app.views.timeline import timeline
from sojourn.domain.events import PREVIEW_CHARS, EventStatus, EventType

Json = dict[str, Any]
MAX_TOLD = 20  # of each kind of finding
MAX_SPANS = 10  # that one finding names
# Waited for longer than this, a person notices; a span many times slower than its like is odd whatever it does.
SLOW_MS = {EventType.LLM_CALL: 10_000, EventType.TOOL_CALL: 5_000, EventType.RETRIEVAL: 2_000}
TIMED = frozenset({*SLOW_MS, EventType.GUARDRAIL_EVAL, EventType.DECISION})
TIMES_TYPICAL = 3
ENOUGH_TO_COMPARE = 4
LEAST_ODD_MS = 100  # below, three times as long says nothing
LOW_CONFIDENCE = 0.5
REPEATS = 3  # of the same in a row
VARYING = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|0x[0-9a-f]+|\d+", re.IGNORECASE)
PATTERN_CHARS = 200
CALLS_A_QUERY = 500
MAX_REFS = 16  # hashes of one call's arguments
WHOLE = "arguments"  # of a row of a call whose preview is cut
_NOWHERE = ("", "")


def analysis(reading: Reading) -> Json:
    told = timeline(reading)
    slow, errors = slow_spans(told.rows), error_patterns(told.rows)
    anomalies = decision_anomalies(_with_arguments(reading, told.rows))
    return {
        "looked_at": len(told.rows),
        "is_cut": told.is_cut,
        "slow_spans": slow[:MAX_TOLD],
        "error_patterns": errors[:MAX_TOLD],
        "anomalies": anomalies[:MAX_TOLD],
        "suggestions": suggestions(told.rows, slow, errors, anomalies),
    }


def _with_arguments(reading: Reading, rows: Sequence[Json]) -> list[Json]:
    """Long arguments may differ behind the end of their preview: there the hashes of the whole tell."""
    cut = [row["event_id"] for row in rows if row["type"] == EventType.TOOL_CALL and _is_cut(row["preview"])]
    whole: dict[str, tuple[str, ...]] = {}
    for start in range(0, len(cut), CALLS_A_QUERY):
        part = cut[start : start + CALLS_A_QUERY]
        found = reading.query("context_refs", event_ids=part, max_refs=MAX_REFS)
        whole |= {row["event_id"]: tuple(row["refs"]) for row in found}
    return [{**row, WHOLE: whole[row["event_id"]]} if row["event_id"] in whole else row for row in rows]


def _is_cut(preview: str) -> bool:
    return len(preview) >= PREVIEW_CHARS


def slow_spans(rows: Sequence[Json]) -> list[Json]:
    """The slowest first."""
    alike: dict[tuple[str, str], list[Json]] = defaultdict(list)
    for row in rows:
        if row["type"] in TIMED and row["duration_ms"] is not None:
            alike[(row["type"], name_of(row))].append(row)
    found = [one for group in alike.values() for one in _slow_among(group)]
    return sorted(found, key=lambda one: -one["duration_ms"])


def _slow_among(alike: Sequence[Json]) -> Iterable[Json]:
    typical_ms = median(row["duration_ms"] for row in alike)
    for row in alike:
        took_ms = row["duration_ms"]
        limit_ms = SLOW_MS.get(row["type"])
        is_odd = len(alike) >= ENOUGH_TO_COMPARE and took_ms >= max(LEAST_ODD_MS, TIMES_TYPICAL * typical_ms)
        if is_odd:
            reason = f"{took_ms / typical_ms:.1f} times as long as usual" if typical_ms else "its like took no time"
        elif limit_ms is not None and took_ms >= limit_ms:
            reason = f"longer than {limit_ms} ms"
        else:
            continue
        yield {
            "event_id": row["event_id"],
            "type": row["type"],
            "name": name_of(row),
            "agent_id": row["agent_id"],
            "started_at": row["started_at"],
            "duration_ms": took_ms,
            "typical_ms": typical_ms,
            "reason": reason,
        }


def error_patterns(rows: Sequence[Json]) -> list[Json]:
    """Failures of the same thing for the same reason, the most frequent first."""
    groups: dict[tuple[str, str, str], list[Json]] = defaultdict(list)
    for row in rows:
        if row["status"] == EventStatus.ERROR or row["type"] == EventType.ERROR:
            groups[(row["type"], name_of(row), _pattern_of(row))].append(row)
    went_well = {(row["type"], name_of(row)): _place(row) for row in rows if row["status"] == EventStatus.OK}
    found = [
        {
            "pattern": pattern,
            "type": type,
            "name": name,
            "count": len(failures),
            "error_type": failures[-1]["error_type"],
            "example": failures[-1]["error"],
            "first_at": failures[0]["at"],
            "last_at": failures[-1]["at"],
            "has_recovered": went_well.get((type, name), _NOWHERE) > _place(failures[-1]),
            "event_ids": _ids(failures),
        }
        for (type, name, pattern), failures in groups.items()
    ]
    return sorted(found, key=lambda one: (-one["count"], one["first_at"]))


def _pattern_of(row: Json) -> str:
    """The message without what varies from time to time."""
    return VARYING.sub("#", row["error"] or row["error_type"] or row["name"])[:PATTERN_CHARS]


def _place(row: Json) -> tuple[str, str]:
    """Rows come in order of time, so the last of its like went well last."""
    return row["at"], row["event_id"]


def decision_anomalies(rows: Sequence[Json]) -> list[Json]:
    decisions = [row for row in rows if row["type"] == EventType.DECISION]
    return [
        *filter(None, map(_odd_decision, decisions)),
        *_repeated(decisions, _decided, "repeated_decision", "decided the same"),
        *_repeated(
            [row for row in rows if row["type"] == EventType.TOOL_CALL], _called, "repeated_tool_call", "called"
        ),
        *_loops([row for row in rows if row["type"] == EventType.HANDOFF]),
    ]


def _odd_decision(row: Json) -> Json | None:
    details = row["details"]
    confidence, options, chosen = details.get("confidence"), details.get("options"), details.get("decision")
    if _is_number(confidence) and confidence < LOW_CONFIDENCE:
        return _anomaly("low_confidence", f"decided with a confidence of {confidence:g}", [row])
    if isinstance(options, list) and options and chosen is not None and chosen not in options:
        return _anomaly("not_an_option", "chose what was not among its options", [row])
    return None


def _repeated(rows: Sequence[Json], what: Any, kind: str, did: str) -> list[Json]:
    """The same thing several times in a row."""
    found: list[Json] = []
    run: list[Json] = []
    for row in [*rows, None]:
        if row is not None and run and what(row) == what(run[-1]):
            run.append(row)
            continue
        if len(run) >= REPEATS:
            found.append(_anomaly(kind, f"{did} {len(run)} times in a row: {name_of(run[-1])}", run))
        run = [row] if row is not None and what(row) is not None else []
    return found


def _decided(row: Json) -> tuple[str, str, str] | None:
    chosen = row["details"].get("decision")
    if chosen is None:
        return None
    return row["agent_id"], decision_kind(row["details"]), str(chosen)


def decision_kind(details: Json) -> str:
    """What a decision was about, as its sender says it."""
    return str(details.get("kind") or details.get("decision_kind") or details.get("policy") or "")


def _called(row: Json) -> tuple[str, Any] | None:
    """The same tool with the same arguments."""
    arguments = row.get(WHOLE) or row["preview"]
    return (row["tool_name"], arguments) if row["tool_name"] and arguments else None


def _loops(handoffs: Sequence[Json]) -> list[Json]:
    """Control that goes back and forth between two agents."""
    found: list[Json] = []
    run: list[Json] = []
    for row in [*handoffs, None]:
        if row is not None and run and _passed(row) == _passed(run[-1])[::-1]:
            run.append(row)
            continue
        if len(run) >= REPEATS:
            one, other = _passed(run[0])
            found.append(_anomaly("handoff_loop", f"{one} and {other} handed over {len(run)} times in turn", run))
        run = [row] if row is not None else []
    return found


def _passed(row: Json) -> tuple[str, str]:
    return str(row["details"].get("from") or row["agent_id"]), str(row["details"].get("to") or "")


def _anomaly(kind: str, message: str, rows: Sequence[Json]) -> Json:
    return {
        "kind": kind,
        "message": message,
        "agent_id": rows[0]["agent_id"],
        "at": rows[0]["at"],
        "count": len(rows),
        "event_ids": _ids(rows),
    }


def name_of(row: Json) -> str:
    return str(row["tool_name"] or row["model_used"] or row["model_requested"] or row["name"])


def _ids(rows: Sequence[Json]) -> list[str]:
    return [row["event_id"] for row in rows[:MAX_SPANS]]


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
