"""`sojourn users` and `sojourn keys`: decided by whoever may open the ledger. A server may be running."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from sojourn.app.access.people import People
from sojourn.app.errors import Invalid, NotFound
from sojourn.cli.output import clean, console, count, table
from sojourn.domain.access import ROLES
from sojourn.domain.identity import DEFAULT_WORKSPACE
from sojourn.ledger.ledger import Ledger
from sojourn.settings import read_settings

users = typer.Typer(help="People who may log in (SOJOURN_AUTH=password).", no_args_is_help=True)
keys = typer.Typer(help="API keys of agents, exporters and scripts.", no_args_is_help=True)
NS = 1_000_000_000
DAY_NS = 86_400 * NS
Email = Annotated[str, typer.Argument(help="E-mail address")]
Role = Annotated[list[str], typer.Option("--role", "-r", help=f"{', '.join(ROLES)}, or one of the workspace's own")]
Workspace = Annotated[str, typer.Option("--workspace", "-w", help="Id of the workspace")]
DataDir = Annotated[Path | None, typer.Option("--data-dir", help="Where the ledger lies ($SOJOURN_DATA_DIR)")]
FromStdin = Annotated[bool, typer.Option("--password-stdin", help="Read the password from standard input")]


def add_to(app: typer.Typer) -> None:
    app.add_typer(users, name="users")
    app.add_typer(keys, name="keys")


@users.command("add")
def add_user(
    email: Email,
    role: Role = ["viewer"],  # noqa: B006  typer reads it, nobody changes it
    workspace: Workspace = DEFAULT_WORKSPACE,
    name: Annotated[str, typer.Option(help="As people know them")] = "",
    password_stdin: FromStdin = False,
    data_dir: DataDir = None,
) -> None:
    """Add somebody to a workspace. Asks for a password if they are new."""
    with _people(data_dir) as people:
        _check_workspace(people, workspace)
        is_known = people.is_known(email)
        password = "" if is_known else _password(password_stdin)
        member = people.add_member(workspace, email, name, password, role)
    typer.echo(f"{member.user.email} is {' and '.join(member.roles)} of {workspace}")


@users.command("list")
def list_users(workspace: Workspace = DEFAULT_WORKSPACE, data_dir: DataDir = None) -> None:
    """The members of a workspace."""
    with _people(data_dir) as people:
        found = people.members(workspace)
    rows = table(("address", "name", "roles"))
    for member in found:
        rows.add_row(clean(member.user.email), clean(member.user.name), ", ".join(member.roles))
    console().print(rows)
    console().print(f"\n{count(len(found))} members", style="dim")


@users.command("password")
def set_password(email: Email, password_stdin: FromStdin = False, data_dir: DataDir = None) -> None:
    """Give somebody a new password; all their logins end."""
    with _people(data_dir) as people:
        people.set_password(email, _password(password_stdin))
    typer.echo(f"{email} has a new password")


@users.command("remove")
def remove_user(email: Email, workspace: Workspace = DEFAULT_WORKSPACE, data_dir: DataDir = None) -> None:
    """Take somebody out of a workspace."""
    with _people(data_dir) as people:
        member = next((one for one in people.members(workspace) if one.user.email == email.strip().lower()), None)
        if member is None:
            raise NotFound(f"{email} is no member of {workspace}")
        people.remove_member(workspace, member.user.id)
    typer.echo(f"{email} is no longer a member of {workspace}")


@keys.command("create")
def create_key(
    name: Annotated[str, typer.Argument(help="What the key is for")],
    role: Role = ["agent"],  # noqa: B006  typer reads it, nobody changes it
    workspace: Workspace = DEFAULT_WORKSPACE,
    days: Annotated[int | None, typer.Option(min=1, max=3_650, help="How long it lives; for good without it")] = None,
    data_dir: DataDir = None,
) -> None:
    """Make a key; its secret is printed this once."""
    until_ns = 0 if days is None else time.time_ns() + days * DAY_NS
    with _people(data_dir) as people:
        _check_workspace(people, workspace)
        _, secret = people.add_key(workspace, name, role, None, until_ns)
    typer.echo(secret)


@keys.command("list")
def list_keys(workspace: Workspace = DEFAULT_WORKSPACE, data_dir: DataDir = None) -> None:
    """The keys of a workspace, the latest first."""
    with _people(data_dir) as people:
        found = people.keys(workspace)
    rows = table(("id", "begins with", "name", "roles", "last used", "state"))
    now_ns = time.time_ns()
    for key in found:
        state = "revoked" if key.revoked_at_ns else "expired" if 0 < key.expires_at_ns <= now_ns else "in force"
        used = datetime.fromtimestamp(key.used_at_ns / NS, UTC).strftime("%Y-%m-%d %H:%M") if key.used_at_ns else ""
        rows.add_row(key.id[:8], key.hint, clean(key.name), ", ".join(key.roles), used, state)
    console().print(rows)


@keys.command("revoke")
def revoke_key(
    id: Annotated[str, typer.Argument(help="Id of the key, or its first characters")],
    workspace: Workspace = DEFAULT_WORKSPACE,
    data_dir: DataDir = None,
) -> None:
    """Refuse a key from now on."""
    with _people(data_dir) as people:
        found = [key for key in people.keys(workspace) if key.id.startswith(id.lower())]
        if len(found) != 1:
            raise NotFound(f"{len(found) or 'no'} keys of {workspace} begin with {id!r}")
        key = people.revoke_key(workspace, found[0].id)
    typer.echo(f"{key.name} is revoked")


@contextmanager
def _people(data_dir: Path | None) -> Iterator[People]:
    settings = read_settings(os.environ, data_dir=data_dir)
    if not settings.database_url:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
    ledger = Ledger.open(settings.ledger_url)
    try:
        ledger.migrate()
        yield People(ledger, time.time_ns)
    finally:
        ledger.close()


def _check_workspace(people: People, workspace_id: str) -> None:
    if workspace_id not in {workspace.id for workspace in people.workspaces()}:
        raise NotFound(f"there is no workspace {workspace_id!r}")


def _password(from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if not sys.stdin.isatty():
        raise Invalid("a password is needed: --password-stdin, or a terminal to ask at")
    return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True))
