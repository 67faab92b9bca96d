"""Who asks, for tests of a few routes without the whole server around them."""

from __future__ import annotations

from sojourn.domain.access import Permission, Principal


def may_everything(workspace_id: str, name: str = "local") -> Principal:
    return Principal(name, name, "local", {workspace_id: frozenset(Permission)})
