"""POST /v1/traces/ingest: the OpenAI Agents SDK uploads its own traces here when its exporter is given our address."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from pydantic import Field

from sojourn.api.answers import UNAVAILABLE, Json
from sojourn.api.dependencies import INGEST, Served, Workspace
from sojourn.api.models import Error, Model
from sojourn.api.serving import Received
from sojourn.app.errors import Malformed
from sojourn.conventions.assemble import Mapped
from sojourn.conventions.openai_traces import read_upload
from sojourn.conventions.otlp import Decoded, MalformedBody

router = APIRouter(tags=["OpenAI Agents SDK"], dependencies=[INGEST])
ITEMS = {"type": "array", "items": {"description": "A trace or a trace.span; others are counted as rejected"}}
UPLOAD = {"type": "object", "required": ["data"], "properties": {"data": ITEMS}}
BODY: dict[str, Any] = {
    "requestBody": {"required": True, "content": {"application/json": {"schema": {"anyOf": [UPLOAD, ITEMS]}}}}
}


class Uploaded(Model):
    accepted: int
    rejected: int = Field(description="Items that are neither trace nor span, or have no time")
    reason: str


ERRORS: dict[int | str, dict[str, Any]] = {
    400: {"model": Error, "description": "The body is no upload; nothing was stored"},
    413: {"model": Error, "description": "The body is too large"},
    415: {"model": Error, "description": "The content encoding is not supported"},
    **UNAVAILABLE,
}


@router.post("/v1/traces/ingest", response_model=Uploaded, responses=ERRORS, openapi_extra=BODY)
async def upload_openai_traces(request: Request, served: Served, received: Received, workspace_id: Workspace) -> Json:
    """Traces and spans as the SDK's own exporter writes them."""
    now_ns = served.clock()
    async with received.bodies.read(request, lambda body: _read(body, now_ns)) as decoded:
        await served.ingest.submit(workspace_id, decoded.records)
    received.measures.count_body("openai", request, len(decoded.records), decoded.rejected)
    return Json({"accepted": len(decoded.records), "rejected": decoded.rejected, "reason": decoded.reason})


def _read(body: bytes, now_ns: int) -> Decoded[Mapped]:
    try:
        return read_upload(body, now_ns)
    except MalformedBody as error:
        raise Malformed(str(error)) from error
