"""Kore's seven statuses, as a projection of ours."""

from __future__ import annotations

from dataclasses import replace

from sojourn.app.errors import Invalid
from sojourn.domain.sessions import SessionStatus
from sojourn.ledger.filters import SessionFilter

ARCHIVED = "Archived"
PROJECTED = {
    SessionStatus.PENDING: "Active",
    SessionStatus.RUNNING: "Active",
    SessionStatus.PAUSING: "Active",
    SessionStatus.CANCELING: "Active",
    SessionStatus.IDLE: "Idle",
    SessionStatus.PAUSED: "Idle",
    SessionStatus.ESCALATED: "Escalated",
    SessionStatus.COMPLETED: "Completed",
    SessionStatus.FAILED: "Failed",
    SessionStatus.CANCELED: "Abandoned",  # its endReason tells the one from the other
    SessionStatus.ABANDONED: "Abandoned",
}
NAMES = {name.lower(): name for name in (*PROJECTED.values(), ARCHIVED)}


def projected(status: str, is_archived: bool) -> str:
    return ARCHIVED if is_archived else PROJECTED[SessionStatus(status)]


def narrowed(filter: SessionFilter, names: tuple[str, ...]) -> SessionFilter:
    """Only sessions that Kore would show with one of these statuses."""
    wanted = {NAMES.get(name.lower(), "") for name in names}
    if "" in wanted:
        raise Invalid(f"status must be one of: {', '.join(NAMES.values())}")
    if not wanted:
        return filter
    if wanted == {ARCHIVED}:
        return replace(filter, archived=True)
    if ARCHIVED in wanted:
        raise Invalid("status=Archived is asked for alone: what is archived has no other status")
    chosen = tuple(str(status) for status, name in PROJECTED.items() if name in wanted)
    return replace(filter, status=chosen, archived=False)
