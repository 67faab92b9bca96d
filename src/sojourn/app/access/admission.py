"""The check before every use case: who asks, in which workspace, and whether they may."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NoReturn

from sojourn.app.errors import Forbidden, NotFound, SojournError, Unauthenticated
from sojourn.domain.access import ALL_WORKSPACES, Permission, Principal
from sojourn.domain.identity import DEFAULT_WORKSPACE
from sojourn.domain.sessions import Session

ASK_AGAIN = "sojourn.ask_again"  # and what finds it out once more: for what stays open
PRINCIPAL = "sojourn.principal"  # where a request's scope holds who asks; None: nobody that we know
REFUSAL = "sojourn.refusal"  # and why it is nobody, if credentials were wrong


def asking(scope: Mapping[str, Any]) -> Principal | None:
    """None: nobody that we know. Raises what was wrong with the credentials, if some were sent."""
    refusal: SojournError | None = scope.get(REFUSAL)
    if refusal is not None:
        raise refusal
    principal: Principal | None = scope[PRINCIPAL]
    return principal


def known(principal: Principal | None) -> Principal:
    if principal is None:
        raise Unauthenticated("log in, or send an API key")
    return principal


def workspace_of(principal: Principal | None, wanted: str | None) -> str:
    """The workspace that was named, else the default one, else the first of the caller's."""
    grants = known(principal).grants
    if wanted:
        if wanted not in grants:
            raise NotFound(f"there is no workspace {wanted[:100]!r} that you may enter")
        return wanted
    if DEFAULT_WORKSPACE in grants:
        return DEFAULT_WORKSPACE
    if not grants:
        raise Forbidden("you are a member of no workspace; its admin can add you")
    return min(grants)


def check(principal: Principal | None, workspace_id: str, *any_of: Permission) -> None:
    """Raises Forbidden unless the caller has one of the permissions there."""
    if not any(known(principal).may(workspace_id, permission) for permission in any_of):
        needed = " or ".join(any_of)
        raise Forbidden(f"this needs {needed}", {"needs": list(any_of), "workspace": workspace_id})


def workspaces_of(principal: Principal | None, wanted: str | None, permission: Permission) -> tuple[str, ...]:
    """One workspace, or for `*` each in which the caller may do this."""
    if wanted == ALL_WORKSPACES:
        found = known(principal).workspaces_with(permission)
        if not found:
            raise Forbidden(f"this needs {permission}", {"needs": [permission]})
        return found
    workspace_id = workspace_of(principal, wanted)
    check(principal, workspace_id, permission)
    return (workspace_id,)


def check_called(principal: Principal | None, session: Session) -> None:
    """Of a session that another one called, those without access see name, status and duration, and nothing else."""
    if session.parent_session_id and not sees_called(principal, session.workspace_id):
        refuse_called("another session called this one")


def check_feed(principal: Principal | None, workspace_id: str) -> None:
    """A feed of a whole workspace tells of called sessions as well."""
    if not sees_called(principal, workspace_id):
        refuse_called("name a session: others called some of those that this tells of")


def refuse_called(reason: str) -> NoReturn:
    needed = Permission.READ_CALLED
    raise Forbidden(f"{reason}: this needs {needed}", {"needs": [needed]})


def sees_called(principal: Principal | None, workspace_id: str) -> bool:
    """Whether the caller may see what sessions did that another one called."""
    return principal is not None and principal.may(workspace_id, Permission.READ_CALLED)
