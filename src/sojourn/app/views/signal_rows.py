"""One group of signals in the contract's JSON."""

from __future__ import annotations

from typing import Any

from sojourn.app.views.times import rfc3339
from sojourn.domain.signals import Signal

_AS_THEY_ARE = (
    "id",
    "session_id",
    "session_key",
    "agent_id",
    "type",
    "subtype",
    "message",
    "event_id",
    "data",
    "policy_id",
    "action",
    "outcome",
    "task_id",
    "count",
)


def signal_json(signal: Signal) -> dict[str, Any]:
    """What the feed, the live stream and alerts tell of it."""
    return {
        **{name: getattr(signal, name) for name in _AS_THEY_ARE},
        "first_at": rfc3339(signal.first_at_ns),
        "last_at": rfc3339(signal.last_at_ns),
    }
