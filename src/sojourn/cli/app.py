"""All commands of `sojourn`."""

from __future__ import annotations

from clickhouse_connect.driver.exceptions import ClickHouseError
from sqlalchemy.exc import OperationalError

from sojourn.app.errors import SojournError
from sojourn.cli import access, client_commands, doctor, ingest, serve
from sojourn.ledger.errors import NewerSchema

FORESEEN = (*client_commands.FORESEEN, SojournError, NewerSchema, OperationalError, ClickHouseError)
app = client_commands.new_app()
app.command("serve")(serve.serve)
app.command("ingest")(ingest.ingest)
app.command("doctor")(doctor.doctor)
access.add_to(app)
client_commands.add_to(app)


def run() -> None:
    client_commands.run_app(app, FORESEEN)
