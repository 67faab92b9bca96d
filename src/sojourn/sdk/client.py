"""What one process has of the SDK: a sender, a control channel, and the sessions that are open."""

from __future__ import annotations

import atexit
import logging
import os
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import quote

import httpx

from sojourn.sdk.batches import record_item
from sojourn.sdk.control import Control
from sojourn.sdk.delivery import make_client, object_in
from sojourn.sdk.drops import Drops
from sojourn.sdk.identity import new_id, session_id_of
from sojourn.sdk.memory import Message
from sojourn.sdk.native_lines import record_line
from sojourn.sdk.sender import Sender
from sojourn.sdk.settings import Settings, read_settings
from sojourn.sdk.steering import Steering
from sojourn.sdk.version import VERSION

log = logging.getLogger("sojourn.sdk")
EXIT_TIMEOUT_S = 5.0
HISTORY_TIMEOUT_S = 5.0
HEARTBEAT_EVERY_S = 1.0  # as often as a host may call it
HOLDING_LOOK_S = 0.01
MAX_ENDED_REMEMBERED = 1_000
NOT_FOR_THE_MODEL = frozenset({"at", "event_id", "parts"})


class Client:
    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.drops = Drops()
        self.sender = Sender(settings, self.drops)
        self.control = Control(settings, new_id(), VERSION, self.open_steerings, self.session_id_of, self._how_ended)
        self._lock = threading.Lock()
        self._steerings: dict[str, Steering] = {}
        self._beaten_at = float("-inf")
        self._ended: OrderedDict[str, str] = OrderedDict()  # session key: status
        self._closers: dict[int, Callable[[], None]] = {}  # of Session objects that are open, by their identity

    def session_id_of(self, key: str) -> str:
        return session_id_of(self.settings.workspace, key)

    def attach(self, key: str, kind: str, is_new: bool, owner: int, close: Callable[[], None]) -> Steering:
        """`close` ends the session if the process does."""
        with self._lock:
            steering = self._steerings.get(key)
            if steering is None:
                steering = Steering(key, kind, is_new, self.control.settle, self.fetch_history)
                self._steerings[key] = steering
            steering.openings += 1
            self._closers[owner] = close
            self._ended.pop(key, None)
        if self.settings.is_disabled or self.control.is_away:
            steering.gate.hear()
        if not self.settings.is_disabled:
            self.sender.start()
            self.control.wake()
        return steering

    def detach(self, steering: Steering, status: str, owner: int) -> bool:
        """True if it was the last Session object of its key, whose end is the session's."""
        with self._lock:
            if self._closers.pop(owner, None) is None:
                return False
            steering.openings -= 1
            is_last = steering.openings <= 0
            if is_last:
                self._steerings.pop(steering.key, None)
                self._ended[steering.key] = status
                while len(self._ended) > MAX_ENDED_REMEMBERED:
                    self._ended.popitem(last=False)
        if is_last:
            steering.close(status)
        if not self.settings.is_disabled:
            self.control.wake()
        return is_last

    def open_steerings(self) -> Sequence[Steering]:
        with self._lock:
            return list(self._steerings.values())

    def record(self, session_key: str, record: Mapping[str, Any]) -> None:
        if not self.settings.is_disabled:
            self.sender.put(record_item(record_line({"session": session_key, **record}), session_key))

    def fetch_history(self, key: str) -> list[tuple[str, Message]] | None:
        """Event ids and messages; None if the server cannot say."""
        if self.settings.is_disabled:
            return []
        try:
            with make_client(self.settings, HISTORY_TIMEOUT_S) as client:
                answer = client.get(f"/api/v1/sessions/{quote(key, safe='')}/history")
        except (httpx.HTTPError, OSError) as error:
            log.warning("the history of session %r could not be fetched: %s", key, error)
            return None
        told = object_in(answer)
        if answer.status_code == 404:
            return []
        return _read_history(told) if answer.is_success and isinstance(told.get("messages"), list) else None

    def flush(self, timeout_s: float) -> bool:
        """Wait until everything told so far has arrived; False if it has not."""
        if self.settings.is_disabled:
            return True
        until = time.monotonic() + timeout_s
        while self.control.is_holding() and time.monotonic() < until:
            time.sleep(HOLDING_LOOK_S)
        return self.sender.flush(max(0.0, until - time.monotonic()))

    def heartbeat(self) -> None:
        """The poll is the heartbeat of all open sessions."""
        now = time.monotonic()
        if not self.settings.is_disabled and now - self._beaten_at >= HEARTBEAT_EVERY_S:
            self._beaten_at = now
            self.control.wake()

    def close(self, timeout_s: float) -> bool:
        with self._lock:
            closers = list(self._closers.values())
        for close in reversed(closers):
            close()
        if self.settings.is_disabled:
            return True
        self.control.stop()
        return self.sender.stop(timeout_s)

    def forget_parent_process(self) -> list[Steering]:
        """The sessions that a forked child sees but does not own."""
        return list(self._steerings.values())

    def _how_ended(self, key: str) -> str:
        status = self._ended.get(key)
        return f"the session has ended ({status})" if status else "no such session is open in this process"


def _read_history(told: Mapping[str, Any]) -> list[tuple[str, Message]]:
    found: list[tuple[str, Message]] = []
    summary = told.get("summary")
    if isinstance(summary, str) and summary:
        found.append(("", {"role": "system", "content": summary}))
    for message in told["messages"]:
        if not isinstance(message, dict) or not isinstance(message.get("role"), str):
            continue
        kept = {name: value for name, value in message.items() if name not in NOT_FOR_THE_MODEL and value is not None}
        kept["content"] = _content(message.get("content"))
        found.append((str(message.get("event_id") or ""), kept))
    return found


def _content(content: Any) -> Any:
    """One text as a string, anything else as it came."""
    if isinstance(content, list) and len(content) == 1:
        part = content[0]
        if isinstance(part, str):
            return part
        if isinstance(part, dict) and part.get("type") == "text" and isinstance(part.get("content"), str):
            return part["content"]
    return content


_lock = threading.Lock()
_current: Client | None = None


def current_client() -> Client:
    """The client in use; the first use makes one from the environment."""
    global _current
    with _lock:
        if _current is None:
            _current = Client(read_settings())
        return _current


def use_settings(settings: Settings) -> Client:
    """From now on another destination; the sessions of the old one are closed and told to it."""
    global _current
    with _lock:
        before = _current
    if before is not None and before.settings != settings:
        shut_down()
    with _lock:
        if _current is None:
            _current = Client(settings)
        return _current


def shut_down(timeout_s: float = EXIT_TIMEOUT_S) -> bool:
    """Close open sessions, deliver what can be delivered in time and keep the rest on disk; True if nothing is kept."""
    global _current
    client = _current
    if client is None:
        return True
    is_delivered = client.close(timeout_s)  # Its sessions still speak through it while they close.
    with _lock:
        if _current is client:
            _current = None
    return is_delivered


def _start_over_in_child() -> None:
    """Threads and locks do not survive a fork; the parent's sessions stay the parent's."""
    global _current, _lock
    _lock = threading.Lock()
    parent, _current = _current, None
    if parent is not None:
        for steering in parent.forget_parent_process():
            steering.forget_parent_process()
        _current = Client(parent.settings)


atexit.register(shut_down)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_start_over_in_child)
