"""What handlers are given: the services of this process and the workspace of the request."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Annotated, Any

from fastapi import Depends, Request

from sojourn.app.views.recent import Recent
from sojourn.domain.identity import DEFAULT_WORKSPACE
from sojourn.events.store import EventStore
from sojourn.ledger.ledger import Ledger

LOCAL_ACTOR = "local"


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
    recent: Recent = field(default_factory=Recent)


def services(request: Request) -> Services:
    found: Services = request.app.state.services
    return found


def workspace(request: Request) -> str:
    """Always the default one until there are logins; never taken from a header that anybody can send."""
    return DEFAULT_WORKSPACE


def actor(request: Request) -> str:
    """Who asks. Until there are logins, whoever uses this machine."""
    return LOCAL_ACTOR


Actor = Annotated[str, Depends(actor)]
Served = Annotated[Services, Depends(services)]
Workspace = Annotated[str, Depends(workspace)]
