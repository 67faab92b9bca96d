"""What the ledger refuses."""


class Invalid(ValueError):
    """A sort, cursor or field that the ledger does not know; the message is fit for the caller."""


class NewerSchema(RuntimeError):
    """The database was written by a newer Sojourn."""
