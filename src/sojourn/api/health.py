"""For whoever watches the process: is it alive, is it ready, how much does it do."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from fastapi import APIRouter
from pydantic import Field
from starlette.responses import Response

from sojourn.api.answers import Json
from sojourn.api.dependencies import ADMIN, Served, Services
from sojourn.api.models import Model
from sojourn.api.serving import Received

router = APIRouter(tags=["health"])
CHECK_TIMEOUT_S = 5
PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8"


class Alive(Model):
    status: str = Field(description="ok")


class Ready(Model):
    status: str = Field(description="ready or not_ready")
    checks: dict[str, str] = Field(description="ledger, events, ingest: ok, or what is wrong")


NOT_READY: dict[int | str, dict[str, Any]] = {503: {"model": Ready, "description": "Not ready; checks say why"}}
TEXT: dict[int | str, dict[str, Any]] = {
    200: {"description": "Prometheus' text form", "content": {"text/plain": {"schema": {"type": "string"}}}}
}


@router.get("/healthz", response_model=Alive)
async def healthz() -> Json:
    """The process answers."""
    return Json({"status": "ok"})


@router.get("/readyz", response_model=Ready, responses=NOT_READY)
async def readyz(served: Served) -> Json:
    """Migrations are done, both stores answer, ingest accepts."""
    checks = dict(
        zip(
            ("ledger", "events"),
            await asyncio.gather(_check(served.ledger.health), _check(served.events.last_inserted_at)),
            strict=True,
        )
    )
    checks["ingest"] = served.ingest.trouble or "ok"
    is_ready = all(found == "ok" for found in checks.values())
    answer = {"status": "ready" if is_ready else "not_ready", "checks": checks}
    return Json(answer, status_code=200 if is_ready else 503)


@router.get("/metrics", response_class=Response, responses=TEXT, dependencies=[ADMIN])
async def metrics(received: Received) -> Response:
    """Counters for Prometheus."""
    text = await asyncio.to_thread(received.measures.text)
    return Response(text, media_type=PROMETHEUS)


def totals(served: Services) -> dict[str, float]:
    """What only grows."""
    counts = served.ingest.counts
    return {
        "ingest_rows": counts.rows,
        "ingest_flushes": counts.flushes,
        "ingest_refused": counts.refused,
        "ingest_failed": counts.failed,
        "ingest_flush_seconds": counts.flush_seconds,
        "ingest_refresh_seconds": counts.refresh_seconds,
    }


def levels(served: Services, bytes_in_flight: Callable[[], int]) -> dict[str, float]:
    """What goes up and down."""
    counts = served.ingest.counts
    stored = {
        f"store_{table}_{name}": float(value)
        for table, found in served.events.parts_and_bytes().items()
        for name, value in found.items()
    }
    return {
        "ingest_queued_rows": counts.queued_rows,
        "ingest_queued_bytes": counts.queued_bytes,
        "bytes_in_flight": bytes_in_flight(),
        "live_streams": served.live.readers,
        **stored,
    }


async def _check(ask: Callable[[], object]) -> str:
    try:
        await asyncio.wait_for(asyncio.to_thread(ask), CHECK_TIMEOUT_S)
    except TimeoutError:
        return f"no answer within {CHECK_TIMEOUT_S} s"
    except Exception as error:  # noqa: BLE001  whatever it is, the caller is told
        return f"{type(error).__name__}: {str(error)[:200]}"
    return "ok"
