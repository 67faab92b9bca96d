"""The routes of Niitaka's wire. Any X-API-Key is taken until there are logins."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from sojourn.gateways.niitaka import agents, events, policies, runtime_configs, sessions, signals

MOUNT = "/niitaka"
router = APIRouter()
for part in (sessions, events, signals, policies, runtime_configs, agents):
    router.include_router(part.router)


def error_body(status: int, code: str, message: str) -> Any:
    return {"detail": message, "code": code}
