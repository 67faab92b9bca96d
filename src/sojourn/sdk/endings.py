"""How a session ended, told by what left its `with` block."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from sojourn.sdk.errors import SessionCanceled

MAX_REASON_CHARS = 500


@dataclass(frozen=True, slots=True)
class Ending:
    status: str  # completed, idle, failed or canceled
    reason: str
    end_reason: str  # clean, exception or user_cancel


def ending_of(failure: BaseException | None, is_own_cancel: bool, clean_status: str) -> Ending:
    """A session canceled by its operator is canceled; one whose callee was canceled has failed by that."""
    if failure is None or isinstance(failure, GeneratorExit):
        return Ending(clean_status, "", "clean")
    if isinstance(failure, SystemExit) and failure.code in (None, 0):
        return Ending(clean_status, "", "clean")
    if is_own_cancel or isinstance(failure, KeyboardInterrupt | asyncio.CancelledError):
        reason = failure.reason if isinstance(failure, SessionCanceled) else type(failure).__name__
        return Ending("canceled", reason, "user_cancel")
    return Ending("failed", f"{type(failure).__name__}: {failure}"[:MAX_REASON_CHARS], "exception")
