"""The filters that lists, exports and statistics of sessions share, out of a query string."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from fastapi import Depends, Query
from pydantic import BeforeValidator, StringConstraints

from sojourn.app.views.times import parse_time
from sojourn.domain.sessions import SessionKind, SessionStatus
from sojourn.ledger.filters import SessionFilter

MAX_VALUES = 20  # of one filter; with MAX_CHARS it fits the request line that servers take
MAX_IDS = 200
MAX_CHARS = 512
MAX_DURATION_MS = 2**53


def _without_nul(value: object) -> object:
    """No text that we keep holds a NUL, and PostgreSQL refuses it: as another character it finds nothing, too."""
    return value.replace("\x00", "\ufffd") if isinstance(value, str) else value


Text = Annotated[str, BeforeValidator(_without_nul), StringConstraints(max_length=MAX_CHARS)]
Id = Annotated[str, BeforeValidator(_without_nul), StringConstraints(max_length=64)]
Values = Annotated[Sequence[Text], Query(max_length=MAX_VALUES)]
TimeText = Annotated[Text, Query(json_schema_extra={"format": "date-time"})]


def session_filter(
    q: Annotated[
        Sequence[Text],
        Query(
            description=(
                "Words found in key, goal, agent, channel or content; `field:value` narrows by agent, channel, "
                "status, model, env, service, origin, kind, source, user, key or goal; `text:` looks in content only"
            ),
            max_length=MAX_VALUES,
        ),
    ] = (),
    agent: Values = (),
    channel: Values = (),
    environment: Values = (),
    service: Values = (),
    origin: Values = (),
    user: Values = (),
    status: Annotated[Sequence[SessionStatus], Query(max_length=MAX_VALUES)] = (),
    kind: Annotated[Sequence[SessionKind], Query(max_length=MAX_VALUES)] = (),
    attention: Values = (),
    trigger_type: Values = (),
    source: Values = (),
    model: Values = (),
    has_errors: bool | None = None,
    parent: Annotated[Sequence[Text], Query(description="Ids of calling sessions", max_length=MAX_VALUES)] = (),
    experiment: Values = (),
    variant: Values = (),
    started_after: TimeText | None = None,
    started_before: TimeText | None = None,
    min_duration_ms: Annotated[int | None, Query(ge=0, le=MAX_DURATION_MS)] = None,
    archived: bool | None = None,
    id: Annotated[Sequence[Id], Query(description="Only these sessions", max_length=MAX_IDS)] = (),
) -> SessionFilter:
    return SessionFilter(
        q=" ".join(q),
        agent=tuple(agent),
        channel=tuple(channel),
        environment=tuple(environment),
        service=tuple(service),
        origin=tuple(origin),
        user=tuple(user),
        status=_values(status),
        kind=_values(kind),
        attention=tuple(attention),
        trigger_type=tuple(trigger_type),
        source=tuple(source),
        model=tuple(model),
        has_errors=has_errors,
        parent=tuple(parent),
        experiment=tuple(experiment),
        variant=tuple(variant),
        started_after_ns=parse_time(started_after, "started_after") if started_after else None,
        started_before_ns=parse_time(started_before, "started_before") if started_before else None,
        min_duration_ms=min_duration_ms,
        archived=archived,
        ids=tuple(id) if id else None,
    )


def _values(chosen: Sequence[SessionStatus] | Sequence[SessionKind]) -> tuple[str, ...]:
    return tuple(str(one) for one in chosen)


Filtered = Annotated[SessionFilter, Depends(session_filter)]
