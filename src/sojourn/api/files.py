"""POST /ingest/file: one whole file, read by the server exactly as `sojourn ingest` would read it itself."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path, PurePosixPath
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import Field

from sojourn.api.answers import INVALID, UNAVAILABLE, Json
from sojourn.api.dependencies import INGEST, Served, Workspace
from sojourn.api.models import Error, Model
from sojourn.app.errors import Invalid, StorageUnavailable, TooLarge
from sojourn.app.files import ingest_file

router = APIRouter(prefix="/api/v1", tags=["files"], dependencies=[INGEST])
MAX_NAME_CHARS = 1_024
NAME_FORM = r"^[^\x00]*[^\x00/\\.][^\x00]*$"  # not only dots and slashes
MAX_FOLDERS_KEPT = 4  # formats tell by the nearest folders what a file is
MAX_PART_CHARS = 200
BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary", "minLength": 1}}},
    }
}
ERRORS: dict[int | str, dict[str, Any]] = {
    413: {"model": Error, "description": "The file is larger than SOJOURN_MAX_FILE_BYTES"},
    **INVALID,
    **UNAVAILABLE,
}


class FileReceipt(Model):
    """Everything counted here is durable and readable."""

    name: str
    events: int
    session_count: int
    sessions: list[str] = Field(description="Their keys, the first 10,000")
    problem_count: int
    problems: list[str] = Field(description="The first 100, with their lines")
    notes: list[str] = Field(description="What was passed over on purpose, and why")


@router.post("/ingest/file", response_model=FileReceipt, responses=ERRORS, openapi_extra=BODY)
async def ingest(
    request: Request,
    served: Served,
    workspace_id: Workspace,
    name: Annotated[
        str, Query(pattern=NAME_FORM, max_length=MAX_NAME_CHARS, description="File name, with its nearest folders")
    ],
) -> Json:
    """A transcript, an OTLP dump or an export, in any form that `sojourn ingest` reads."""
    async with _received(request, safe_path(name), served.settings.max_file_bytes) as path:
        report = await ingest_file(served.ingest, workspace_id, path, name)
    return Json(report.answer())


def safe_path(name: str) -> PurePosixPath:
    """The name as a path that stays below wherever it is put."""
    parts = [part for part in name.replace("\\", "/").split("/") if part not in {"", ".", ".."}]
    kept = [part[-MAX_PART_CHARS:] for part in parts[-MAX_FOLDERS_KEPT - 1 :]]
    if not kept or "\x00" in name:
        raise Invalid("name must be the name of a file")
    return PurePosixPath(*kept)


@asynccontextmanager
async def _received(request: Request, name: PurePosixPath, limit_bytes: int) -> AsyncIterator[Path]:
    """The body as a file of that name. It goes to the disk, so its size is no matter of memory."""
    with tempfile.TemporaryDirectory(prefix="sojourn-file-") as folder:
        path = Path(folder) / name
        size = 0
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("wb") as file:
                async for chunk in request.stream():
                    size += len(chunk)
                    if size > limit_bytes:
                        raise TooLarge(f"the file is larger than {limit_bytes} bytes", {"max_file_bytes": limit_bytes})
                    await asyncio.to_thread(file.write, chunk)
        except OSError as error:
            raise StorageUnavailable(f"the file cannot be kept while it is read: {error.strerror}") from error
        if not size:
            raise Invalid("the body is empty: it must be the file")
        yield path
