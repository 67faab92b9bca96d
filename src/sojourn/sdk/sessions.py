"""`start_session` and what concerns the whole process."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sojourn.sdk.client import EXIT_TIMEOUT_S, current_client, shut_down
from sojourn.sdk.drops import Dropped
from sojourn.sdk.session import KINDS, Kind, Session, current_session
from sojourn.sdk.stamping import provider_in_use


def start_session(
    key: str | None = None,
    *,
    goal: str | None = None,
    agent_id: str = "",
    kind: Kind = "run",
    parent: Session | str | None = None,
    parent_session_id: str | None = None,
    agent_name: str | None = None,
    agent_version: str | None = None,
    channel: str | None = None,
    environment: str | None = None,
    service: str | None = None,
    user_id: str | None = None,
    trigger_type: str | None = None,
    trigger_source: str | None = None,
    experiment_id: str | None = None,
    variant: str | None = None,
    tags: Mapping[str, str] | None = None,
    metadata: Mapping[str, Any] | None = None,
) -> Session:
    """Open a session, or go on with the one that has this key; use it as a context manager, sync or async.

    Inside another session it becomes that one's child. `parent` is a session, a key or a UUID ("" for none).
    """
    if kind not in KINDS:
        raise ValueError(f"kind must be one of {', '.join(KINDS)}, not {kind!r}")
    provider_in_use()
    fields = {
        "goal": goal,
        "agent_id": agent_id,
        "agent_name": agent_name,
        "agent_version": agent_version,
        "channel": channel,
        "environment": environment,
        "service": service,
        "user_id": user_id,
        "trigger_type": trigger_type,
        "trigger_source": trigger_source,
        "experiment_id": experiment_id,
        "variant": variant,
        "parent": _parent_of(key, parent if parent is not None else parent_session_id),
        "tags": dict(tags) if tags else None,
        "metadata": dict(metadata) if metadata else None,
    }
    return Session(key, kind, agent_id, fields)


def flush(timeout_s: float = 5.0) -> bool:
    """Wait until everything told so far has arrived; False if it has not."""
    return current_client().flush(timeout_s)


def dropped() -> Dropped:
    """What could not be delivered and will not be."""
    return current_client().drops.seen()


def shutdown(timeout_s: float = EXIT_TIMEOUT_S) -> bool:
    """What happens at exit: close sessions, deliver, keep the rest on disk. True if nothing had to be kept."""
    return shut_down(timeout_s)


def _parent_of(key: str | None, parent: Session | str | None) -> str | None:
    if isinstance(parent, Session):
        return parent.key
    if parent is not None:
        return parent or None
    around = current_session()
    return around.key if around is not None and around.key != key else None
