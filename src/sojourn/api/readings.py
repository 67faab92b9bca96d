"""The session that a path names, ready for its views, and what of it the caller may see."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Depends

from sojourn.api.dependencies import Asking, Served
from sojourn.api.session_paths import NamedSession
from sojourn.app.access import admission
from sojourn.app.views.reading import Reading
from sojourn.app.views.veil import Veil, veil_of


def reading_at(served: Served, session: NamedSession) -> Reading:
    return Reading(served.events, served.recent, session)


Read = Annotated[Reading, Depends(reading_at)]


def veil(served: Served, asking: Asking, reading: Read) -> Veil | None:
    """None if the caller may see everything that lies in the session."""
    if admission.sees_called(asking, reading.session.workspace_id):
        return None
    return veil_of(served.ledger, reading)


Veiled = Annotated[Veil | None, Depends(veil)]


def seen(answer: Any, veil: Veil | None) -> Any:
    """The answer, as far as the caller may see it."""
    return answer if veil is None else veil.over(answer)


def nothing_hidden(veil: Veiled) -> None:
    """For what is told as it lies in the store: files and raw content."""
    if veil is not None:
        admission.refuse_called("what its calls returned is part of this")
