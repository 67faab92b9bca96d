"""Rules that people write: CEL over a trace, as `trace.cost_usd > 2.0`, or a regular expression over its text."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import celpy
import re2  # type: ignore[import-untyped]
from celpy.adapter import json_to_cel
from celpy.celparser import CELParseError
from celpy.evaluation import CELEvalError

from sojourn.app.errors import Invalid
from sojourn.domain.assessments import Assessor, Intent, Verdict

REMEMBERED_PROGRAMS = 512
Json = dict[str, Any]


class CannotTell(Exception):
    """An assessor failed to say anything; the message is shown with its assessment."""


def check_rule(config: Json) -> None:
    """Raises Invalid if its expression is none."""
    try:
        if "cel" in config:
            _program(config["cel"])
        else:
            _pattern(config["pattern"])
    except (CELParseError, CELEvalError, RecursionError) as error:
        raise Invalid(f"config.cel is no CEL: {str(error)[:300]}") from error
    except re2.error as error:
        raise Invalid(f"config.pattern is no regular expression (RE2): {str(error)[:300]}") from error


def judge_by_rule(assessor: Assessor, trace: Json) -> Verdict:
    """Raises CannotTell if the expression cannot be computed of this trace."""
    config = assessor.config
    if "cel" in config:
        try:
            holds = bool(_program(config["cel"]).evaluate({"trace": json_to_cel(trace)}))
        except (CELParseError, CELEvalError, RecursionError, TypeError, ValueError) as error:
            raise CannotTell(f"the expression cannot be computed: {str(error)[:300]}") from error
    else:
        holds = _pattern(config["pattern"]).search(trace["text"]) is not None
    if not holds:
        return Verdict(Intent.ALLOW, "the rule does not apply")
    return Verdict(
        assessor.intent, config.get("reason") or f"the rule applies: {config.get('cel') or config['pattern']}"
    )


@lru_cache(maxsize=REMEMBERED_PROGRAMS)
def _program(text: str) -> Any:
    environment = celpy.Environment()
    return environment.program(environment.compile(text))


@lru_cache(maxsize=REMEMBERED_PROGRAMS)
def _pattern(text: str) -> Any:
    """RE2 takes time in proportion to the text, whatever the expression."""
    return re2.compile(text)
