"""Why an alert did not get through."""

from __future__ import annotations

MAX_REASON_CHARS = 300


class NotSent(Exception):
    """The receiver refused it, was late, or is not there. It is tried again."""

    def __init__(self, reason: str, status: int | None = None) -> None:
        super().__init__(reason)
        self.reason = "".join(one for one in reason if one.isprintable())[:MAX_REASON_CHARS]
        self.status = status  # of a webhook that answered
