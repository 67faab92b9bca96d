"""A signal as an event of its session: one row that counts, however often it fires."""

from __future__ import annotations

from sojourn.conventions.assemble import Mapped, assemble_draft
from sojourn.conventions.draft import Draft
from sojourn.domain.signals import Signal

SOURCE = "sojourn"
OWN_TIER = 1
FIRST_VERSION = 10
STATUSES = {"waiting": "waiting"}


def event_of_signal(signal: Signal) -> Mapped:
    draft = Draft(
        type="signal",
        name=f"{signal.type}/{signal.subtype}",
        event_id=f"signal:{signal.id}",
        parent_event_id=signal.event_id,
        started_at_ns=signal.first_at_ns,
        ended_at_ns=signal.last_at_ns,
        session_tier=OWN_TIER,
        session_key=signal.session_key,
        status=STATUSES.get(signal.outcome, "ok"),
        preview=signal.message,
    )
    draft.details = {
        "signal_id": signal.id,
        "type": signal.type,
        "subtype": signal.subtype,
        "message": signal.message,
        "count": signal.count,
        "action": signal.action,
        "outcome": signal.outcome,
        "policy_id": signal.policy_id,
        "task_id": signal.task_id,
        "data": signal.data,
    }
    mapped = assemble_draft(draft, attributes={}, source=SOURCE, scope="")
    has_outcome = bool(signal.outcome) + (signal.outcome not in ("", "waiting"))
    return mapped._replace(event=mapped.event._replace(version=FIRST_VERSION + 3 * signal.count + has_outcome))
