"""The only exceptions by which the SDK ever speaks to its host."""

from __future__ import annotations


class SessionCanceled(BaseException):
    """An operator canceled the session; every gate raises it from now on.

    Not an Exception, like asyncio.CancelledError: an agent's `except Exception` around a tool must not swallow it.
    """

    def __init__(self, session_key: str, actor: str = "", reason: str = "") -> None:
        by = f" by {actor}" if actor else ""
        super().__init__(f"session {session_key!r} was canceled{by}" + (f": {reason}" if reason else ""))
        self.session_key = session_key
        self.actor = actor
        self.reason = reason


class ApprovalDenied(Exception):
    """Nobody allowed this tool call: denied, expired, withdrawn, or there is nobody to ask."""

    def __init__(self, tool: str, reason: str = "", task_id: str = "") -> None:
        super().__init__(f"the call of {tool} was denied" + (f": {reason}" if reason else ""))
        self.tool = tool
        self.reason = reason
        self.task_id = task_id


class InvalidMetric(ValueError):
    """A metric that the server would refuse: not a number, a score outside 0-1, or the 11th number of one's own."""
