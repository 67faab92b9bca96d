"""What a use case may refuse; the API maps each to an HTTP status in one place."""

from __future__ import annotations

from typing import Any, ClassVar


class SojournError(Exception):
    """Shown to the caller as {code, message, details}."""

    code: ClassVar[str] = "error"
    status: ClassVar[int] = 500

    def __init__(self, message: str, details: Any = None) -> None:
        super().__init__(message)
        self.message = message
        self.details = details


class NotFound(SojournError):
    code = "not_found"
    status = 404


class Invalid(SojournError):
    code = "invalid"
    status = 422


class Malformed(SojournError):
    """What was sent cannot be read at all; nothing was stored."""

    code = "malformed"
    status = 400


class Refused(SojournError):
    code = "refused"
    status = 403


class Unauthenticated(SojournError):
    """We do not know who asks."""

    code = "unauthenticated"
    status = 401


class Forbidden(SojournError):
    """We know who asks, and they may not."""

    code = "forbidden"
    status = 403


class TooManyTries(SojournError):
    code = "too_many_tries"
    status = 429

    def __init__(self, retry_after_s: int, message: str) -> None:
        super().__init__(message, {"retry_after_s": retry_after_s})
        self.retry_after_s = retry_after_s


class Unsupported(SojournError):
    """A content type or encoding that we do not read."""

    code = "unsupported"
    status = 415


class Conflict(SojournError):
    code = "conflict"
    status = 409


class NotAllowed(SojournError):
    """The session is in no state for this, or nobody can obey it."""

    status = 409

    def __init__(self, code: str, message: str, allowed: list[str]) -> None:
        super().__init__(message)
        self.code = code  # type: ignore[misc]  # invalid_state, not_controllable, id_taken
        self.allowed = allowed


class TooLarge(SojournError):
    code = "too_large"
    status = 413


class Overloaded(SojournError):
    """The queue is full; nothing was stored."""

    code = "overloaded"
    status = 503

    def __init__(self, retry_after_s: int = 1, message: str = "the server is busy, try again") -> None:
        super().__init__(message, {"retry_after_s": retry_after_s})
        self.retry_after_s = retry_after_s


class StorageUnavailable(SojournError):
    code = "storage_unavailable"
    status = 503
    retry_after_s: ClassVar[int] = 5  # a full disk is not freed within a second

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
