"""The commands of `sojourn`."""

from __future__ import annotations

import os
import sys

import typer
from clickhouse_connect.driver.exceptions import ClickHouseError
from sqlalchemy.exc import OperationalError

from sojourn import __version__
from sojourn.api import log_output
from sojourn.app.errors import SojournError
from sojourn.cli import doctor, ingest, serve, sessions, steering, tail, tasks
from sojourn.cli.errors import Unreachable
from sojourn.ledger.errors import NewerSchema
from sojourn.settings import InvalidSetting

FORESEEN = (SojournError, InvalidSetting, Unreachable, NewerSchema, OperationalError, ClickHouseError)
app = typer.Typer(
    help="See, understand and steer every session of your AI agents.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("serve")(serve.serve)
app.command("ingest")(ingest.ingest)
app.command("doctor")(doctor.doctor)
app.command("tail")(tail.tail)
steering.add_to(sessions.app)
app.add_typer(sessions.app, name="sessions")
app.add_typer(tasks.app, name="tasks")


@app.command()
def version() -> None:
    """The version of this installation."""
    typer.echo(__version__)


def run() -> None:
    """Failures that we foresaw are one sentence on stderr, not a traceback."""
    log_output.configure(os.environ.get("SOJOURN_LOG_LEVEL", "warning"), os.environ.get("SOJOURN_LOG_FORMAT", "auto"))
    try:
        app()
    except FORESEEN as error:
        sys.exit(f"sojourn: {str(error).splitlines()[0]}")
