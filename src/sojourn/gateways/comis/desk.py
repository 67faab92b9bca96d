"""What Comis' methods work with: Sojourn's services, and the session that a key names."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sojourn.app.access import admission
from sojourn.app.control.control import Control
from sojourn.app.errors import NotFound
from sojourn.app.views.reading import Reading
from sojourn.app.views.recent import Recent
from sojourn.app.views.sessions import find_session
from sojourn.domain.access import Principal
from sojourn.domain.sessions import Session
from sojourn.events.store import EventStore
from sojourn.gateways import Services
from sojourn.ledger.ledger import Ledger

NAMED_CHARS = 200  # of a key in an error


@dataclass(frozen=True, slots=True)
class Desk:
    ledger: Ledger
    events: EventStore
    recent: Recent
    control: Control
    clock: Callable[[], int]  # now, in Unix nanoseconds
    workspace_id: str
    actor: str
    principal: Principal | None

    def find(self, key: str) -> Session:
        try:
            return find_session(self.ledger, self.workspace_id, key)
        except NotFound as missing:
            raise NotFound(f"Session not found: {key[:NAMED_CHARS]}") from missing

    def reading(self, session: Session) -> Reading:
        return Reading(self.events, self.recent, session)


def desk_of(given: Services, principal: Principal | None) -> Desk:
    workspace_id, actor = admission.workspace_of(principal, None), admission.known(principal).name
    return Desk(given.ledger, given.events, given.recent, given.control, given.clock, workspace_id, actor, principal)
