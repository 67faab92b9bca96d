"""Alembic runs this; the connection, and its transaction, come from migrating.py."""

from alembic import context

from sojourn.ledger.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata, render_as_batch=True)
context.run_migrations()
