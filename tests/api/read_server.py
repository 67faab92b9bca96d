"""A server with the read routes over real stores, and answers that are checked against their documented models."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.testclient import TestClient
from pydantic import BaseModel
from starlette.responses import Response
from tests.principals import may_everything

from sojourn.api import reads
from sojourn.api.answers import Json
from sojourn.api.dependencies import Services, asking
from sojourn.app.errors import SojournError
from sojourn.domain.sessions import Session
from sojourn.events.store import EventStore
from sojourn.ledger.ledger import Ledger

Reply = dict[str, Any]


class ReadServer:
    """What the tests of the read API talk to."""

    def __init__(self, ledger: Ledger, events: EventStore, workspace_id: str) -> None:
        self.ledger, self.events, self.workspace_id = ledger, events, workspace_id
        self.app = FastAPI()
        self.app.include_router(reads.router)
        self.app.add_exception_handler(SojournError, _told)
        self.app.add_exception_handler(RequestValidationError, _refused)
        self.app.dependency_overrides[asking] = lambda: may_everything(workspace_id)
        self.app.state.services = Services(ledger, events, None, None, None, None, lambda: 0, None)
        self.http = TestClient(self.app, raise_server_exceptions=False)

    def get(self, path: str, shape: type[BaseModel] | None = None, **parameters: Any) -> Reply:
        """The JSON of a successful answer, exactly of its model."""
        response = self.http.get(f"/api/v1{path}", params=parameters)
        assert response.status_code == 200, response.text
        answer: Reply = response.json()
        if shape is not None:
            shape.model_validate(answer)
        return answer

    def status(self, path: str, **parameters: Any) -> int:
        response = self.http.get(f"/api/v1{path}", params=parameters)
        if response.status_code >= 400:
            assert response.headers["content-type"] == "application/json", response.text
        return response.status_code

    def put(self, *sessions: Session) -> None:
        with self.ledger.begin() as conn:
            self.ledger.sessions.upsert(conn, [replace(session, revision=0) for session in sessions])


def _told(request: Request, error: Exception) -> Response:
    assert isinstance(error, SojournError)
    return Json({"code": error.code, "message": error.message, "details": error.details}, status_code=error.status)


def _refused(request: Request, error: Exception) -> Response:
    return Json({"code": "invalid", "message": "a parameter has a value that it cannot have"}, status_code=422)
