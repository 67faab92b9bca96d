"""What was computed of a session a moment ago, so that turning its pages does not compute it again."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sized
from typing import TypeVar, cast

MAX_WEIGHT = 500_000  # rows over all entries
FRESH_S = 60.0  # a row can be replaced without a visible change of its session
T = TypeVar("T", bound=Sized)


class Recent:
    """Least recently used entries leave when their rows together are too many."""

    def __init__(self, max_weight: int = MAX_WEIGHT, clock_s: Callable[[], float] = time.monotonic) -> None:
        self._max_weight = max_weight
        self._clock_s = clock_s
        self._lock = threading.Lock()
        self._entries: OrderedDict[Hashable, tuple[float, Sized]] = OrderedDict()
        self._weight = 0

    def get(self, key: Hashable, compute: Callable[[], T]) -> T:
        with self._lock:
            entry = self._entries.get(key)
            if entry is not None and self._clock_s() - entry[0] < FRESH_S:
                self._entries.move_to_end(key)
                return cast(T, entry[1])
        value = compute()
        with self._lock:
            self._drop(key)
            self._entries[key] = (self._clock_s(), value)
            self._weight += len(value)
            while self._weight > self._max_weight and len(self._entries) > 1:
                self._drop(next(iter(self._entries)))
        return value

    def _drop(self, key: Hashable) -> None:
        entry = self._entries.pop(key, None)
        if entry is not None:
            self._weight -= len(entry[1])
