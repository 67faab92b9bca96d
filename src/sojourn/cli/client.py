"""Talks to a running server."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx

from sojourn.cli.errors import Unreachable
from sojourn.settings import InvalidSetting, read_settings

URL_VARIABLE = "SOJOURN_URL"
API_KEY_VARIABLE = "SOJOURN_API_KEY"
WORKSPACE_VARIABLE = "SOJOURN_WORKSPACE"  # of several that the key's owner may enter
CONNECT_TIMEOUT_S = 2
ANSWER_TIMEOUT_S = 300
PAGE = 500
CHUNK_BYTES = 1 << 20
NO_CONTENT = 204
NOT_FOUND = 404
STREAM_SILENCE_S = 60  # the server sends a comment every 15 s
Parameters = dict[str, Any]
Json = dict[str, Any]


def server_url(flag: str | None) -> str:
    """The flag, else $SOJOURN_URL, else where `sojourn serve` listens by the same environment."""
    named = flag or os.environ.get(URL_VARIABLE)
    if named:
        return named.rstrip("/")
    settings = read_settings(os.environ)
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return f"http://{host}:{settings.port}"


def _credentials() -> dict[str, str]:
    key = os.environ.get(API_KEY_VARIABLE, "").strip()
    return {"authorization": f"Bearer {key}"} if key else {}


def _workspace() -> dict[str, str]:
    named = os.environ.get(WORKSPACE_VARIABLE, "").strip()
    return {"workspace": named} if named else {}


class Client:
    def __init__(self, url: str) -> None:
        try:
            timeout = httpx.Timeout(ANSWER_TIMEOUT_S, connect=CONNECT_TIMEOUT_S)
            self._http = httpx.Client(base_url=url, timeout=timeout, headers=_credentials(), params=_workspace())
        except (httpx.InvalidURL, ValueError) as error:
            raise InvalidSetting(f"{url!r} is no URL: {error}") from error
        self.url = url

    def close(self) -> None:
        self._http.close()

    def is_there(self) -> bool:
        """Whether a Sojourn answers."""
        try:
            return bool(self._http.get("/healthz").json() == {"status": "ok"})
        except (httpx.HTTPError, ValueError):
            return False

    def get(self, path: str, parameters: Parameters | None = None) -> Json:
        with self._told():
            return _read(self._http.get(path, params=_given(parameters)))

    def find(self, path: str) -> Json | None:
        """The answer; None if there is no such thing."""
        with self._told():
            answer = self._http.get(path)
            return None if answer.status_code == NOT_FOUND else _read(answer)

    def pages(self, path: str, parameters: Parameters | None = None, cursor_name: str = "cursor") -> Iterator[Json]:
        """Every item of a list, page after page."""
        wanted = {"limit": PAGE, **(parameters or {})}
        while True:
            page = self.get(path, wanted)
            yield from page["items"]
            if not page.get("next_cursor"):
                return
            wanted[cursor_name] = page["next_cursor"]

    def stream(self, path: str, parameters: Parameters | None = None) -> Iterator[bytes]:
        with self._told(), self._http.stream("GET", path, params=_given(parameters)) as answer:
            if answer.is_error:
                answer.read()
                _read(answer)
            yield from answer.iter_bytes()

    def post(self, path: str, parameters: Parameters, chunks: Iterable[bytes]) -> Json:
        headers = {"content-type": "application/octet-stream"}
        with self._told():
            return _read(self._http.post(path, params=_given(parameters), content=chunks, headers=headers))

    def ask(self, method: str, path: str, body: Json | None = None) -> Json:
        """A request with a JSON body; an answer without one is {}."""
        with self._told():
            answer = self._http.request(method, path, json=body)
            return {} if answer.status_code == NO_CONTENT else _read(answer)

    def follow(self, path: str, parameters: Parameters | None = None) -> Iterator[tuple[str, Json]]:
        """Server-sent events: their names and data, until the server ends the stream."""
        timeout = httpx.Timeout(STREAM_SILENCE_S, connect=CONNECT_TIMEOUT_S)
        with self._told(), self._http.stream("GET", path, params=_given(parameters), timeout=timeout) as answer:
            if answer.is_error:
                answer.read()
                _read(answer)
            name = ""
            for line in answer.iter_lines():
                field, _, value = line.partition(": ")
                if field == "event":
                    name = value
                elif field == "data":
                    yield name, json.loads(value)

    def _told(self) -> _Told:
        return _Told(self.url)


class _Told:
    """Turns what goes wrong on the way into one sentence."""

    def __init__(self, url: str) -> None:
        self._url = url

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout):
            mend = f"start one with `sojourn serve`, or name it with --url or {URL_VARIABLE}"
            raise Unreachable(f"no server answers at {self._url}; {mend}") from error
        if isinstance(error, httpx.HTTPError):
            raise Unreachable(f"the server at {self._url} did not answer: {error or type(error).__name__}") from error


def session_path(id_or_key: str) -> str:
    return f"/api/v1/sessions/{quote(id_or_key, safe='')}"


def chunks_of(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            yield chunk


def _given(parameters: Parameters | None) -> Parameters:
    return {name: value for name, value in (parameters or {}).items() if value not in (None, "", [], ())}


def _read(answer: httpx.Response) -> Json:
    try:
        found = answer.json()
    except ValueError as error:
        raise Unreachable(f"{answer.url} is no Sojourn: it answered {answer.status_code} without JSON") from error
    if answer.is_error:
        message = found.get("message") if isinstance(found, dict) else None
        raise Unreachable(message or f"the server answered {answer.status_code}")
    if not isinstance(found, dict):
        raise Unreachable(f"{answer.url} is no Sojourn: it answered {type(found).__name__}")
    return found
