"""The routes of Itential's wire."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Depends

from sojourn.gateways.itential import login, operations, sessions, work_items

MOUNT = "/itential"
router = APIRouter()
router.include_router(login.router)
for part in (sessions, operations, work_items):
    router.include_router(part.router, dependencies=[Depends(login.person)])  # a token that cannot be read is refused


def error_body(status: int, code: str, message: str) -> Any:
    return {"message": message, "code": code}
