"""Paths that name a session by its UUID or by its key, which may hold colons, slashes and anything else."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import unquote

from fastapi import Depends, Path
from fastapi.routing import APIRoute
from starlette.routing import Match
from starlette.types import Scope

from sojourn.api.dependencies import Asking, Served, Services, Workspace
from sojourn.app.access import admission
from sojourn.app.views.sessions import find_session
from sojourn.domain.access import Principal
from sojourn.domain.sessions import Session


class EncodedPathRoute(APIRoute):
    """Matches segments as they were sent, so that an encoded slash does not end one.

    ASGI servers decode `path` before routing; `raw_path` still tells `a%2Fb` from `a/b`. A slash that a proxy decoded
    works too as long as what follows is no view of a session: paths are declared most specific first.
    """

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        raw_path = scope.get("raw_path")
        if scope["type"] != "http" or not raw_path or b"%" not in raw_path:
            return super().matches(scope)
        match, child_scope = super().matches({**scope, "path": path_with_encoded_segments(raw_path)})
        if match != Match.NONE:
            params = child_scope["path_params"]
            child_scope["path_params"] = {name: unquote(value) for name, value in params.items()}
        return match, child_scope


def path_with_encoded_segments(raw_path: bytes) -> str:
    """The path, decoded except for slashes and percent signs inside a segment."""
    segments = raw_path.decode("latin-1").split("/")
    return "/".join(unquote(segment).replace("%", "%25").replace("/", "%2F") for segment in segments)


SessionPath = Annotated[str, Path(description="UUID of the session, or its URL-encoded key")]


def any_session(served: Served, workspace_id: Workspace, id: SessionPath) -> Session:
    return find_session(served.ledger, workspace_id, id)


def session_at(session: Annotated[Session, Depends(any_session)], asking: Asking) -> Session:
    admission.check_called(asking, session)
    return session


def session_of_feed(served: Services, asking: Principal | None, workspace_id: str, id_or_key: str) -> str:
    """The id of the session that a feed is asked about, or "" for all: those see who may see called sessions too."""
    if not id_or_key:
        admission.check_feed(asking, workspace_id)
        return ""
    session = find_session(served.ledger, workspace_id, id_or_key)
    admission.check_called(asking, session)
    return session.id


NamedSession = Annotated[Session, Depends(session_at)]  # one whose doings the caller may see
AnySession = Annotated[Session, Depends(any_session)]  # for those who send, not read
