"""Recorded HTTP in one form: VCR's YAML and JSON (Python, Ruby, Go), Betamax's JSON, and HAR."""

from __future__ import annotations

import re
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple

from sojourn.conventions.values import amount_of, count_of, first_of, first_text, list_of, object_of, text_of
from sojourn.transcripts.http_bodies import json_of_body, text_of_body
from sojourn.transcripts.transcript import MS, SECOND, time_of

Item = Mapping[str, Any]
# Milliseconds that the provider worked.
TOOK_MS = ("openai-processing-ms", "x-envoy-upstream-service-time", "x-amzn-bedrock-invocation-latency")
DURATION = re.compile(r"\bdur=([\d.]+)")  # in Server-Timing
CREATED = re.compile(r'"created(?:_at)?"\s*:\s*(\d{10})\b')


class Exchange(NamedTuple):
    """A request and its answer. Of the headers only times are read: the others may hold secrets."""

    method: str
    url: str
    request: Any  # JSON, else None
    request_text: str
    response: Any  # JSON, else None
    response_text: str
    status: int  # 0 if unknown
    started_at_ns: int  # 0 if unknown
    ended_at_ns: int


def recorded_in(document: Any) -> list[Any] | None:
    """The records of a cassette; None if the document is none."""
    if not isinstance(document, Mapping):
        return None
    held = first_of(document, "interactions", "http_interactions")
    if held is None:
        held = object_of(document.get("log")).get("entries")
    return held if isinstance(held, list) and any(_is_exchange(item) for item in held) else None


def _is_exchange(item: Any) -> bool:
    return isinstance(item, Mapping) and isinstance(item.get("request"), Mapping) and "response" in item


def exchange_of(item: Any) -> Exchange | None:
    """None if there is no request with an address."""
    if not _is_exchange(item):
        return None
    request, response = object_of(item["request"]), object_of(item["response"])
    url = first_text(request, "uri", "url")
    if not url:
        return None
    asked = request.get("parsed_body") or request.get("body") or object_of(request.get("postData"))
    content = object_of(response.get("content"))  # HAR
    said = response.get("parsed_body") or response.get("body") or content
    status = object_of(response.get("status")) or {"code": first_of(response, "code", "status_code", "status")}
    response_text = text_of_body(said)
    started_at_ns, ended_at_ns = _times(item, _headers(response), response_text)
    return Exchange(
        (first_text(request, "method") or "GET").upper(),
        url,
        json_of_body(asked),
        text_of_body(asked),
        json_of_body(said),
        response_text,
        count_of(text_of(status.get("code")).split(" ")[0]) or 0,
        started_at_ns,
        ended_at_ns,
    )


def _times(item: Item, headers: dict[str, str], answer: str) -> tuple[int, int]:
    """When it began and ended, as far as the record or the answer tells."""
    started_at_ns = time_of(item.get("startedDateTime"))
    if started_at_ns:
        return started_at_ns, started_at_ns + int((amount_of(item.get("time")) or 0) * MS)
    ended_at_ns = _date(headers.get("date", "")) or time_of(item.get("recorded_at"))
    if not ended_at_ns:
        created = CREATED.search(answer)
        return (int(created[1]) * SECOND,) * 2 if created else (0, 0)
    if timing := DURATION.search(headers.get("server-timing", "")):
        headers = {**headers, TOOK_MS[0]: timing[1]}
    took_ms = next((took for name in TOOK_MS if (took := amount_of(headers.get(name))) is not None), 0)
    return max(ended_at_ns - int(min(took_ms, 1e9) * MS), 1), ended_at_ns


def _headers(response: Item) -> dict[str, str]:
    """By name in lower case; HAR has a list of pairs, the others lists of values."""
    held = response.get("headers")
    pairs = (
        held.items()
        if isinstance(held, Mapping)
        else [(object_of(pair).get("name"), object_of(pair).get("value")) for pair in list_of(held)]
    )
    return {
        text_of(name).lower(): text_of(value[0] if isinstance(value, list) and value else value)
        for name, value in pairs
    }


def _date(text: str) -> int:
    try:
        return max(0, int(parsedate_to_datetime(text).timestamp())) * SECOND
    except (ValueError, TypeError, OverflowError):
        return 0
