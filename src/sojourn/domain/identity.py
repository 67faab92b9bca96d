"""How things get the same id every time they arrive."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from uuid import UUID, uuid5

SessionRef = tuple[str, str]  # workspace_id, session_id

DEFAULT_WORKSPACE = "default"
SESSION_NAMESPACE = UUID("6f1c9f0e-52a8-5b5e-9a0e-3f6d1d0c7437")
MAX_SESSION_KEY_CHARS = 1024

# Versions of one event: a final row replaces the pending one of the same span.
PENDING_VERSION = 1
FINAL_VERSION = 2


@lru_cache(maxsize=65_536)
def session_id_of(workspace_id: str, key: str) -> str:
    """UUIDv5 of workspace and key, so that writing needs no look-up."""
    return str(uuid5(SESSION_NAMESPACE, f"{workspace_id}\x00{key}"))


def span_event_id(trace_id: str, span_id: str) -> str:
    """A span id is unique only inside its trace, so both name the event."""
    return f"{trace_id}-{span_id}" if span_id else ""


def derived_key(trace_id: str) -> str:
    """The key of a session that nobody named: the trace itself."""
    return f"trace:{trace_id}"


def content_id(*parts: str | bytes | int) -> str:
    """A 32-digit id from content, for records whose sender gives none (log records, transcript lines)."""
    digest = hashlib.blake2b(digest_size=16)
    for part in parts:
        data = part if isinstance(part, bytes) else str(part).encode("utf-8", "surrogatepass")
        digest.update(len(data).to_bytes(8, "little"))
        digest.update(data)
    return digest.hexdigest()
