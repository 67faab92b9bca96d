"""One request to the server and what its answer means."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import httpx
from google.protobuf.message import DecodeError
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

from sojourn.sdk.batches import Batch, Kind
from sojourn.sdk.settings import Settings

CONNECT_TIMEOUT_S = 2.0
ANSWER_TIMEOUT_S = 10.0
PATHS = {Kind.SPANS: "/v1/traces", Kind.RECORDS: "/api/v1/events"}
TYPES = {Kind.SPANS: "application/x-protobuf", Kind.RECORDS: "application/x-ndjson"}
# The body itself is at fault: sending it again cannot help. Anything else may pass, also a wrong API key.
REFUSALS = frozenset({400, 413, 415, 422})
MAX_REASON_CHARS = 300


class Verdict(StrEnum):
    DELIVERED = "delivered"
    REFUSED = "refused"  # never send it again
    AWAY = "away"  # send it again later


@dataclass(frozen=True, slots=True)
class Outcome:
    verdict: Verdict
    rejected: int = 0  # of a delivered batch
    reason: str = ""


def make_client(settings: Settings, answer_timeout_s: float = ANSWER_TIMEOUT_S) -> httpx.Client:
    """A proxy of the environment must not stand between a program and a server on its own machine."""
    timeout = httpx.Timeout(answer_timeout_s, connect=CONNECT_TIMEOUT_S)
    return httpx.Client(
        base_url=settings.url, headers=settings.headers, timeout=timeout, trust_env=not settings.is_loopback
    )


def deliver(client: httpx.Client, batch: Batch) -> Outcome:
    headers = {"content-type": TYPES[batch.kind], "content-encoding": "gzip"}
    try:
        answer = client.post(PATHS[batch.kind], content=batch.body, headers=headers)
    except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
        return Outcome(Verdict.AWAY, reason=f"{type(error).__name__}: {error}"[:MAX_REASON_CHARS])
    return _spans_outcome(answer) if batch.kind is Kind.SPANS else _records_outcome(answer)


def _spans_outcome(answer: httpx.Response) -> Outcome:
    is_ours = answer.headers.get("content-type", "").startswith(TYPES[Kind.SPANS])
    if not answer.is_success:
        return _failed(answer, is_ours)
    if not is_ours:
        return Outcome(Verdict.AWAY, reason="the answer is not of an OTLP server")
    try:
        told = ExportTraceServiceResponse.FromString(answer.content).partial_success
    except DecodeError:
        return Outcome(Verdict.AWAY, reason="the answer is not of an OTLP server")
    return Outcome(Verdict.DELIVERED, told.rejected_spans, told.error_message[:MAX_REASON_CHARS])


def _records_outcome(answer: httpx.Response) -> Outcome:
    told = object_in(answer)
    if not answer.is_success:
        return _failed(answer, "code" in told)
    if not isinstance(told.get("accepted"), int):
        return Outcome(Verdict.AWAY, reason="the answer is not of a Sojourn server")
    rejected = told.get("rejected_count")
    return Outcome(Verdict.DELIVERED, rejected if isinstance(rejected, int) else 0, _first_reason(told))


def _failed(answer: httpx.Response, is_ours: bool) -> Outcome:
    reason = f"HTTP {answer.status_code}: {answer.text[:MAX_REASON_CHARS]!r}"
    is_final = is_ours and answer.status_code in REFUSALS
    return Outcome(Verdict.REFUSED if is_final else Verdict.AWAY, reason=reason)


def _first_reason(told: dict[str, Any]) -> str:
    rejected = told.get("rejected")
    first = rejected[0] if isinstance(rejected, list) and rejected else {}
    return str(first.get("message", ""))[:MAX_REASON_CHARS] if isinstance(first, dict) else ""


def object_in(answer: httpx.Response) -> dict[str, Any]:
    """The JSON object of an answer, empty if it is none."""
    try:
        found = answer.json()
    except (ValueError, UnicodeDecodeError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
