"""Reading the ledger for a view: what it refuses becomes an error of the use case."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection

from sojourn.app.errors import Invalid
from sojourn.ledger.errors import Invalid as RefusedByLedger
from sojourn.ledger.ledger import Ledger


@contextmanager
def read_ledger(ledger: Ledger) -> Iterator[Connection]:
    try:
        with ledger.read() as conn:
            yield conn
    except RefusedByLedger as refusal:
        raise Invalid(str(refusal)) from refusal
