"""The commands that only talk to a running server: they start without the server's code."""

from __future__ import annotations

import os
import sys

import typer

from sojourn import __version__
from sojourn.api import log_output
from sojourn.cli import sessions, steering, tail, tasks
from sojourn.cli.errors import Unreachable
from sojourn.settings import InvalidSetting

FORESEEN: tuple[type[Exception], ...] = (InvalidSetting, Unreachable)
steering.add_to(sessions.app)


def new_app() -> typer.Typer:
    return typer.Typer(
        help="See, understand and steer every session of your AI agents.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )


def add_to(app: typer.Typer) -> None:
    app.command("tail")(tail.tail)
    app.command("version")(version)
    app.add_typer(sessions.app, name="sessions")
    app.add_typer(tasks.app, name="tasks")


def version() -> None:
    """The version of this installation."""
    typer.echo(__version__)


def run_app(app: typer.Typer, foreseen: tuple[type[Exception], ...]) -> None:
    """Failures that we foresaw are one sentence on stderr, not a traceback."""
    log_output.configure(os.environ.get("SOJOURN_LOG_LEVEL", "warning"), os.environ.get("SOJOURN_LOG_FORMAT", "auto"))
    try:
        app()
    except foreseen as error:
        sys.exit(f"sojourn: {str(error).splitlines()[0]}")


def run() -> None:
    app = new_app()
    add_to(app)
    run_app(app, FORESEEN)
