"""How large an OTLP body becomes in memory, told before it is parsed: empty messages grow a hundredfold."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from sojourn.api.otlp_answers import JSON
from sojourn.app.errors import TooLarge

MAX_RECORDS_A_BODY = 50_000  # spans or log records; exporters send hundreds, collectors some thousands
MAX_FIELDS_A_BODY = 4_000_000  # of all its messages: two bytes may become a hundred in memory
MAX_OBJECTS_A_BODY = 1_000_000  # the same for JSON: its braces and brackets
MIN_FIELD_BYTES = 2
VARINT, DELIMITED = 0, 2  # wire types of protobuf
FIXED_BYTES = {1: 8, 5: 4}
VARINT_BITS = 64
MessageTree = dict[int, Any]


def check_size(signal: str, form: str, body: bytes) -> None:
    """Refuses what would take far more memory than its bytes, before it is parsed."""
    if len(body) <= MIN_FIELD_BYTES * MAX_OBJECTS_A_BODY:
        return
    if form == JSON:
        records, objects = body.count(b'"spanId"'), body.count(b"{") + body.count(b"[")
        if objects > MAX_OBJECTS_A_BODY:
            raise too_many("objects and arrays", MAX_OBJECTS_A_BODY)
    else:
        records, fields = _count_fields(body, TREES[signal])
        if fields > MAX_FIELDS_A_BODY:
            raise too_many("fields", MAX_FIELDS_A_BODY)
    if records > MAX_RECORDS_A_BODY and signal != "metrics":
        raise too_many("records", MAX_RECORDS_A_BODY)


def too_many(what: str, limit: int) -> TooLarge:
    return TooLarge(f"the body holds more than {limit} {what}; send it in smaller requests", {"limit": limit})


def _count_fields(body: bytes, tree: MessageTree) -> tuple[int, int]:
    """Records and fields of all messages on the wire, up to the limits. What is malformed is left to the parser."""
    record_tree = tree[1][2][2]
    records = fields = 0
    open_messages = [(0, len(body), tree)]
    while open_messages and records <= MAX_RECORDS_A_BODY and fields <= MAX_FIELDS_A_BODY:
        at, end, tree = open_messages.pop()
        while at < end and fields <= MAX_FIELDS_A_BODY:
            tag, at = _varint(body, at, end)
            fields += 1
            wire_type = tag & 7
            if wire_type == VARINT:
                _, at = _varint(body, at, end)
            elif wire_type == DELIMITED:
                size, at = _varint(body, at, end)
                nested = tree.get(tag >> 3)
                if nested is not None:
                    records += nested is record_tree
                    open_messages += [(at + size, end, tree), (at, min(end, at + size), nested)]
                    break
                at += size
            else:
                at += FIXED_BYTES.get(wire_type, 0)
    return records, fields


def _varint(body: bytes, at: int, end: int) -> tuple[int, int]:
    """A number and the place behind it; at the end of a message that is cut off whatever there is of it."""
    found = shift = 0
    while at < end and shift < VARINT_BITS:
        byte = body[at]
        at += 1
        found |= (byte & 0x7F) << shift
        if byte < 0x80:
            break
        shift += 7
    return found, at


def _tree_of(message: Any, known: dict[str, MessageTree]) -> MessageTree:
    """Numbers of the fields that hold messages, with the same of those; values hold values, so it has cycles."""
    if message.full_name not in known:
        tree = known[message.full_name] = {}
        for field in message.fields:
            if field.message_type is not None:
                tree[field.number] = _tree_of(field.message_type, known)
    return known[message.full_name]


TREES: Mapping[str, MessageTree] = {
    "traces": _tree_of(ExportTraceServiceRequest.DESCRIPTOR, {}),
    "logs": _tree_of(ExportLogsServiceRequest.DESCRIPTOR, {}),
    "metrics": _tree_of(ExportMetricsServiceRequest.DESCRIPTOR, {}),
}
