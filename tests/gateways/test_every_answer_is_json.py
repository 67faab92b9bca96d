"""Whatever is sent to a gateway, its answer is JSON in its vendor's form, and the server does not fail."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import httpx
import pytest
from fastapi.openapi.utils import get_openapi
from tests.running_server import RunningServer, started

from sojourn.gateways.mounting import GATEWAYS, application

STREAMED = re.compile(r"application/(json|x-ndjson|jsonl)")
FORMS = {
    "comis": lambda body: body["error"],
    "itential": lambda body: body["message"] and body["code"],
    "kore": lambda body: body["error"]["message"] and body["error"]["code"],
    "niitaka": lambda body: body["detail"] and body["code"],
    "velatir": lambda body: body["message"] and body["code"],
}
MOUNTS = {name: f"/{name}" for name in GATEWAYS}
PARAMETER = re.compile(r"\{\w+\}")
VALUES = ["", "x", "\x00", "a/b", "%2F", "é" * 200, str(uuid4()), "-1", "99999999999999999999", "1e9", "null"]
BODIES: list[Any] = [None, [], "text", 7, True, {}, {"": ""}, [[[[]]]]]
TANGLED: list[Any] = [None, "", "\x00", "é" * 5_000, -1, 2**70, 1.5, True, [], {}, [{}], {"a": {"b": [1]}}, ["x"] * 50]
SEED = 7437
ROUNDS = 4  # each route in turn
MAX_BODY_BYTES = 200_000
NAMES = re.findall(
    r"\w+",
    """session_id sessionId id agent_id agentId status metrics data type subtype message config policies
    variants variant functionName args metadata direction webhookUrl toolCalls parentReviewTaskId action
    inputs name componentType actionId schema routeName enabled finishState variables key keys limit offset
    cursor user client_ts timestamp event_id cost parent_session_id tags experiment_id goal
    candidate_actions context jsonrpc method params weight status_override since_minutes sinceMs kind scope
    query eventType decisionKind include sortBy filters username""",
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    folder = tmp_path_factory.mktemp("tangled") / "data"
    with started(folder, SOJOURN_MAX_BODY_BYTES=str(MAX_BODY_BYTES)) as running:
        yield running


@cache
def routes(name: str) -> list[tuple[str, str]]:
    below = application(import_module(f"sojourn.gateways.{name}.router"))
    described = get_openapi(title=name, version="1", routes=below.routes)["paths"]
    return [(method.upper(), path) for path, methods in described.items() for method in methods]


def is_in_form(name: str, answer: httpx.Response) -> bool:
    """Of success or failure. JSON-RPC tells failures in a form of its own."""
    if answer.status_code == 204:
        return not answer.content
    if not STREAMED.match(answer.headers["content-type"]):
        return False
    if answer.is_success:
        is_one = answer.headers["content-type"].endswith("/json")
        for text in [answer.text] if is_one else answer.text.splitlines():
            json.loads(text)
        return True
    body = answer.json()
    return bool("jsonrpc" in body or FORMS[name](body))


@pytest.mark.parametrize("name", GATEWAYS)
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
@pytest.mark.parametrize("path", ["/", "/nothing", "/no/such/thing", "/api/v1/nothing", "/%00", "/..%2f..%2fetc"])
def test_a_path_that_is_none_is_not_found_in_the_vendors_form(
    server: RunningServer, name: str, method: str, path: str
) -> None:
    answer = server.request(method, f"{MOUNTS[name]}{path}")

    assert answer.status_code in (404, 405), answer.text
    assert FORMS[name](answer.json())


@pytest.mark.parametrize("name", GATEWAYS)
def test_a_method_that_a_path_does_not_take_is_told_in_the_vendors_form(server: RunningServer, name: str) -> None:
    known = routes(name)
    for path in {path for _, path in known}:
        plain = PARAMETER.sub("x", path)
        answer = server.request("TRACE", f"{MOUNTS[name]}{plain}")

        assert answer.status_code == 405, (path, answer.text)
        assert FORMS[name](answer.json()), path


@pytest.mark.parametrize("name", GATEWAYS)
@pytest.mark.parametrize(
    ("content", "content_type"),
    [
        (b"{not json", "application/json"),
        (b"\xff\xfe", "application/json"),
        (b"", "application/json"),
        (b"<a/>", "text/xml"),
        (b"a=1&b=2", "application/x-www-form-urlencoded"),
        (b"{}", "text/plain"),
        (b"{}", "nonsense"),
        (b'{"a":NaN}', "application/json"),
        (b"[" * 5_000, "application/json"),
        (b'{"a":' * 200 + b"1" + b"}" * 200, "application/json"),
    ],
)
def test_a_body_that_is_no_json_is_told_in_the_vendors_form(
    server: RunningServer, name: str, content: bytes, content_type: str
) -> None:
    for method, path in routes(name):
        if method in ("POST", "PUT", "PATCH"):
            url = f"{MOUNTS[name]}{PARAMETER.sub(uuid4().hex, path)}"
            answer = server.request(method, url, content=content, headers={"content-type": content_type})

            assert answer.status_code < 500, (method, path, answer.text)
            assert is_in_form(name, answer), (method, path, answer.text)


@pytest.mark.parametrize("name", GATEWAYS)
def test_nothing_that_is_sent_makes_the_server_fail(server: RunningServer, name: str) -> None:
    """Random, and the same at every run."""
    draw = random.Random(SEED)
    for method, path in routes(name) * ROUNDS:
        values = draw.choices(VALUES, k=8)
        url = PARAMETER.sub(lambda _: quote(draw.choice(VALUES[1:]), safe=draw.choice(("", "/"))), path)
        query = dict(zip(draw.choices(NAMES, k=3), values[:3], strict=True)) if draw.random() < 0.6 else {}
        body = {word: draw.choice(TANGLED) for word in draw.choices(NAMES, k=draw.randrange(1, 12))}
        sent = draw.choice([body, body, body, draw.choice(BODIES)])

        answer = server.request(method, f"{MOUNTS[name]}{url}", params=query, json=sent)

        assert answer.status_code < 500, (method, url, query, sent, answer.text)
        assert is_in_form(name, answer), (method, url, query, sent, answer.text)


@pytest.mark.parametrize("name", [name for name in GATEWAYS if name != "kore"])  # which takes no body
def test_a_body_over_the_limit_is_told_in_the_vendors_form(server: RunningServer, name: str) -> None:
    path = next(path for method, path in routes(name) if method == "POST")

    answer = server.post(f"{MOUNTS[name]}{PARAMETER.sub('x', path)}", content=b'"' + b"x" * MAX_BODY_BYTES + b'"')

    assert answer.status_code == 413, answer.text
    assert is_in_form(name, answer)
