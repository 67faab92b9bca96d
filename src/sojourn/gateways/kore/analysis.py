"""What is remarkable in a session, in Kore's words."""

from __future__ import annotations

from typing import Any

from sojourn.app.views.analysis import analysis
from sojourn.app.views.reading import Reading

Json = dict[str, Any]
SLOW = {
    "spanId": "event_id",
    "eventType": "type",
    "name": "name",
    "agentId": "agent_id",
    "startedAt": "started_at",
    "durationMs": "duration_ms",
    "typicalMs": "typical_ms",
    "reason": "reason",
}
ERROR = {
    "pattern": "pattern",
    "eventType": "type",
    "name": "name",
    "count": "count",
    "errorType": "error_type",
    "example": "example",
    "firstAt": "first_at",
    "lastAt": "last_at",
    "recovered": "has_recovered",
    "spanIds": "event_ids",
}
ANOMALY = {
    "kind": "kind",
    "message": "message",
    "agentId": "agent_id",
    "at": "at",
    "count": "count",
    "spanIds": "event_ids",
}
SUGGESTION = {"kind": "kind", "message": "message", "spanIds": "event_ids"}


def session_analysis(reading: Reading) -> Json:
    found = analysis(reading)
    return {
        "sessionId": reading.session.id,
        "analyzedEvents": found["looked_at"],
        "truncated": found["is_cut"],
        "slowSpans": _worded(found["slow_spans"], SLOW),
        "errorPatterns": _worded(found["error_patterns"], ERROR),
        "decisionAnomalies": _worded(found["anomalies"], ANOMALY),
        "suggestions": _worded(found["suggestions"], SUGGESTION),
    }


def _worded(rows: list[Json], words: dict[str, str]) -> list[Json]:
    return [{theirs: row[ours] for theirs, ours in words.items()} for row in rows]
