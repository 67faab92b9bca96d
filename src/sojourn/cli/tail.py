"""`sojourn tail KEY`: the timeline of a session as it grows."""

from __future__ import annotations

from collections import OrderedDict
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.text import Text

from sojourn.cli.client import PAGE, Client, server_url, session_path
from sojourn.cli.output import clock, console, duration, one_line, print_json, status_text

WIDTH = 160
DEFAULT_LINES = 20
OVER = frozenset({"completed", "failed", "canceled", "abandoned"})
OVERLAP = 50  # events looked at again: one may end, or arrive, behind the last that was told
MAX_REMEMBERED = 20_000
Json = dict[str, Any]


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
        if not follow:
            told.events(_latest(client, key, lines))
            return
        for name, data in client.follow("/api/v1/live", {"session": key}):
            if name == "session.removed":
                told.note("the session was deleted or merged into another")
                return
            session = data if name.startswith("session.") else _session(client, key)
            if session is None:
                told.note(f"waiting for {key}")
                continue
            told.events(_latest(client, session["id"], lines if told.is_fresh else OVERLAP))
            told.status(session)
            if session["status"] in OVER:
                return
    except KeyboardInterrupt:
        told.note("stopped looking; the session goes on")
    finally:
        client.close()


class _Told:
    """Prints each event once as it begins and once as it ends."""

    def __init__(self, screen: Console, as_json: bool) -> None:
        self._screen = screen
        self._as_json = as_json
        self._seen: OrderedDict[str, str] = OrderedDict()
        self._status = ""
        self.is_fresh = True

    def events(self, events: list[Json]) -> None:
        self.is_fresh = False
        for event in events:
            place = f"{event['event_id']} {event['type']}"
            if self._seen.get(place) == event["status"]:
                continue
            self._seen[place] = event["status"]
            if len(self._seen) > MAX_REMEMBERED:
                self._seen.popitem(last=False)
            if self._as_json:
                print_json(event)
            else:
                self._screen.print(_line(event), soft_wrap=True)

    def status(self, session: Json) -> None:
        if session["status"] == self._status:
            return
        self._status = session["status"]
        if self._as_json:
            print_json({"status": session["status"], "reason": session["status_reason"]})
            return
        line = Text("── ", style="dim").append_text(status_text(session["status"]))
        self._screen.print(line.append(f"  {one_line(session['status_reason'], WIDTH)}", style="dim"))

    def note(self, text: str) -> None:
        if not self._as_json:
            self._screen.print(text, style="dim")


def _latest(client: Client, key: str, lines: int) -> list[Json]:
    """The last events, oldest first."""
    path = f"{session_path(key)}/events"
    total = client.get(path, {"limit": 1})["total"]
    found: list[Json] = client.get(path, {"offset": max(0, total - lines), "limit": min(lines, PAGE)})["items"]
    return found


def _session(client: Client, key: str) -> Json | None:
    found = client.get("/api/v1/sessions", {"key": key, "limit": 1})["items"]
    return found[0] if found and key in (found[0]["key"], found[0]["id"]) else None


def _line(event: Json) -> Text:
    line = Text(f"{clock(event['started_at'])}  ", style="dim")
    line.append(f"{event['type']:<14}", style="bold")
    line.append_text(status_text(event["status"])).append(f" {one_line(event['name'], 40)}")
    if event.get("duration_ms"):
        line.append(f"  {duration(event['duration_ms'])}", style="dim")
    if event.get("preview"):
        line.append(f"  {one_line(event['preview'], WIDTH)}")
    return line
