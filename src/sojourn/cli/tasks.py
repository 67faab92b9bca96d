"""`sojourn tasks list|show|claim|complete|cancel`: the Work Center on the terminal."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from typing import Annotated, Any

import typer

from sojourn.cli.client import Client, server_url
from sojourn.cli.output import clean, clock, console, count, one_line, print_json, status_text, table

app = typer.Typer(help="Work for humans: list, claim, complete.", no_args_is_help=True)
TITLE_CHARS = 60
KEY_CHARS = 36
Id = Annotated[str, typer.Argument(help="Id of the task, or its first characters")]
Url = Annotated[str | None, typer.Option("--url", help="Server to ask ($SOJOURN_URL, else http://127.0.0.1:7437)")]
AsJson = Annotated[bool, typer.Option("--json", help="JSON instead of text")]


@app.command("list")
def list_tasks(
    status: Annotated[str, typer.Option(help="open, completed, canceled, expired or all")] = "open",
    session: Annotated[str | None, typer.Option(help="Key or UUID of a session")] = None,
    assignee: Annotated[str | None, typer.Option(help="Only of this person")] = None,
    group: Annotated[str | None, typer.Option(help="Only of this group")] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many at most")] = 50,
    as_json: AsJson = False,
    url: Url = None,
) -> None:
    """Open tasks, the newest first."""
    wanted = {"status": None if status == "all" else status, "session": session, "assignee": assignee, "group": group}
    with _client(url) as client:
        found = list(islice(client.pages("/api/v1/tasks", wanted), limit))
    if as_json:
        print_json({"items": found})
        return
    rows = table(("id", "kind", "status", "created", "for", "session", "title"))
    for task in found:
        rows.add_row(
            task["id"][:8],
            task["kind"],
            status_text(task["status"]),
            clock(task["created_at"]),
            one_line(task["claimed_by"] or task["assignee"] or task["group"], 20),
            one_line(task["session_key"] or task["source"], KEY_CHARS),
            one_line(task["title"], TITLE_CHARS),
        )
    screen = console()
    screen.print(rows)
    screen.print(f"\n{count(len(found))} tasks", style="dim")


@app.command()
def show(id: Id, as_json: AsJson = False, url: Url = None) -> None:
    """One task with its instructions and form."""
    with _client(url) as client:
        task = _found(client, id)
    if as_json:
        print_json(task)
        return
    screen = console()
    screen.print(clean(task["title"]), style="bold")
    screen.print(status_text(task["status"]), clean(task["session_key"]), clock(task["created_at"]))
    if task["instructions"]:
        screen.print(clean(task["instructions"]))
    for name in ("form", "outcome"):
        if task[name] is not None:
            screen.print(f"{name}: {clean(json.dumps(task[name], ensure_ascii=False))}", style="dim", soft_wrap=True)


@app.command()
def claim(id: Id, url: Url = None) -> None:
    """Say that you are on it."""
    with _client(url) as client:
        _told(client.ask("POST", f"/api/v1/tasks/{_found(client, id)['id']}/claim"))


@app.command()
def complete(
    id: Id,
    approve: Annotated[bool | None, typer.Option("--approve/--deny", help="Of an approval")] = None,
    answer: Annotated[str | None, typer.Option("--answer", "-a", help="A plain text answer")] = None,
    outcome: Annotated[str | None, typer.Option("--outcome", "-o", help="The outcome as JSON")] = None,
    reason: Annotated[str, typer.Option("--reason", "-r", help="Told to the agent with an approval")] = "",
    url: Url = None,
) -> None:
    """Give the outcome; an agent that waits for it goes on."""
    value = _outcome(approve, answer, outcome, reason)
    with _client(url) as client:
        _told(client.ask("POST", f"/api/v1/tasks/{_found(client, id)['id']}/complete", {"outcome": value}))


@app.command()
def cancel(id: Id, reason: Annotated[str, typer.Option("--reason", "-r")] = "", url: Url = None) -> None:
    """Withdraw it: nobody will do it."""
    with _client(url) as client:
        _told(client.ask("POST", f"/api/v1/tasks/{_found(client, id)['id']}/cancel", {"reason": reason}))


def _outcome(approve: bool | None, answer: str | None, outcome: str | None, reason: str) -> Any:
    given = [value is not None for value in (approve, answer, outcome)]
    if sum(given) != 1:
        raise typer.BadParameter("give one of --approve, --deny, --answer and --outcome")
    if approve is not None:
        return {"approved": approve, **({"reason": reason} if reason else {})}
    if answer is not None:
        return answer
    try:
        return json.loads(outcome or "")
    except ValueError as error:
        raise typer.BadParameter(f"no JSON: {error}", param_hint="--outcome") from error


def _found(client: Client, id: str) -> dict[str, Any]:
    if len(id) == 36:
        return client.get(f"/api/v1/tasks/{id}")
    matching = [task for task in client.pages("/api/v1/tasks") if task["id"].startswith(id.lower())]
    if len(matching) != 1:
        raise typer.BadParameter(f"{len(matching)} tasks begin with {id!r}")
    return matching[0]


def _told(task: dict[str, Any]) -> None:
    screen = console()
    screen.print(status_text(task["status"]), clean(task["title"]))


@contextmanager
def _client(url: str | None) -> Iterator[Client]:
    client = Client(server_url(url))
    try:
        yield client
    finally:
        client.close()
