"""What the write side has besides the services: bodies in flight and the numbers of /metrics."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from sojourn.api.bodies import Bodies
from sojourn.api.measures import Measures


@dataclass(slots=True)
class Serving:
    """`create_app` puts it at `app.state.serving`."""

    bodies: Bodies
    measures: Measures


def serving(request: Request) -> Serving:
    found: Serving = request.app.state.serving
    return found


Received = Annotated[Serving, Depends(serving)]
