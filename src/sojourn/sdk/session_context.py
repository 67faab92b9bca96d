"""Which session the code that runs now belongs to. Follows threads of asyncio and contextvars, not of the OS."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar, Token
from types import MappingProxyType

log = logging.getLogger("sojourn.sdk")

ATTRIBUTE_PREFIX = "sojourn.session."
FIELDS = frozenset(
    {
        "goal",
        "agent_id",
        "channel",
        "environment",
        "kind",
        "user_id",
        "origin",
        "trigger_type",
        "trigger_source",
        "parent_session_key",
        "experiment_id",
        "variant",
    }
)
_NOTHING: Mapping[str, str] = MappingProxyType({})
_current: ContextVar[Mapping[str, str]] = ContextVar("sojourn_session", default=_NOTHING)


@contextmanager
def using_session(key: str, **fields: str) -> Iterator[None]:
    """Every span that starts inside belongs to the session `key` (the caller's own string, at most 1,024 characters).

    `fields` describe the session: goal, agent_id, channel, environment, kind, user_id, origin, trigger_type,
    trigger_source, parent_session_key, experiment_id, variant. An unknown one raises TypeError, before anything runs.
    """
    if unknown := set(fields) - FIELDS:
        raise TypeError(f"not a session field: {', '.join(sorted(unknown))}")
    stamped = {ATTRIBUTE_PREFIX + name: value for name, value in fields.items() if value}
    token = _current.set({**stamped, ATTRIBUTE_PREFIX + "id": key})
    try:
        yield
    finally:
        leave_session(token)


def current_attributes() -> Mapping[str, str]:
    """The span attributes of the session in force, empty outside of any."""
    return _current.get()


def enter_session(key: str) -> Token[Mapping[str, str]]:
    """What `using_session` does, for the callers that cannot wait for a `with` block to end."""
    return _current.set({ATTRIBUTE_PREFIX + "id": key})


def leave_session(token: Token[Mapping[str, str]]) -> None:
    try:
        _current.reset(token)
    except (ValueError, RuntimeError):  # A generator may be closed in another context than it began in.
        log.debug("a session was left in another context than it was entered in")
