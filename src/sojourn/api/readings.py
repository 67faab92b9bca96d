"""The session that a path names, ready for its views."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends

from sojourn.api.dependencies import Served
from sojourn.api.session_paths import NamedSession
from sojourn.app.views.reading import Reading


def reading_at(served: Served, session: NamedSession) -> Reading:
    return Reading(served.events, served.recent, session)


Read = Annotated[Reading, Depends(reading_at)]
