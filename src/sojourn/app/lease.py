"""Work that one of several processes does: whoever holds its lease."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable

from sojourn.ledger.ledger import Ledger


def this_process() -> str:
    return f"{socket.gethostname()}:{os.getpid()}"


class Lease:
    """Another process takes it over when it was not taken again for so long."""

    def __init__(self, ledger: Ledger, name: str, for_ns: int, clock: Callable[[], int]) -> None:
        self._ledger = ledger
        self._name = name
        self._for_ns = for_ns
        self._clock = clock
        self._holder = this_process()

    def is_mine(self) -> bool:
        """Takes it, or keeps it. A ledger that no other process shares is not asked."""
        return not self._ledger.is_shared or self.take()

    def take(self) -> bool:
        """The same, whoever shares the ledger."""
        with self._ledger.begin() as conn:
            return bool(self._ledger.leases.take(conn, self._name, self._holder, self._clock(), self._for_ns))
