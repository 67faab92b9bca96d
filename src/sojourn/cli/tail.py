"""`sojourn tail KEY`: the timeline of a session as it grows."""

from __future__ import annotations

import signal
import sys
from collections import OrderedDict
from collections.abc import Iterator
from queue import SimpleQueue
from threading import Thread
from types import FrameType
from typing import Annotated, Any

import orjson
import typer
from rich.console import Console
from rich.text import Text

from sojourn.cli.client import PAGE, Client, server_url, session_path
from sojourn.cli.output import clock, console, duration, one_line, status_text

WIDTH = 160
DEFAULT_LINES = 20
OVER = frozenset({"completed", "failed", "canceled", "abandoned"})
OVERLAP = 50  # events looked at again: one may end, or arrive, behind the last that was told
MAX_REMEMBERED = 20_000
STOP = "stop"  # no message of the server is called so
STOPPED = "stopped looking; the session goes on"
Json = dict[str, Any]
Message = tuple[str, Json]


def tail(
    key: Annotated[str, typer.Argument(help="Key or UUID of the session; it need not have begun")],
    lines: Annotated[int, typer.Option("--lines", "-n", min=1, help="Earlier events to show first")] = DEFAULT_LINES,
    follow: Annotated[bool, typer.Option("--follow/--no-follow", help="Go on until the session is over")] = True,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line")] = False,
    url: Annotated[
        str | None, typer.Option("--url", help="Server to ask ($SOJOURN_URL, else http://127.0.0.1:7437)")
    ] = None,
) -> None:
    """Events as they happen, changes of the status between them. Ctrl-C stops looking, not the session."""
    client = Client(server_url(url))
    told = _Told(console(), as_json)
    try:
        if follow:
            _follow(client, told, key, lines)
        else:
            told.events(_latest(client, key, lines)[0])
    except KeyboardInterrupt:
        told.note(STOPPED)
    finally:
        client.close()


def _follow(client: Client, told: _Told, key: str, lines: int) -> None:
    total = 0
    for name, data in _until_stopped(client.follow("/api/v1/live", {"session": key})):
        if name == STOP:
            told.note(STOPPED)
            return
        if name == "session.removed":
            told.note("the session was deleted or merged into another")
            return
        session = data if name.startswith("session.") else client.find(session_path(key))
        if session is None:
            told.note(f"waiting for {key}")
            continue
        if told.is_fresh:
            events, total = _latest(client, session["id"], max(lines, OVERLAP))
            told.skip(events[:-lines])
            told.events(events[-lines:])
        else:
            events, total = _since(client, session["id"], total - OVERLAP)
            told.events(events)
        told.status(session)
        if session["status"] in OVER:
            return
    told.note("the server has ended the stream")


def _until_stopped(stream: Iterator[Message]) -> Iterator[Message]:
    """The messages, and STOP at Ctrl-C; a second Ctrl-C interrupts whatever runs.

    Nothing is raised at the first one: an exception that comes just anywhere may be swallowed where it comes.
    """
    arrived: SimpleQueue[Message | BaseException | None] = SimpleQueue()  # its put may be called in a signal handler

    def read() -> None:
        try:
            for message in stream:
                arrived.put(message)
            arrived.put(None)
        except Exception as failure:  # noqa: BLE001  raised again by whoever takes it
            arrived.put(failure)

    def stop(_number: int, _frame: FrameType | None) -> None:
        signal.signal(signal.SIGINT, before)
        arrived.put((STOP, {}))

    before = signal.signal(signal.SIGINT, stop)
    Thread(target=read, name="tail", daemon=True).start()
    try:
        while (message := arrived.get()) is not None:
            if isinstance(message, BaseException):
                raise message
            yield message
    finally:
        signal.signal(signal.SIGINT, before)


class _Told:
    """Prints each event once as it begins and once as it ends."""

    def __init__(self, screen: Console, as_json: bool) -> None:
        self._screen = screen
        self._as_json = as_json
        self._seen: OrderedDict[str, str] = OrderedDict()
        self._status = ""
        self.is_fresh = True

    def skip(self, events: list[Json]) -> None:
        """Events before those that were asked for: only their end is told."""
        for event in events:
            self._is_news(event)

    def events(self, events: list[Json]) -> None:
        self.is_fresh = False
        for event in filter(self._is_news, events):
            if self._as_json:
                _print_json_line(event)
            else:
                self._screen.print(_line(event), soft_wrap=True)

    def _is_news(self, event: Json) -> bool:
        place = f"{event['event_id']} {event['type']}"
        if self._seen.get(place) == event["status"]:
            return False
        self._seen[place] = event["status"]
        if len(self._seen) > MAX_REMEMBERED:
            self._seen.popitem(last=False)
        return True

    def status(self, session: Json) -> None:
        if session["status"] == self._status:
            return
        self._status = session["status"]
        if self._as_json:
            _print_json_line({"status": session["status"], "reason": session["status_reason"]})
            return
        line = Text("── ", style="dim").append_text(status_text(session["status"]))
        self._screen.print(line.append(f"  {one_line(session['status_reason'], WIDTH)}", style="dim"))

    def note(self, text: str) -> None:
        if not self._as_json:
            self._screen.print(text, style="dim")


def _latest(client: Client, key: str, lines: int) -> tuple[list[Json], int]:
    """The last events, oldest first, and how many there are."""
    total = client.get(f"{session_path(key)}/events", {"limit": 1})["total"]
    return _since(client, key, total - lines)


def _since(client: Client, key: str, offset: int) -> tuple[list[Json], int]:
    """All events from a place on, and how many there are."""
    found: list[Json] = []
    while True:
        wanted = {"offset": max(0, offset) + len(found), "limit": PAGE}
        page = client.get(f"{session_path(key)}/events", wanted)
        found += page["items"]
        if len(page["items"]) < PAGE:
            return found, page["total"]


def _print_json_line(value: Json) -> None:
    sys.stdout.buffer.write(orjson.dumps(value) + b"\n")
    sys.stdout.flush()


def _line(event: Json) -> Text:
    line = Text(f"{clock(event['started_at'])}  ", style="dim")
    line.append(f"{event['type']:<14}", style="bold")
    line.append_text(status_text(event["status"])).append(f" {one_line(event['name'], 40)}")
    if event.get("duration_ms"):
        line.append(f"  {duration(event['duration_ms'])}", style="dim")
    if event.get("preview"):
        line.append(f"  {one_line(event['preview'], WIDTH)}")
    return line
