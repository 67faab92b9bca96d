"""Assessors: who looks at each trace, what they may say of it, and what several of them come to together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class AssessorKind(StrEnum):
    RULE = "rule"  # an expression (CEL) or a regular expression
    DETECTOR = "detector"  # secrets and personal data, by well-known patterns
    WEBHOOK = "webhook"  # somebody else's service
    JUDGE = "judge"  # a model behind the summariser's endpoint


class Role(StrEnum):
    OBSERVER = "observer"  # its word is noted
    ENFORCER = "enforcer"  # its word counts


class Intent(StrEnum):
    """What an assessor says of a trace, the least restrictive first."""

    ALLOW = "allow"
    ESCALATE = "escalate"  # a human should look
    BLOCK = "block"


RESTRICTION = tuple(Intent)
PERSONAL = ("email", "phone", "credit_card", "iban", "us_ssn")
SECRETS = (
    "private_key",
    "aws_access_key",
    "github_token",
    "slack_token",
    "google_api_key",
    "stripe_key",
    "model_api_key",
    "jwt",
    "url_password",
    "password",
)
CATEGORIES = (*SECRETS, *PERSONAL)
WEBHOOK_TIMEOUT_S = 5.0
JUDGE_TIMEOUT_S = 20.0


@dataclass(frozen=True, slots=True)
class Assessor:
    id: str
    workspace_id: str
    name: str
    kind: str  # an AssessorKind
    role: str = Role.OBSERVER
    is_active: bool = True
    config: dict[str, Any] = field(default_factory=dict)
    created_by: str = ""
    created_at_ns: int = 0
    updated_at_ns: int = 0

    @property
    def intent(self) -> Intent:
        """What a rule or detector says when it has found something."""
        return Intent(self.config.get("intent", Intent.ESCALATE))


@dataclass(frozen=True, slots=True)
class Verdict:
    intent: Intent | None  # None: it failed to say anything
    explanation: str = ""
    score: float | None = None


@dataclass(frozen=True, slots=True)
class Assessment:
    """What one assessor said of one state of a trace."""

    assessor: Assessor
    verdict: Verdict
    at_ns: int
    duration_ms: float


def outcome_of(assessments: Iterable[Assessment]) -> Intent | None:
    """The most restrictive word of an enforcer; None if none of them said anything."""
    said = [
        one.verdict.intent
        for one in assessments
        if one.assessor.role == Role.ENFORCER and one.verdict.intent is not None
    ]
    return max(said, key=RESTRICTION.index, default=None)


def _object(required: tuple[str, ...] = (), **properties: Any) -> dict[str, Any]:
    return {"type": "object", "required": list(required), "additionalProperties": False, "properties": properties}


def _text(max_chars: int) -> dict[str, Any]:
    return {"type": "string", "minLength": 1, "maxLength": max_chars}


def _seconds(most: int) -> dict[str, Any]:
    return {"type": "number", "exclusiveMinimum": 0, "maximum": most}


_FOUND = {"type": "string", "enum": [str(Intent.ESCALATE), str(Intent.BLOCK)]}
# What each kind's config looks like (JSON Schema).
CONFIGS: Mapping[AssessorKind, dict[str, Any]] = {
    AssessorKind.RULE: {
        **_object(cel=_text(2_000), pattern=_text(2_000), intent=_FOUND, reason=_text(500)),
        "oneOf": [{"required": ["cel"]}, {"required": ["pattern"]}],
    },
    AssessorKind.DETECTOR: _object(
        categories={"type": "array", "items": {"type": "string", "enum": list(CATEGORIES)}, "minItems": 1},
        intent=_FOUND,
    ),
    AssessorKind.WEBHOOK: _object(
        ("url",), url={"type": "string", "pattern": "^https?://[^/\\s]", "maxLength": 2_000}, timeout_s=_seconds(30)
    ),
    AssessorKind.JUDGE: _object(("criteria",), criteria=_text(8_000), timeout_s=_seconds(30)),
}
