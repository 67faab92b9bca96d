"""Reads GET /api/v1/live in a thread, as a browser would."""

from __future__ import annotations

import json
import queue
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, NamedTuple

import httpx


class Message(NamedTuple):
    id: int
    event: str
    data: dict[str, Any]
    at_s: float


class LiveReader:
    def __init__(self, url: str, last_id: int | None, parameters: dict[str, str]) -> None:
        self.messages: queue.Queue[Message] = queue.Queue()
        self._client = httpx.Client(timeout=httpx.Timeout(10, read=None))
        headers = {"accept": "text/event-stream", **({} if last_id is None else {"last-event-id": str(last_id)})}
        request = self._client.build_request("GET", f"{url}/api/v1/live", params=parameters, headers=headers)
        self._answer = self._client.send(request, stream=True)
        self.status = self._answer.status_code
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def next(self, event: str = "", timeout_s: float = 10) -> Message:
        """The next message, or the next of a kind."""
        until_s = time.monotonic() + timeout_s
        while True:
            message = self.messages.get(timeout=max(0.01, until_s - time.monotonic()))
            if not event or message.event == event:
                return message

    def quiet(self, for_s: float) -> bool:
        try:
            self.messages.get(timeout=for_s)
        except queue.Empty:
            return True
        return False

    def close(self) -> None:
        """Hang up first: a close alone sends nothing while the thread still waits in recv."""
        connection = self._answer.extensions["network_stream"].get_extra_info("socket")
        with suppress(OSError):
            connection.shutdown(socket.SHUT_RDWR)
        self._thread.join(5)
        self._answer.close()
        self._client.close()

    def _read(self) -> None:
        fields: dict[str, str] = {}
        try:
            for line in self._answer.iter_lines():
                if line.startswith(":"):
                    continue
                if line:
                    name, _, value = line.partition(":")
                    fields[name] = value.removeprefix(" ")
                elif fields:
                    message = Message(int(fields["id"]), fields["event"], json.loads(fields["data"]), time.monotonic())
                    self.messages.put(message)
                    fields = {}
        except (httpx.HTTPError, httpx.StreamError, OSError, AttributeError, ValueError):
            return  # closed by either side


@contextmanager
def reading(url: str, last_id: int | None = None, **parameters: str) -> Iterator[LiveReader]:
    reader = LiveReader(url, last_id, parameters)
    try:
        yield reader
    finally:
        reader.close()
