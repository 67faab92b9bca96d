"""What was read a moment ago, so that the same text need not be read again."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Generic, TypeVar

Known = TypeVar("Known")


class Seen(Generic[Known]):
    """Bounded by size: when the younger half is full, the older is forgotten. Threads may use it at once: at worst one
    reads again what another has just read."""

    def __init__(self, max_bytes: int) -> None:
        self._half_bytes = max_bytes // 2
        self._young: dict[Hashable, Known] = {}
        self._old: dict[Hashable, Known] = {}
        self._young_bytes = 0

    def get(self, key: Hashable) -> Known | None:
        found = self._young.get(key)
        return self._old.get(key) if found is None else found

    def put(self, key: Hashable, known: Known, size: int) -> None:
        if self._young_bytes + size > self._half_bytes:
            self._old, self._young, self._young_bytes = self._young, {}, 0
        self._young[key] = known
        self._young_bytes += size
