"""Alerts as signed POST requests."""

from __future__ import annotations

import asyncio
import hashlib
import hmac

import httpx
import orjson

from sojourn.app.alerts.errors import NotSent
from sojourn.app.alerts.messages import Alert, document

ANSWER_WITHIN_S = 10.0  # from the first byte sent to the last byte of the answer's head
MAX_CONNECTIONS = 100
SIGNATURE_VERSION = "v1"
NS = 1_000_000_000


def new_client() -> httpx.AsyncClient:
    limits = httpx.Limits(max_connections=MAX_CONNECTIONS, max_keepalive_connections=0)
    return httpx.AsyncClient(timeout=ANSWER_WITHIN_S, follow_redirects=False, limits=limits)


async def post(client: httpx.AsyncClient, alert: Alert, public_url: str, now_ns: int) -> int:
    """The status that it was answered with; raises NotSent unless that is a success. The answer's body is not read."""
    body = orjson.dumps(document(alert, public_url, now_ns), default=str)
    try:
        async with (
            asyncio.timeout(ANSWER_WITHIN_S),
            client.stream("POST", alert.channel.url, content=body, headers=_headers(alert, body, now_ns)) as answer,
        ):
            status = answer.status_code
    except TimeoutError as error:
        raise NotSent(f"it did not answer within {ANSWER_WITHIN_S:g} s") from error
    except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
        raise NotSent(f"it cannot be reached: {type(error).__name__}") from error
    if 300 <= status < 400:
        raise NotSent(f"it answered {status}: redirects are not followed", status)
    if not 200 <= status < 300:
        raise NotSent(f"it answered {status}", status)
    return status


def signature(secret: str, timestamp: int, body: bytes) -> str:
    """HMAC-SHA256 over the timestamp, a point and the body, as docs/alerts.md tells receivers."""
    signed = hmac.new(secret.encode(), f"{timestamp}.".encode() + body, hashlib.sha256)
    return f"{SIGNATURE_VERSION}={signed.hexdigest()}"


def _headers(alert: Alert, body: bytes, now_ns: int) -> dict[str, str]:
    headers = {
        "content-type": "application/json",
        "user-agent": "Sojourn",
        "idempotency-key": alert.idempotency_key,
        "sojourn-delivery": alert.delivery_id,
    }
    if alert.channel.secret:
        timestamp = now_ns // NS
        headers["sojourn-timestamp"] = str(timestamp)
        headers["sojourn-signature"] = signature(alert.channel.secret, timestamp, body)
    return headers
