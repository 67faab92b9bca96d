"""`sojourn sessions list|show|export|search`: a running server's sessions on the terminal. Verbs are in steering.py."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Annotated, Any, BinaryIO

import typer
from rich.text import Text

from sojourn.cli import transcripts
from sojourn.cli.client import PAGE, Client, server_url, session_path
from sojourn.cli.output import clock, console, count, duration, money, one_line, print_json, status_text, table

app = typer.Typer(help="List, read, export and search sessions.", no_args_is_help=True)
# Columns, and how wide a terminal must be to show them.
COLUMNS = {
    "status": 0,
    "started": 90,
    "took": 0,
    "events": 150,
    "tokens": 130,
    "cost": 0,
    "agent": 110,
    "key": 0,
    "goal": 0,
}
GOAL_CHARS = 60
KEY_CHARS = 44
AGENT_CHARS = 24

Url = Annotated[str | None, typer.Option("--url", help="Server to ask ($SOJOURN_URL, else http://127.0.0.1:7437)")]
AsJson = Annotated[bool, typer.Option("--json", help="JSON instead of text")]
Words = Annotated[list[str], typer.Argument(help="Words that must all occur")]
Key = Annotated[str, typer.Argument(help="Key or UUID of the session")]
Query = Annotated[str | None, typer.Option("--q", help="Words in key, goal, agent, channel or content")]
Filters = Annotated[
    list[str] | None,
    typer.Option("--filter", "-f", help="name=value, as in GET /api/v1/sessions: -f status=failed -f agent=support"),
]


@app.command("list")
def list_sessions(
    q: Query = None,
    filter: Filters = None,
    sort: Annotated[str, typer.Option(help="A column; a minus before it turns the order around")] = "-started_at",
    limit: Annotated[int, typer.Option(min=1, help="How many at most")] = 50,
    as_json: AsJson = False,
    url: Url = None,
) -> None:
    """A table of sessions, newest first."""
    parameters = {**_filters(filter), "q": q, "sort": sort}
    with _client(url) as client:
        found = list(islice(client.pages("/api/v1/sessions", {**parameters, "limit": min(limit, PAGE)}), limit))
        total = client.get("/api/v1/sessions", {**parameters, "limit": 1})["total"]
    if as_json:
        print_json({"items": found, "total": total})
        return
    screen = console()
    cells: list[dict[str, Text | str]] = [
        {
            "status": status_text(session["status"]),
            "started": clock(session["started_at"]),
            "took": duration(session["duration_ms"]),
            "events": count(session["event_count"]),
            "tokens": count(session["total_tokens"]),
            "cost": money(session["cost_usd"]),
            "agent": one_line(session["agent_id"], AGENT_CHARS),
            "key": one_line(session["key"], KEY_CHARS),
            "goal": one_line(session["goal"], GOAL_CHARS),
        }
        for session in found
    ]
    columns = [name for name, least_width in COLUMNS.items() if screen.width >= least_width]
    rows = table(columns, right=("took", "events", "tokens", "cost"))
    for cell in cells:
        rows.add_row(*(cell[name] for name in columns))
    screen.print(rows)
    screen.print(f"\n{count(len(found))} of {count(total)} sessions", style="dim")


@app.command()
def show(
    key: Key,
    full: Annotated[bool, typer.Option("--full", help="Tool arguments and results in full")] = False,
    as_json: AsJson = False,
    url: Url = None,
) -> None:
    """A readable transcript: messages, tool calls, costs, and what happened in between."""
    with _client(url) as client:
        path = session_path(key)
        session = client.get(path)
        items = client.pages(f"{path}/conversation", cursor_name="after")
        if as_json:
            print_json({"session": session, "items": list(items)})
            return
        calls = {row["event_id"]: row for row in client.pages(f"{path}/events", {"type": "llm_call"}, "after")}
        screen = console()
        for fact in transcripts.heading(session):
            screen.print(fact, soft_wrap=True)
        for line in transcripts.body(items, calls, is_full=full):
            screen.print(line, soft_wrap=isinstance(line, Text))


@app.command()
def export(
    key: Annotated[str | None, typer.Argument(help="Key or UUID of one session; without it, the list")] = None,
    form: Annotated[
        str | None, typer.Option("--format", help="One session: jsonl or otlp; the list: csv or jsonl")
    ] = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="A file instead of the terminal")] = None,
    q: Query = None,
    filter: Filters = None,
    url: Url = None,
) -> None:
    """The whole session, or a row for each session of the list."""
    path = f"{session_path(key)}/export" if key else "/api/v1/sessions/export"
    parameters = {"format": form} if key else {**_filters(filter), "q": q, "format": form}
    with _client(url) as client, _target(output) as target:
        for piece in client.stream(path, parameters):
            target.write(piece)


@app.command()
def search(
    words: Words,
    limit: Annotated[int, typer.Option(min=1, max=200, help="How many at most")] = 20,
    as_json: AsJson = False,
    url: Url = None,
) -> None:
    """Passages that hold all the words, newest sessions first."""
    with _client(url) as client:
        found = client.get("/api/v1/search", {"q": " ".join(words), "limit": limit})
    if as_json:
        print_json(found)
        return
    screen = console()
    for match in found["items"]:
        session = match["session"]
        screen.print(one_line(session["key"], 100), style="bold", end="  ")
        screen.print(f"{clock(session['started_at'])}  {match['role'] or match['kind']}", style="dim")
        screen.print("  " + one_line(match["passage"], 300))
    screen.print(f"\n{count(len(found['items']))} sessions", style="dim")


@contextmanager
def _client(url: str | None) -> Iterator[Client]:
    client = Client(server_url(url))
    try:
        yield client
    finally:
        client.close()


@contextmanager
def _target(path: Path | None) -> Iterator[BinaryIO]:
    if path is None:
        yield sys.stdout.buffer
        sys.stdout.flush()
        return
    with path.open("wb") as file:
        yield file


def _filters(given: list[str] | None) -> dict[str, Any]:
    """Each name may come several times."""
    chosen: dict[str, list[str]] = {}
    for text in given or []:
        name, equals, value = text.partition("=")
        if not equals:
            raise typer.BadParameter(f"{text!r} must be name=value", param_hint="--filter")
        chosen.setdefault(name.strip(), []).append(value)
    return dict(chosen)
