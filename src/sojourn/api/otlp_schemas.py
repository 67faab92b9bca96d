"""What /openapi.json says of the OTLP endpoints."""

from __future__ import annotations

from typing import Any

from sojourn.api.otlp_answers import JSON, PROTOBUF

_BINARY = {"schema": {"type": "string", "format": "binary"}}
_REQUEST = {
    "type": "object",
    "description": "An Export…ServiceRequest in OTLP/JSON: hex ids, lowerCamelCase, 64-bit integers as text",
}
_PARTIAL = {
    "type": "object",
    "properties": {
        "partialSuccess": {
            "type": "object",
            "properties": {
                "rejectedSpans": {"type": "string"},
                "rejectedLogRecords": {"type": "string"},
                "rejectedDataPoints": {"type": "string"},
                "errorMessage": {"type": "string"},
            },
        }
    },
}
_STATUS = {
    "type": "object",
    "required": ["code", "message"],
    "description": "google.rpc.Status",
    "properties": {
        "code": {"type": "integer"},
        "message": {"type": "string"},
        "details": {"type": "array", "items": {"type": "object"}},
    },
}
REQUEST_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "Content-Encoding may be gzip, deflate, zstd or identity",
        "content": {
            JSON: {"schema": {"anyOf": [_REQUEST, {"type": "array", "items": _REQUEST}]}},
            PROTOBUF: _BINARY,
        },
    }
}


def _answer(description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": description, "content": {JSON: {"schema": schema}, PROTOBUF: _BINARY}}


RESPONSES: dict[int | str, dict[str, Any]] = {
    200: _answer("Stored; partialSuccess names what could not be read", _PARTIAL),
    400: _answer("The body cannot be read; nothing was stored", _STATUS),
    413: _answer("The body is too large, decompressed", _STATUS),
    415: _answer("The content type or encoding is not supported", _STATUS),
    503: _answer("Busy, or the storage is away; try again after Retry-After seconds", _STATUS),
}
DESCRIBED: dict[str, Any] = {"openapi_extra": REQUEST_BODY, "responses": RESPONSES}
