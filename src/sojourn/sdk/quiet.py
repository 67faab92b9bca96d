"""The promise that the SDK never raises into its host, in one place."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from sojourn.sdk.errors import ApprovalDenied, InvalidMetric

P = ParamSpec("P")
T = TypeVar("T")
log = logging.getLogger("sojourn.sdk")
MEANT_FOR_THE_HOST = (ApprovalDenied, InvalidMetric)  # and SessionCanceled, which is no Exception


def quiet(fallback: T) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """A fault of ours is logged and the host gets `fallback`."""

    def decorate(function: Callable[P, T]) -> Callable[P, T]:
        @wraps(function)
        def run(*args: P.args, **kwargs: P.kwargs) -> T:
            try:
                return function(*args, **kwargs)
            except MEANT_FOR_THE_HOST:
                raise
            except Exception:
                log.exception("sojourn: %s failed; the program goes on without it", function.__qualname__)
                return fallback

        return run

    return decorate
