"""Which sessions a list, an export or a statistic is about."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scope:
    """Where a reader looks: some workspaces, and those of them in which called sessions are none of theirs."""

    workspaces: tuple[str, ...]
    without_called: tuple[str, ...] = ()


Where = str | Scope  # the id of a workspace stands for the whole of it


def scope_of(where: Where) -> Scope:
    return where if isinstance(where, Scope) else Scope((where,))


@dataclass(frozen=True, slots=True)
class SessionFilter:
    """An empty tuple or None leaves that column alone; several values of one column are alternatives."""

    q: str = ""  # words, each found in key, goal, agent or channel
    agent: tuple[str, ...] = ()
    channel: tuple[str, ...] = ()
    environment: tuple[str, ...] = ()
    service: tuple[str, ...] = ()
    origin: tuple[str, ...] = ()
    user: tuple[str, ...] = ()
    status: tuple[str, ...] = ()
    kind: tuple[str, ...] = ()
    attention: tuple[str, ...] = ()
    trigger_type: tuple[str, ...] = ()
    source: tuple[str, ...] = ()  # trigger_source
    model: tuple[str, ...] = ()
    has_errors: bool | None = None
    parent: tuple[str, ...] = ()  # session ids
    experiment: tuple[str, ...] = ()
    variant: tuple[str, ...] = ()
    key: tuple[str, ...] = ()  # parts of keys
    goal: tuple[str, ...] = ()  # parts of goals
    started_after_ns: int | None = None  # inclusive
    started_before_ns: int | None = None  # exclusive
    min_duration_ms: int | None = None
    archived: bool | None = None
    ids: tuple[str, ...] | None = None  # only these
    content_ids: tuple[str, ...] = ()  # these match q by their content
