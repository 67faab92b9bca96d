"""No route is open by oversight: each says what its caller needs, or stands here with the reason why it does not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from fastapi.dependencies.models import Dependant
from fastapi.routing import RouteContext, iter_route_contexts
from starlette.routing import BaseRoute, Mount

from sojourn.api.app import create_app
from sojourn.api.dependencies import Services
from sojourn.gateways import mounting
from sojourn.settings import Settings

OPEN = {
    ("GET", "/healthz"): "load balancers ask it; it tells nothing",
    ("GET", "/readyz"): "load balancers ask it; it tells nothing",
    ("GET", "/openapi.json"): "what every installation has",
    ("HEAD", "/openapi.json"): "what every installation has",
    ("GET", "/api/v1/me"): "tells whether a login is needed",
    ("POST", "/api/v1/login"): "the way in",
    ("POST", "/api/v1/logout"): "the way out",
    ("PUT", "/api/v1/me/password"): "asks for the old password",
    ("POST", "/itential/login"): "the way in",
    ("POST", "/itential/oauth/token"): "the way in",
}


def test_every_route_says_what_its_caller_needs() -> None:
    services = Services(None, None, None, None, None, Settings(), lambda: 0, None)  # type: ignore[arg-type]
    app = create_app(services)
    mounting.mount(app)

    silent = {
        (method, path)
        for path, route in routes(app.routes, "")
        for method in getattr(route, "methods", None) or {"WEBSOCKET"}
        if not asks(route)
    }

    assert silent == set(OPEN)


def routes(found: Sequence[BaseRoute], prefix: str) -> Iterator[tuple[str, RouteContext]]:
    for context in iter_route_contexts(found):
        if isinstance(context.route, Mount):
            yield from routes(context.route.routes, prefix + context.route.path)
        else:
            yield prefix + (context.path or ""), context


def asks(route: RouteContext) -> bool:
    dependant = getattr(route, "dependant", None)
    return dependant is not None and any(hasattr(call, "needs") for call in calls(dependant))


def calls(dependant: Dependant) -> Iterator[Any]:
    yield dependant.call
    for below in dependant.dependencies:
        yield from calls(below)
