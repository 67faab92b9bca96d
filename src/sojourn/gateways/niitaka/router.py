"""The routes of Niitaka's wire."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

MOUNT = "/niitaka"
router = APIRouter()


def error_body(status: int, code: str, message: str) -> Any:
    return {"detail": message, "code": code}
