"""Conditions that people write: CEL over a session's row, as `session.cost_usd > 2.0 && session.error_count >= 3`."""

from __future__ import annotations

from typing import Any

import structlog

from sojourn.app import cel
from sojourn.app.cel import Uncomputable, fault_of
from sojourn.app.errors import Invalid
from sojourn.app.views.session_rows import session_json
from sojourn.domain.sessions import Session

log = structlog.get_logger(__name__)
ROOT = "session"


def check_expression(text: str, where: str = "") -> None:
    """Raises Invalid if it is no CEL, or speaks of what a session does not have."""
    fault = fault_of(text, ROOT, EXAMPLE)
    if fault:
        raise Invalid(f"{where}condition.cel: {fault}")


def holds(text: str, session: Session) -> bool:
    """Whether it is true of the session. What cannot be computed of it does not hold."""
    try:
        return cel.holds(text, ROOT, _numbered(session_json(session)))
    except Uncomputable as failure:
        log.debug("policy.expression_failed", expression=text[:200], reason=str(failure)[:200])
        return False


def _numbered(row: dict[str, Any]) -> dict[str, Any]:
    """An unknown cost is none: comparing null would fail."""
    return {**row, "cost_usd": float(row.get("cost_usd") or 0.0)}


EXAMPLE = _numbered(session_json(Session(id="", workspace_id="", key="")))
