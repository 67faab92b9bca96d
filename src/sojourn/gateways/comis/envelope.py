"""JSON-RPC 2.0: requests, batches and notifications in; results and errors out. A failure never leaves it."""

from __future__ import annotations

from typing import Any

import orjson
import structlog
from clickhouse_connect.driver.exceptions import ClickHouseError
from sqlalchemy.exc import OperationalError

from sojourn.app.errors import Forbidden, Invalid, NotAllowed, SojournError
from sojourn.gateways.comis.desk import Desk
from sojourn.gateways.comis.methods import METHODS, NOT_SERVED, run
from sojourn.gateways.comis.parameters import Params
from sojourn.ledger.errors import Invalid as RefusedByLedger

log = structlog.get_logger(__name__)
Json = dict[str, Any]
VERSION = "2.0"
PARSE_ERROR, INVALID_REQUEST, METHOD_NOT_FOUND, INVALID_PARAMS, INTERNAL = -32700, -32600, -32601, -32602, -32603
MAX_MESSAGE_BYTES = 1024 * 1024
MAX_BATCH = 50
MAX_NAME_CHARS = 100  # of an unknown method in an error


async def answer(desk: Desk, message: bytes | str) -> Json | list[Json] | None:
    """None if nothing of it wants an answer."""
    size = len(message.encode()) if isinstance(message, str) else len(message)
    if size > MAX_MESSAGE_BYTES:
        return too_large()
    try:
        asked = orjson.loads(message)
    except orjson.JSONDecodeError as error:
        return failure(None, PARSE_ERROR, f"Parse error: {error}")
    if not isinstance(asked, list):
        return await _answer_one(desk, asked)
    if not asked:
        return failure(None, INVALID_REQUEST, "Invalid Request: an empty batch")
    if len(asked) > MAX_BATCH:
        return failure(None, INVALID_REQUEST, f"Batch size {len(asked)} exceeds maximum of {MAX_BATCH}")
    answers = [await _answer_one(desk, one) for one in asked]
    return [one for one in answers if one is not None] or None


def too_large() -> Json:
    return failure(None, INVALID_REQUEST, f"Message size exceeds maximum of {MAX_MESSAGE_BYTES} bytes")


def failure(id: Any, code: int, message: str, data: Any = None) -> Json:
    error = {"code": code, "message": message, **({"data": data} if data is not None else {})}
    return {"jsonrpc": VERSION, "error": error, "id": id}


async def _answer_one(desk: Desk, asked: Any) -> Json | None:
    id = asked.get("id") if isinstance(asked, dict) and _is_id(asked.get("id")) else None
    fault = _fault_of(asked)
    if fault:
        return failure(id, INVALID_REQUEST, f"Invalid Request: {fault}")
    answered = await _called(desk, asked["method"], asked.get("params"), id)
    return answered if "id" in asked else None


def _fault_of(asked: Any) -> str:
    if not isinstance(asked, dict):
        return "an object is needed"
    if asked.get("jsonrpc") != VERSION:
        return 'jsonrpc must be "2.0"'
    if not isinstance(asked.get("method"), str):
        return "method must be a string"
    return "" if _is_id(asked.get("id")) else "id must be a string, a number or null"


def _is_id(id: Any) -> bool:
    return id is None or (isinstance(id, (str, int, float)) and not isinstance(id, bool))


async def _called(desk: Desk, name: str, params: Any, id: Any) -> Json:
    if name in NOT_SERVED:
        return failure(id, INTERNAL, f"{name} is not supported here: {NOT_SERVED[name]}", {"code": "not_supported"})
    if name not in METHODS:
        return failure(id, METHOD_NOT_FOUND, f"Method not found: {name[:MAX_NAME_CHARS]}")
    if params is not None and not isinstance(params, dict):
        return failure(id, INVALID_PARAMS, "Invalid params: they are given by name, in an object")
    try:
        return {"jsonrpc": VERSION, "result": await run(name, desk, Params(params or {})), "id": id}
    except (Invalid, RefusedByLedger) as fault:
        return failure(id, INVALID_PARAMS, f"Invalid params: {fault}")
    except Forbidden as refusal:
        needed = " or ".join((refusal.details or {}).get("needs", ()))
        return failure(id, INTERNAL, f"Insufficient scope: requires '{needed}'", {"code": refusal.code})
    except SojournError as refusal:
        allowed = {"allowed": refusal.allowed} if isinstance(refusal, NotAllowed) else {}
        return failure(id, INTERNAL, refusal.message, {"code": refusal.code, **allowed})
    except (OperationalError, ClickHouseError) as away:
        log.error("storage.away", method=name, reason=str(away)[:500])
        told = {"code": "storage_unavailable"}
        return failure(id, INTERNAL, "the storage cannot be reached now; try again", told)
    except Exception:
        log.exception("rpc.failed", method=name)
        return failure(id, INTERNAL, "Internal error")
