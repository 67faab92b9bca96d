"""Names: of the process, of sessions, of what happens in them."""

from __future__ import annotations

import hashlib
import logging
import os
from random import Random
from typing import Any
from uuid import UUID, uuid5

from sojourn.sdk.plain_values import valid, value_text

log = logging.getLogger("sojourn.sdk")
SESSION_NAMESPACE = UUID("6f1c9f0e-52a8-5b5e-9a0e-3f6d1d0c7437")  # the server's own
MAX_SESSION_KEY_CHARS = 1_024
KEPT_KEY_CHARS = 960
# Of our own: a host that seeds the shared one would give its events the same ids in every run.
_random = Random()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_random.seed)


def new_id() -> str:
    """A UUID. Reading the system's randomness for each event would cost more than all the rest of it."""
    return str(UUID(int=_random.getrandbits(128), version=4))


def session_id_of(workspace: str, key: str) -> str:
    """The UUID by which the server knows the session."""
    return str(uuid5(SESSION_NAMESPACE, f"{workspace}\x00{key}"))


def session_key(told: Any) -> str:
    """A key that the server takes. One that is too long is cut, and stays apart from others that begin alike."""
    key = valid(value_text(told)).replace("\x00", "") if told is not None else ""
    if not key:
        return f"run-{_random.getrandbits(128):032x}"
    if len(key) > MAX_SESSION_KEY_CHARS:
        log.warning("a session key of %d characters was cut to %d", len(key), MAX_SESSION_KEY_CHARS)
        return f"{key[:KEPT_KEY_CHARS]}…{hashlib.blake2b(key.encode(), digest_size=16).hexdigest()}"
    return key
