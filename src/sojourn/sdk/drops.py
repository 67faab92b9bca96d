"""What the SDK could not deliver: counted by reason and session, logged, and told to the server when it is back."""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

log = logging.getLogger("sojourn.sdk")
LOG_EVERY_S = 60.0
MAX_SESSIONS_TOLD = 1_000


@dataclass(frozen=True, slots=True)
class Dropped:
    """Events that never reached the server since the process began."""

    total: int = 0
    reasons: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))


class Drops:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._reasons: Counter[str] = Counter()
        self._untold: Counter[tuple[str, str]] = Counter()  # (session key, reason)
        self._logged_at = float("-inf")

    def add(self, reason: str, sessions: Mapping[str, int]) -> None:
        with self._lock:
            self._reasons[reason] += sum(sessions.values())
            for key, count in sessions.items():
                if key and ((key, reason) in self._untold or len(self._untold) < MAX_SESSIONS_TOLD):
                    self._untold[key, reason] += count
            total = self._reasons.total()
            is_silent = time.monotonic() - self._logged_at < LOG_EVERY_S
            if not is_silent:
                self._logged_at = time.monotonic()
        if not is_silent:
            log.warning("sojourn dropped %d events so far; the last: %s", total, reason)

    def take_untold(self) -> dict[tuple[str, str], int]:
        """Counts by session and reason that nobody has told the server of; they count as told now."""
        with self._lock:
            untold, self._untold = self._untold, Counter()
        return dict(untold)

    def seen(self) -> Dropped:
        with self._lock:
            return Dropped(self._reasons.total(), MappingProxyType(dict(self._reasons)))
