"""POST /events: Sojourn's own events and session fields, from anything that can send HTTP."""

from __future__ import annotations

import asyncio
from typing import Any

from fastapi import APIRouter, Request
from pydantic import Field

from sojourn.api.answers import INVALID, UNAVAILABLE, Json
from sojourn.api.dependencies import INGEST, Served, Workspace
from sojourn.api.models import Error, Model
from sojourn.api.serving import Received
from sojourn.app.errors import Invalid, Unsupported
from sojourn.app.native import MAX_RECORDS, parse_array, parse_lines, read_records
from sojourn.app.native_records import EventRecord, SessionRecord

router = APIRouter(prefix="/api/v1", tags=["events"], dependencies=[INGEST])
JSON = "application/json"
LINES = "application/x-ndjson"
PARSERS = {
    JSON: parse_array,
    LINES: parse_lines,
    "application/ndjson": parse_lines,
    "application/jsonl": parse_lines,
    "application/jsonlines": parse_lines,
}


class RejectedRecord(Model):
    index: int = Field(description="Of the record or line, counted from 0; blank lines do not count")
    code: str
    message: str


class Receipt(Model):
    """Everything accepted is durable and readable."""

    accepted: int
    rejected_count: int
    rejected: list[RejectedRecord] = Field(description="The first 100, with their reasons")


RECORD = {
    "anyOf": [
        model.model_json_schema(ref_template="#/components/schemas/{model}") for model in (EventRecord, SessionRecord)
    ]
}
RECORDS = {
    "type": "array",
    "maxItems": MAX_RECORDS,
    "items": {"anyOf": [RECORD, {"description": "Anything else is rejected alone, if a record can be read"}]},
    "contains": RECORD,
}
DEFINITIONS: dict[str, Any] = {}
for _schema in RECORD["anyOf"]:
    DEFINITIONS |= _schema.pop("$defs", {})
BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "Content-Encoding may be gzip, deflate or zstd",
        "content": {
            JSON: {"schema": {"anyOf": [RECORDS, {"type": "array", "maxItems": 0}]}},
            LINES: {"schema": {"type": "string", "description": "The same records, one a line"}},
        },
    }
}
ERRORS: dict[int | str, dict[str, Any]] = {
    400: {"model": Error, "description": "The body cannot be decompressed"},
    413: {"model": Error, "description": "The body is too large, or holds too many records"},
    415: {"model": Error, "description": "The content type or encoding is not supported"},
    **INVALID,
    **UNAVAILABLE,
}


@router.post("/events", response_model=Receipt, responses=ERRORS, openapi_extra=BODY, operation_id="send_events")
async def send(request: Request, served: Served, received: Received, workspace_id: Workspace) -> Json:
    """Events and session fields, as a JSON array or one a line. A bad record loses nothing but itself."""
    content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    parse = PARSERS.get(content_type)
    if parse is None:
        raise Unsupported(f"content type {content_type[:60]!r} is not one of: {JSON}, {LINES}")
    now_ns = served.clock()
    async with received.bodies.read(
        request, lambda body: read_records(served.ledger, workspace_id, parse(body), now_ns)
    ) as reading:
        if reading.rejections and not reading.accepted:
            raise Invalid(f"no record can be read: {reading.rejections[0].message}", reading.answer())
        await asyncio.gather(
            served.ingest.declare(workspace_id, reading.declarations),
            served.ingest.submit(workspace_id, reading.mapped),
        )
    received.measures.count_body("native", request, reading.accepted, len(reading.rejections))
    return Json(reading.answer())
