"""`sojourn sessions pause|resume|cancel|reset|compact|escalate|return|archive|unarchive|delete KEY…`."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.text import Text

from sojourn.cli.client import Client, server_url
from sojourn.cli.output import clean, console, one_line, print_json, status_text

KEY_CHARS = 60
DEFAULT_WAIT_S = 10.0
POLL_S = 25.0
SETTLED = frozenset({"applied", "refused"})
VERBS = {
    "pause": "Finish tool calls in flight, start no new one.",
    "resume": "Go on after a pause.",
    "cancel": "End it for good: no new tool call starts.",
    "reset": "A new conversation epoch: nothing older is remembered.",
    "compact": "Older messages become a summary, recent turns stay.",
    "escalate": "Hand it to a human.",
    "return": "Hand it back after an escalation.",
    "archive": "Put it aside; it stays readable.",
    "unarchive": "Bring it back from the archive.",
}
Keys = Annotated[list[str], typer.Argument(help="Keys or UUIDs of sessions")]
Reason = Annotated[str, typer.Option("--reason", "-r", help="Shown with the status and on the timeline")]
Wait = Annotated[float, typer.Option("--wait", help="Seconds to wait until the agent confirms; 0 does not wait")]
Url = Annotated[str | None, typer.Option("--url", help="Server to ask ($SOJOURN_URL, else http://127.0.0.1:7437)")]
AsJson = Annotated[bool, typer.Option("--json", help="JSON instead of text")]


def add_to(app: typer.Typer) -> None:
    for verb, meaning in VERBS.items():
        app.command(verb, help=meaning)(_command(verb))
    app.command("delete", help="Delete events, content and record for good.")(delete)


def _command(verb: str) -> Callable[..., None]:
    if verb == "cancel":

        def cancel(
            keys: Keys,
            reason: Reason = "",
            cascade: Annotated[bool, typer.Option("--cascade", help="Also the sessions that it called")] = False,
            wait_s: Wait = DEFAULT_WAIT_S,
            as_json: AsJson = False,
            url: Url = None,
        ) -> None:
            _act(verb, keys, {"reason": reason, "cascade": cascade}, wait_s, as_json, url)

        return cancel
    if verb == "compact":

        def compact(
            keys: Keys,
            reason: Reason = "",
            instructions: Annotated[str, typer.Option(help="What the summary should keep")] = "",
            keep_turns: Annotated[int | None, typer.Option(min=1, help="User turns that stay as they are")] = None,
            wait_s: Wait = DEFAULT_WAIT_S,
            as_json: AsJson = False,
            url: Url = None,
        ) -> None:
            body = {"reason": reason, "instructions": instructions, "keep_turns": keep_turns}
            _act(verb, keys, body, wait_s, as_json, url)

        return compact

    def act(
        keys: Keys, reason: Reason = "", wait_s: Wait = DEFAULT_WAIT_S, as_json: AsJson = False, url: Url = None
    ) -> None:
        _act(verb, keys, {"reason": reason}, wait_s, as_json, url)

    return act


def delete(
    keys: Keys,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask")] = False,
    as_json: AsJson = False,
    url: Url = None,
) -> None:
    if not yes:
        typer.confirm(
            f"Delete {len(keys)} session{'s' * (len(keys) > 1)} with all content? It cannot be undone "
            "(`sojourn sessions export KEY` keeps a copy)",
            abort=True,
        )
    _act("delete", keys, {}, 0, as_json, url)


def _act(verb: str, keys: list[str], body: dict[str, Any], wait_s: float, as_json: bool, url: str | None) -> None:
    client = Client(server_url(url))
    try:
        told = client.ask("POST", "/api/v1/sessions/bulk", {"action": verb, "ids": keys, **body})
        outcomes = [_settled(client, outcome, wait_s) for outcome in told["outcomes"]]
    finally:
        client.close()
    if as_json:
        print_json({"outcomes": outcomes})
    else:
        screen = console()
        for outcome in outcomes:
            _print(screen, verb, outcome)
    if not all(outcome["ok"] and (outcome["command"] or {}).get("status") != "refused" for outcome in outcomes):
        sys.exit(1)


def _settled(client: Client, outcome: dict[str, Any], wait_s: float) -> dict[str, Any]:
    """The outcome once the agent has confirmed, or when we do not wait any longer."""
    left_s = wait_s
    while outcome["command"] and outcome["command"]["status"] not in SETTLED and left_s > 0:
        path = f"/api/v1/commands/{outcome['command']['id']}"
        found = client.get(path, {"wait_s": min(left_s, POLL_S)})
        outcome = {**outcome, "command": {**outcome["command"], **found}}
        left_s -= POLL_S
    return outcome


def _print(screen: Console, verb: str, outcome: dict[str, Any]) -> None:
    line = Text(one_line(outcome["id"], KEY_CHARS), style="bold")
    command = outcome["command"]
    if not outcome["ok"]:
        line.append(f"  {clean(outcome['message'])}", style="red")
        if outcome["allowed"]:
            line.append(f" (allowed: {', '.join(outcome['allowed'])})", style="dim")
    elif command is None:
        line.append("  deleted", style="green")
    else:
        line.append(f"  {verb} ").append_text(status_text(command["status"]))
        if reason := command["detail"].get("reason"):
            line.append(f"  {clean(reason)}", style="dim")
        elif command["status"] not in SETTLED:
            line.append("  the agent has not confirmed yet", style="yellow")
    screen.print(line, soft_wrap=True)
    for called in (command or {}).get("still_running", []):
        screen.print(f"  still running: {clean(called['key'])} ({called['status']})", style="yellow")
