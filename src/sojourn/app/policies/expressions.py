"""Conditions that people write: CEL over a session's row, as `session.cost_usd > 2.0 && session.error_count >= 3`."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import celpy
import structlog
from celpy.adapter import json_to_cel
from celpy.celparser import CELParseError
from celpy.evaluation import CELEvalError

from sojourn.app.errors import Invalid
from sojourn.app.views.session_rows import session_json
from sojourn.domain.sessions import Session

log = structlog.get_logger(__name__)
REMEMBERED_PROGRAMS = 512


def check_expression(text: str) -> None:
    """Raises Invalid if it is no CEL."""
    try:
        _program(text)
    except (CELParseError, CELEvalError, RecursionError) as error:
        raise Invalid(f"condition.cel is no CEL: {str(error)[:300]}") from error


def holds(text: str, session: Session) -> bool:
    """Whether it is true of the session. What cannot be computed of it does not hold."""
    try:
        answer = _program(text).evaluate({"session": json_to_cel(_numbered(session_json(session)))})
    except (CELParseError, CELEvalError, RecursionError) as error:
        log.debug("policy.expression_failed", expression=text[:200], reason=str(error)[:200])
        return False
    return bool(answer) is True


def _numbered(row: dict[str, Any]) -> dict[str, Any]:
    """An unknown cost is none: comparing null would fail."""
    return {**row, "cost_usd": float(row.get("cost_usd") or 0.0)}


@lru_cache(maxsize=REMEMBERED_PROGRAMS)
def _program(text: str) -> Any:
    environment = celpy.Environment()
    return environment.program(environment.compile(text))
