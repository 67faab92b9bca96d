"""Rules that people write: CEL over a trace, as `trace.cost_usd > 2.0`, or a regular expression over its text."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import re2  # type: ignore[import-untyped]

from sojourn.app import cel
from sojourn.app.assessors.trace_documents import EXAMPLE
from sojourn.app.cel import Uncomputable, fault_of
from sojourn.app.errors import Invalid
from sojourn.domain.assessments import Assessor, Intent, Verdict

REMEMBERED_PATTERNS = 512
ROOT = "trace"
Json = dict[str, Any]


class CannotTell(Exception):
    """An assessor failed to say anything; the message is shown with its assessment."""


def check_rule(config: Json) -> None:
    """Raises Invalid if its expression is none."""
    if "cel" in config:
        if fault := fault_of(config["cel"], ROOT, EXAMPLE):
            raise Invalid(f"config.cel: {fault}")
        return
    try:
        _pattern(config["pattern"])
    except re2.error as error:
        raise Invalid(f"config.pattern: no regular expression (RE2): {_reason(error)}") from error


def judge_by_rule(assessor: Assessor, trace: Json) -> Verdict:
    """Raises CannotTell if the expression cannot be computed of this trace."""
    config = assessor.config
    if "cel" in config:
        try:
            does_hold = cel.holds(config["cel"], ROOT, trace)
        except Uncomputable as error:
            raise CannotTell(f"the expression cannot be computed: {str(error)[:300]}") from error
    else:
        does_hold = _pattern(config["pattern"]).search(trace["text"]) is not None
    if not does_hold:
        return Verdict(Intent.ALLOW, "the rule does not apply")
    return Verdict(
        assessor.intent, config.get("reason") or f"the rule applies: {config.get('cel') or config['pattern']}"
    )


def _reason(error: Exception) -> str:
    told = error.args[0] if error.args else ""
    return (told.decode(errors="replace") if isinstance(told, bytes) else str(told))[:300]


@lru_cache(maxsize=REMEMBERED_PATTERNS)
def _pattern(text: str) -> Any:
    """RE2 takes time in proportion to the text, whatever the expression."""
    options = re2.Options()
    options.log_errors = False  # the person who wrote it is told
    return re2.compile(text, options)
