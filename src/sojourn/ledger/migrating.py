"""Runs the revisions in migrations/versions. Safe to run twice, and by several processes at once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from sojourn.ledger.engines import Engines
from sojourn.ledger.errors import NewerSchema

ONE_MIGRATOR = text("SELECT pg_advisory_xact_lock(7437000)")


def migrate(engines: Engines) -> None:
    config = Config()
    config.set_main_option("script_location", str(resources.files("sojourn.ledger").joinpath("migrations")))
    config.set_main_option("path_separator", "os")
    with _alone(engines) as conn:
        known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
        current = MigrationContext.configure(conn).get_current_revision()
        if current is not None and current not in known:
            raise NewerSchema(
                f"the database is at revision {current}, which this version does not know; upgrade Sojourn"
            )
        config.attributes["connection"] = conn
        command.upgrade(config, "head")


@contextmanager
def _alone(engines: Engines) -> Iterator[Connection]:
    """A write transaction that no other migrating process shares."""
    with engines.writing() as conn:
        if not engines.is_sqlite:
            conn.execute(ONE_MIGRATOR)
        yield conn
