"""Downloads: one session, or a filtered list of sessions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

from fastapi import APIRouter, Depends
from starlette.responses import StreamingResponse

from sojourn.api.answers import LIST_ERRORS, SESSION_ERRORS
from sojourn.api.dependencies import Exportable, Served, needs
from sojourn.api.filters import Filtered, Sort
from sojourn.api.readings import Read, nothing_hidden
from sojourn.api.session_paths import EncodedPathRoute
from sojourn.app.views.exports import list_csv, list_lines, session_lines
from sojourn.app.views.otlp_export import session_otlp
from sojourn.app.views.sessions import DEFAULT_SORT, session_pages
from sojourn.domain.access import Permission

router = APIRouter(prefix="/api/v1", tags=["exports"], route_class=EncodedPathRoute)
LINES, CSV, JSON = "application/jsonl", "text/csv", "application/json"


def _file(*media_types: str) -> dict[int | str, dict[str, Any]]:
    return {
        200: {
            "description": "The file",
            "content": {
                media_type: {"schema": {"type": "object" if media_type == JSON else "string"}}
                for media_type in media_types
            },
        }
    }


def _download(pieces: Iterator[bytes], media_type: str, name: str) -> StreamingResponse:
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return StreamingResponse(pieces, media_type=media_type, headers=headers)


@router.get("/sessions/export", response_class=StreamingResponse, responses={**LIST_ERRORS, **_file(LINES, CSV)})
def export_list(
    served: Served,
    where: Exportable,
    chosen: Filtered,
    format: Literal["csv", "jsonl"] = "csv",
    sort: Sort = DEFAULT_SORT,
) -> StreamingResponse:
    """The sessions of a list with every column."""
    pages = session_pages(served.ledger, served.events, where, chosen, sort)
    if format == "csv":
        return _download(list_csv(pages), f"{CSV}; charset=utf-8", "sessions.csv")
    return _download(list_lines(pages), LINES, "sessions.jsonl")


@router.get(
    "/sessions/{id:path}/export",
    response_class=StreamingResponse,
    responses={**SESSION_ERRORS, **_file(LINES, JSON)},
    dependencies=[needs(Permission.EXPORT), Depends(nothing_hidden)],
)
def export_session(reading: Read, format: Literal["jsonl", "otlp"] = "jsonl") -> StreamingResponse:
    """The whole session: JSON lines (the session, then each event with its content), or OTLP/JSON traces."""
    session_id = reading.session.id
    if format == "otlp":
        return _download(session_otlp(reading), JSON, f"session-{session_id}.otlp.json")
    return _download(session_lines(reading), LINES, f"session-{session_id}.jsonl")
