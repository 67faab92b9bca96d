"""Who may do what: permissions, the roles that bundle them, and the one who asks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from sojourn.domain.lifecycle import Verb

ALL_WORKSPACES = "*"  # in a query: each of those that one may read


class Permission(StrEnum):
    PAGE = "sessions.page"  # the app has its places in the navigation
    READ = "sessions.read"
    READ_CALLED = "sessions.read_called"  # also what sessions did that another one called
    PAUSE = "sessions.pause"  # and resume
    CANCEL = "sessions.cancel"
    RESET = "sessions.reset"
    COMPACT = "sessions.compact"
    EXPORT = "sessions.export"
    ESCALATE = "sessions.escalate"  # and hand back
    REVIEW = "sessions.review"  # complete review tasks
    ARCHIVE = "sessions.archive"
    DELETE = "sessions.delete"
    COMPLETE_TASKS = "tasks.complete"
    INGEST = "ingest.write"  # send telemetry, and be an agent that is steered
    ADMIN = "admin"  # policies, assessors, alerts, people and keys of the workspace


ALONE = frozenset(
    {Permission.PAGE, Permission.READ, Permission.COMPLETE_TASKS, Permission.INGEST, Permission.ADMIN}
)  # the others are worth nothing without READ
OF_VERB: Mapping[Verb, Permission] = {
    Verb.PAUSE: Permission.PAUSE,
    Verb.RESUME: Permission.PAUSE,
    Verb.CANCEL: Permission.CANCEL,
    Verb.RESET: Permission.RESET,
    Verb.COMPACT: Permission.COMPACT,
    Verb.ESCALATE: Permission.ESCALATE,
    Verb.RETURN: Permission.ESCALATE,
    Verb.ARCHIVE: Permission.ARCHIVE,
    Verb.UNARCHIVE: Permission.ARCHIVE,
    Verb.EXPORT: Permission.EXPORT,
    Verb.DELETE: Permission.DELETE,
}
_VIEWER = frozenset({Permission.PAGE, Permission.READ, Permission.READ_CALLED, Permission.EXPORT})
ROLES: Mapping[str, frozenset[Permission]] = {
    "viewer": _VIEWER,
    "operator": _VIEWER
    | {
        Permission.PAUSE,
        Permission.CANCEL,
        Permission.RESET,
        Permission.COMPACT,
        Permission.ESCALATE,
        Permission.ARCHIVE,
        Permission.COMPLETE_TASKS,
    },
    "reviewer": _VIEWER | {Permission.ESCALATE, Permission.REVIEW, Permission.COMPLETE_TASKS},
    "admin": frozenset(Permission),
    "sender": frozenset({Permission.INGEST}),
    "agent": frozenset({Permission.INGEST, Permission.READ, Permission.READ_CALLED}),  # its memory is read back
}  # what every workspace has; it may name others


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks, and what they may do in which workspace. Read anew for each request: a grant holds for the past too."""

    id: str
    name: str  # as audits and statuses tell it
    kind: str  # local, user, key
    grants: Mapping[str, frozenset[Permission]]

    def may(self, workspace_id: str, permission: Permission) -> bool:
        granted = self.grants.get(workspace_id, frozenset())
        return permission in granted and (permission in ALONE or Permission.READ in granted)

    def workspaces_with(self, permission: Permission) -> tuple[str, ...]:
        return tuple(workspace_id for workspace_id in sorted(self.grants) if self.may(workspace_id, permission))

    def permissions(self, workspace_id: str) -> tuple[Permission, ...]:
        """Those that are worth something, in their order."""
        return tuple(each for each in Permission if self.may(workspace_id, each))


def granted(roles: Iterable[str], own_roles: Mapping[str, Iterable[str]]) -> frozenset[Permission]:
    """What the named roles give together; a role that is gone gives nothing. `own_roles` are the workspace's own."""
    found: set[Permission] = set()
    for name in roles:
        found |= ROLES.get(name) or {Permission(each) for each in own_roles.get(name, ())}
    return frozenset(found)
