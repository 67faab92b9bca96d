"""The list's parameters: filters in the spellings that clients use, sorts, and pages by offset."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import orjson
from fastapi import Request

from sojourn.app.errors import Invalid
from sojourn.app.views.ledger_reads import read_ledger
from sojourn.domain.sessions import Session
from sojourn.gateways import Services
from sojourn.gateways.itential.session_bodies import statuses_of, trigger_type_of
from sojourn.ledger.filters import SessionFilter

MAX_LIMIT = 100
DEFAULT_LIMIT = 25
MAX_FILTERS = 50
SORTS = {
    "createdAt": "started_at",
    "startedAt": "started_at",
    "updatedAt": "last_activity_at",
    "endedAt": "ended_at",
    "endTime": "ended_at",
    "status": "status",
    "createdBy": "user_id",
    "agentDefinitionId": "agent_id",
    "totalInputTokens": "input_tokens",
    "totalOutputTokens": "output_tokens",
    "totalTokens": "total_tokens",
}
FIELDS = {
    "status": "status",
    "agentDefinitionId": "agent",
    "agentId": "agent",
    "agentName": "agent",
    "agentSnapshot.name": "agent",
    "createdBy": "user",
    "trigger.type": "trigger_type",
    "triggerType": "trigger_type",
    "trigger.source": "source",
    "source": "source",
    "parentSessionId": "parent",
    "modelVersion": "model",
}
DESCENDING = frozenset({"desc", "descending", "-1"})
ASCENDING = frozenset({"asc", "ascending", "1"})
WALKED_AT_ONCE = 500
PLAIN_FILTER = re.compile(r"filters(\[\d*\])?")
NUMBERED = re.compile(r"filters\[\d+\]\[\w+\](\[\d*\])?")
NUMBERED_FIELD = re.compile(r"filters\[(\d+)\]\[field\]")


@dataclass(frozen=True, slots=True)
class Page:
    filter: SessionFilter
    sort: str
    offset: int
    limit: int


def page_of(request: Request) -> Page:
    offset = whole(request, "offset", whole(request, "skip", 0))
    limit = whole(request, "limit", DEFAULT_LIMIT)
    if not 1 <= limit <= MAX_LIMIT:
        raise Invalid(f"limit must lie between 1 and {MAX_LIMIT}")
    column = request.query_params.get("sortBy", "startedAt")
    if column not in SORTS:
        raise Invalid(f"sortBy must be one of: {', '.join(SORTS)}")
    sign = "-" if is_descending(request, "desc") else ""
    return Page(_filter(request), f"{sign}{SORTS[column]}", offset, limit)


def whole(request: Request, name: str, otherwise: int) -> int:
    text = request.query_params.get(name)
    if text is None:
        return otherwise
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise Invalid(f"{name} must be a whole number")
    return int(text)


def word(text: str) -> str:
    if "\x00" in text:
        raise Invalid("a filter cannot hold a NUL")
    return text


def is_descending(request: Request, otherwise: str) -> bool:
    order = request.query_params.get("sortOrder", otherwise).lower()
    if order not in DESCENDING | ASCENDING:
        raise Invalid("sortOrder must be asc or desc")
    return order in DESCENDING


def sessions_at(served: Services, workspace_id: str, page: Page) -> tuple[list[Session], int]:
    """The page, and how many sessions pass the filter. Those who turn page after page do not walk from the start."""
    with read_ledger(served.ledger) as conn:
        total: int = served.ledger.sessions.total(conn, workspace_id, page.filter)
        key = ("itential-page", workspace_id, page.filter, page.sort, total)  # a new session moves every place

        def read(limit: int, cursor: str | None) -> Any:
            return served.ledger.sessions.list_page(conn, workspace_id, page.filter, page.sort, limit, cursor)

        def walked() -> str:
            cursor: str | None = None
            left = page.offset
            while left:
                step = min(left, WALKED_AT_ONCE)
                cursor = read(step, cursor).next_cursor
                if cursor is None:
                    return ""
                left -= step
            return cursor or ""

        if page.offset >= total:
            return [], total
        place = served.recent.get((*key, page.offset), walked) if page.offset else ""
        if page.offset and not place:
            return [], total
        found = read(page.limit, place or None)
    if found.next_cursor:
        served.recent.get((*key, page.offset + page.limit), lambda: found.next_cursor)
    return list(found.items), total


def _filter(request: Request) -> SessionFilter:
    chosen: dict[str, tuple[str, ...]] = {}
    told = list(stated(request, FIELDS))
    if len(told) > MAX_FILTERS:
        raise Invalid(f"there may be at most {MAX_FILTERS} filters")
    for field, values in told:
        name = FIELDS.get(field)
        if name is None:
            raise Invalid(f"there is no filter {field[:60]!r}; there are {', '.join(FIELDS)}")
        chosen[name] = (*chosen.get(name, ()), *_ours(name, values))
    return replace(SessionFilter(), **chosen)  # type: ignore[arg-type]


def stated(request: Request, fields: Container[str]) -> Iterator[tuple[str, list[str]]]:
    """Filters in each form that clients write: field:value, JSON, brackets, numbered pairs, fields by their names."""
    params = request.query_params
    for name, value in params.multi_items():
        if PLAIN_FILTER.fullmatch(name):
            yield from _parsed(value)
        elif numbered := NUMBERED_FIELD.fullmatch(name):
            own = f"filters[{numbered[1]}][value"  # or values, each of them numbered or not
            yield value, [text for each, text in params.multi_items() if each.startswith(own)]
        elif name.startswith(("filters[", "equals[")) and name.endswith("]") and not NUMBERED.fullmatch(name):
            yield name[name.index("[") + 1 : -1], value.split(",")
        elif name in fields:
            yield name, value.split(",")
    if field := params.get("equalsField"):
        yield field, [params.get("equals", "")]


def _parsed(text: str) -> Iterator[tuple[str, list[str]]]:
    if not text.startswith(("{", "[")):
        place = min((at for at in (text.find(":"), text.find("=")) if at > 0), default=-1)
        if place < 0:
            raise Invalid("a filter is written field:value")
        yield text[:place].strip(), text[place + 1 :].split(",")
        return
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise Invalid(f"a filter is no JSON: {error}") from error
    for each in found if isinstance(found, list) else [found]:
        if not isinstance(each, dict):
            raise Invalid("a filter must be an object")
        if "field" in each:
            yield str(each["field"]), _values(each.get("value", each.get("values")))
        else:
            yield from ((str(name), _values(value)) for name, value in each.items())


def _values(value: Any) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list) else [str(value)]


def _ours(name: str, values: Iterable[str]) -> tuple[str, ...]:
    words = [word(value.strip()) for value in values if value.strip()]
    if name == "trigger_type":  # senders of telemetry may use Itential's own words
        return tuple({either for one in words for either in (one, trigger_type_of(one))})
    if name != "status":
        return tuple(words)
    found = tuple(status for one in words for status in statuses_of(one))
    if not found:
        raise Invalid(f"there is no status {', '.join(words)[:60]!r}")
    return found
