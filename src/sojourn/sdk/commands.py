"""What an operator asks of a session, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Command:
    id: str
    session_key: str
    verb: str  # pause, resume, cancel, reset or compact
    actor: str = ""
    reason: str = ""
    arguments: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Receipt:
    command_id: str
    outcome: str  # applied or refused
    at: str  # RFC 3339
    reason: str = ""
    detail: Mapping[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        return {
            "command_id": self.command_id,
            "outcome": self.outcome,
            "at": self.at,
            "reason": self.reason,
            "detail": dict(self.detail),
        }


def applied(command: Command, detail: Mapping[str, Any] | None = None) -> Receipt:
    return Receipt(command.id, "applied", _now(), detail=detail or {})


def refused(command: Command, reason: str) -> Receipt:
    return Receipt(command.id, "refused", _now(), reason)


def read_command(told: Any) -> Command | None:
    """None for what is no command."""
    if not isinstance(told, dict) or not told.get("id") or not told.get("session"):
        return None
    arguments = told.get("arguments")
    return Command(
        id=str(told["id"]),
        session_key=str(told["session"]),
        verb=str(told.get("verb") or ""),
        actor=str(told.get("actor") or ""),
        reason=str(told.get("reason") or ""),
        arguments=arguments if isinstance(arguments, dict) else {},
    )


def _now() -> str:
    return datetime.now(UTC).isoformat().replace("+00:00", "Z")
