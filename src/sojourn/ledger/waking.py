"""Tells those who wait that there are new changes: in this process by a call, across processes by LISTEN/NOTIFY."""

from __future__ import annotations

import threading
from collections.abc import Callable

import psycopg
import structlog

from sojourn.ledger.engines import Engines

log = structlog.get_logger(__name__)
CHANNEL = "sojourn_changes"
LISTEN_TURN_S = 1.0
RETRY_AFTER_S = 2.0


class Waking:
    def __init__(self, engines: Engines) -> None:
        self._engines = engines
        self._callbacks: dict[int, Callable[[], None]] = {}
        self._next = 0
        self._lock = threading.Lock()
        self._is_closed = threading.Event()
        self._listener: threading.Thread | None = None

    def notify(self) -> None:
        self._call_all()
        if not self._engines.is_sqlite:
            with self._engines.writing() as conn:
                conn.exec_driver_sql(f"NOTIFY {CHANNEL}")

    def subscribe(self, callback: Callable[[], None]) -> Callable[[], None]:
        with self._lock:
            number = self._next = self._next + 1
            self._callbacks[number] = callback
            if self._listener is None and not self._engines.is_sqlite:
                self._listener = threading.Thread(target=self._listen, name="ledger-listen", daemon=True)
                self._listener.start()
        return lambda: self._callbacks.pop(number, None) and None

    def close(self) -> None:
        self._is_closed.set()
        if self._listener is not None:
            self._listener.join(LISTEN_TURN_S * 3)

    def _call_all(self) -> None:
        with self._lock:
            callbacks = list(self._callbacks.values())
        for callback in callbacks:
            callback()

    def _listen(self) -> None:
        """Until closed; a lost connection is tried again, and counts as news, for some may have been missed."""
        url = self._engines.url.set(drivername="postgresql").render_as_string(hide_password=False)
        while not self._is_closed.is_set():
            try:
                with psycopg.connect(url, autocommit=True) as conn:
                    conn.execute(f"LISTEN {CHANNEL}")
                    self._call_all()
                    self._follow(conn)
            except psycopg.Error as failure:
                log.warning("ledger.listen_failed", reason=str(failure))
                self._is_closed.wait(RETRY_AFTER_S)

    def _follow(self, conn: psycopg.Connection[tuple[object, ...]]) -> None:
        while not self._is_closed.is_set():
            for _ in conn.notifies(timeout=LISTEN_TURN_S, stop_after=1):
                self._call_all()
