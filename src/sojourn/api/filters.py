"""The filters that lists, exports and statistics of sessions share, out of a query string."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Annotated, get_origin

from fastapi import Depends, Query, Request
from fastapi.dependencies.models import Dependant
from pydantic import AfterValidator, BeforeValidator, StringConstraints, WithJsonSchema

from sojourn.app.errors import Invalid
from sojourn.app.views.times import parse_time
from sojourn.domain.sessions import SessionKind, SessionStatus
from sojourn.ledger.filters import SessionFilter
from sojourn.ledger.listing import SORTS

# What one filter may hold fits the URL of 64 KiB that our server takes, even with 12 characters for each of its own.
MAX_VALUES = 20
MAX_VALUE_CHARS = 256
MAX_TEXTS = 10
MAX_CHARS = 512
MAX_IDS = 200
MAX_DURATION_MS = 2**53
SORT_NAMES = sorted(sign + name for name in SORTS if not name.endswith("_ns") for sign in ("", "-"))
RFC3339 = re.compile(r"\d{4}-\d\d-\d\d(?:[Tt]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d))?", re.ASCII)


def _without_nul(value: object) -> object:
    """No text that we keep holds a NUL, and PostgreSQL refuses it: as another character it finds nothing, too."""
    return value.replace("\x00", "\ufffd") if isinstance(value, str) else value


def _time_text(text: str | None) -> str | None:
    if text is not None and RFC3339.fullmatch(text) is None:
        raise ValueError("an RFC 3339 time with an offset, or a date, is needed")
    return text


def _sort_name(name: str) -> str:
    if name not in SORT_NAMES:
        raise ValueError(f"cannot sort by {name[:40]!r}; there are {', '.join(SORT_NAMES)}")
    return name


def _digits(value: object) -> object:
    """A number of a query is written as a number is: 0.0 and 1_0 are none."""
    if isinstance(value, str) and not re.fullmatch("-?[0-9]+", value):
        raise ValueError("a whole number is needed")
    return value


WHOLE = BeforeValidator(_digits)
Text = Annotated[str, BeforeValidator(_without_nul), StringConstraints(max_length=MAX_CHARS)]
Value = Annotated[str, BeforeValidator(_without_nul), StringConstraints(max_length=MAX_VALUE_CHARS)]
Id = Annotated[str, StringConstraints(pattern="^[A-Za-z0-9-]{1,64}$")]
Texts = Annotated[Sequence[Text], Query(max_length=MAX_TEXTS)]
Values = Annotated[Sequence[Value], Query(max_length=MAX_VALUES)]
TimeText = Annotated[
    Text | None,
    AfterValidator(_time_text),
    WithJsonSchema({"type": "string", "anyOf": [{"format": "date-time"}, {"format": "date"}]}),
]
Sort = Annotated[
    str,
    AfterValidator(_sort_name),
    WithJsonSchema({"type": "string", "enum": SORT_NAMES}),
    Query(description="A column; a minus turns the order around"),
]


def session_filter(
    q: Annotated[
        Sequence[Text],
        Query(
            description=(
                "Words found in key, goal, agent, channel or content; `field:value` narrows by agent, channel, "
                "status, model, env, service, origin, kind, source, user, key or goal; `text:` looks in content only"
            ),
            max_length=MAX_TEXTS,
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
    parent: Annotated[Sequence[Value], Query(description="Ids of calling sessions", max_length=MAX_VALUES)] = (),
    experiment: Values = (),
    variant: Values = (),
    started_after: TimeText = None,
    started_before: TimeText = None,
    min_duration_ms: Annotated[int | None, Query(ge=0, le=MAX_DURATION_MS), WHOLE] = None,
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


def each_once(request: Request) -> None:
    """Which of several values was meant is not ours to guess, except where a parameter takes several."""
    names = [name for name, _ in request.query_params.multi_items()]
    for name in _scalars(request.scope["route"].dependant):
        if names.count(name) > 1:
            raise Invalid(f"{name} may be given once", {"parameter": name})


def _scalars(dependant: Dependant) -> Iterator[str]:
    for field in dependant.query_params:
        if get_origin(field.field_info.annotation) is not Sequence:
            yield field.alias
    for below in dependant.dependencies:
        yield from _scalars(below)


Filtered = Annotated[SessionFilter, Depends(session_filter)]
