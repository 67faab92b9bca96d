"""The HTTP application: every route, what is around them, and the web app for the rest."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from sojourn import __version__
from sojourn.api import (
    access,
    actions,
    alerts,
    assessors,
    decisions,
    experiments,
    failures,
    files,
    health,
    live,
    native,
    openai_traces,
    otlp,
    policies,
    policy_trials,
    reads,
    recent_assessments,
    runtimes,
    saved_views,
    signals,
    tasks,
)
from sojourn.api.answers import CLOSED
from sojourn.api.authentication import Authentication
from sojourn.api.bodies import Bodies
from sojourn.api.dependencies import Services
from sojourn.api.measures import Measures
from sojourn.api.request_log import RequestLog
from sojourn.api.security import LocalOnly
from sojourn.api.serving import Serving
from sojourn.api.web import WebApp

WORKSPACE = "workspace"  # every route with this parameter asks who is there
CLOSED_ANSWERS: dict[str, Any] = {
    f"Closed{status}": {
        "description": description,
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}},
    }
    for status, description in CLOSED.items()
}
CLOSED_RESPONSES = {str(status): {"$ref": f"#/components/responses/Closed{status}"} for status in CLOSED}
DESCRIPTION = "See, understand and steer every session of your AI agents."


def create_app(services: Services) -> FastAPI:
    settings = services.settings
    app = FastAPI(
        title="Sojourn",
        version=__version__,
        description=DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    measures = Measures()
    bodies = Bodies(settings.max_body_bytes, settings.max_bytes_in_flight, settings.decode_threads)
    measures.watch(lambda: health.totals(services), lambda: health.levels(services, lambda: bodies.room.taken_bytes))
    app.state.services = services
    app.state.serving = Serving(bodies, measures)
    # What takes a session's key as a path comes last: a key may match anything.
    for module in (
        access,
        otlp,
        openai_traces,
        native,
        files,
        live,
        health,
        runtimes,
        tasks,
        saved_views,
        policies,
        policy_trials,
        signals,
        decisions,
        experiments,
        assessors,
        recent_assessments,
        alerts,
        actions,
        reads,
    ):
        app.include_router(module.router)
    app.router.default = WebApp()
    failures.install(app)
    app.add_middleware(Authentication, door=services.door)
    is_any_host = settings.auth != "local" and not settings.is_loopback
    app.add_middleware(LocalOnly, allowed_hosts=settings.allowed_hosts, is_any_host=is_any_host)
    app.add_middleware(RequestLog, measures=measures)  # outermost: it notes refusals too
    app.openapi = lambda: _described(app)  # type: ignore[method-assign]
    return app


def _described(app: FastAPI) -> dict[str, Any]:
    if app.openapi_schema is None:
        schema = get_openapi(title=app.title, version=app.version, description=DESCRIPTION, routes=app.routes)
        schema["components"]["schemas"] |= native.DEFINITIONS
        schema["components"]["responses"] = CLOSED_ANSWERS
        for methods in schema["paths"].values():
            for operation in methods.values():
                if WORKSPACE in {parameter["name"] for parameter in operation.get("parameters", ())}:
                    operation["responses"] = CLOSED_RESPONSES | operation["responses"]
        app.openapi_schema = schema
    return app.openapi_schema
