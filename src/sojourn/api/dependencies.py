"""What handlers are given: the services of this process, who asks, and the workspace of the request."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Annotated, Any

from fastapi import Depends, Query, Request
from fastapi.params import Depends as Needed

from sojourn.app.access import admission
from sojourn.app.views.recent import Recent
from sojourn.domain.access import Permission, Principal
from sojourn.events.store import EventStore
from sojourn.ledger.filters import Scope
from sojourn.ledger.ledger import Ledger


@dataclass(slots=True)
class Services:
    """Everything that handlers use; `create_app` puts it at `app.state.services`."""

    ledger: Ledger
    events: EventStore
    ingest: Any  # app/ingest.py Ingest
    control: Any  # app/control/control.py Control
    live: Any  # app/live.py Live
    settings: Any  # settings.py Settings
    clock: Callable[[], int]  # now, in Unix nanoseconds
    door: Any  # app/access/door.py Door
    recent: Recent = field(default_factory=Recent)


def services(request: Request) -> Services:
    found: Services = request.app.state.services
    return found


def asking(request: Request) -> Principal | None:
    """None: nobody that we know."""
    return admission.asking(request.scope)


Asking = Annotated[Principal | None, Depends(asking)]
WantedWorkspace = Annotated[
    str | None,
    Query(
        alias="workspace",
        max_length=64,
        description="Id of a workspace of yours; without it the default one, or that of the API key",
    ),
]


def workspace(asking: Asking, wanted: WantedWorkspace = None) -> str:
    return admission.workspace_of(asking, wanted)


def actor(asking: Asking) -> str:
    """Who asks, as audits and statuses tell it."""
    return admission.known(asking).name


Actor = Annotated[str, Depends(actor)]
Served = Annotated[Services, Depends(services)]
Workspace = Annotated[str, Depends(workspace)]


def needs(*any_of: Permission) -> Needed:
    """A route's dependency: refuses callers who have none of these permissions in the request's workspace."""

    def check(asking: Asking, workspace_id: Workspace) -> None:
        admission.check(asking, workspace_id, *any_of)

    check.needs = any_of  # type: ignore[attr-defined]  # tests/architecture looks whether every route has one
    needed: Needed = Depends(check)
    return needed


def spanning(permission: Permission) -> Needed:
    """Where a request looks that may span workspaces: `*` for each in which the caller has the permission."""

    def chosen(asking: Asking, wanted: WantedWorkspace = None) -> Scope:
        workspaces = admission.workspaces_of(asking, wanted, permission)
        hidden = tuple(each for each in workspaces if not admission.sees_called(asking, each))
        return Scope(workspaces, hidden)

    chosen.needs = (permission,)  # type: ignore[attr-defined]
    needed: Needed = Depends(chosen)
    return needed


Readable = Annotated[Scope, spanning(Permission.READ)]
Exportable = Annotated[Scope, spanning(Permission.EXPORT)]
READ = needs(Permission.READ)
INGEST = needs(Permission.INGEST)
ADMIN = needs(Permission.ADMIN)
