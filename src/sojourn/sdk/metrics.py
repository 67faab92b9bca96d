"""The numbers by which a session is judged."""

from __future__ import annotations

import math
from collections.abc import Mapping

from sojourn.sdk.errors import InvalidMetric

MAX_OWN_METRICS = 10
GOAL_COMPLETED = "goal_completed"
SCORE = "score"
Number = bool | int | float


def checked_metrics(known: Mapping[str, Number], told: Mapping[str, Number | None]) -> dict[str, Number]:
    """What is told now; an error names what is wrong and leaves everything as it was."""
    metrics = {name: _number(name, value) for name, value in told.items() if value is not None}
    if GOAL_COMPLETED in metrics and not isinstance(metrics[GOAL_COMPLETED], bool):
        raise InvalidMetric(f"{GOAL_COMPLETED} must be True or False, not {metrics[GOAL_COMPLETED]!r}")
    if SCORE in metrics and not 0 <= metrics[SCORE] <= 1:
        raise InvalidMetric(f"{SCORE} must lie between 0 and 1, not {metrics[SCORE]!r}")
    own = [name for name in {**known, **metrics} if name not in {GOAL_COMPLETED, SCORE}]
    if len(own) > MAX_OWN_METRICS:
        raise InvalidMetric(
            f"a session has at most {MAX_OWN_METRICS} metrics of its own beside {GOAL_COMPLETED} and {SCORE}; "
            f"{own[MAX_OWN_METRICS]!r} would be number {MAX_OWN_METRICS + 1} (there are: {', '.join(own[:-1])})"
        )
    return metrics


def _number(name: str, value: object) -> Number:
    if not isinstance(value, bool | int | float) or not math.isfinite(value):
        raise InvalidMetric(f"the metric {name!r} must be a finite number, not {value!r}")
    return value
