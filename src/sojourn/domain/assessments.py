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
MAX_TIMEOUT_S = 30


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


def _text(title: str, description: str, max_chars: int, **more: Any) -> dict[str, Any]:
    told = {"title": title, "description": description, "type": "string", "minLength": 1, "maxLength": max_chars}
    return {**told, **more}


def _seconds(default: float) -> dict[str, Any]:
    told = {"title": "Time limit in seconds", "description": "After it the assessment counts as failed."}
    return {**told, "type": "number", "exclusiveMinimum": 0, "maximum": MAX_TIMEOUT_S, "default": default}


_FOUND = {
    "title": "What it says when it finds something",
    "description": "An enforcer's escalation asks a person; its block rejects the trace.",
    "type": "string",
    "enum": [str(Intent.ESCALATE), str(Intent.BLOCK)],
    "default": str(Intent.ESCALATE),
}
# What each kind's config looks like (JSON Schema).
CONFIGS: Mapping[AssessorKind, dict[str, Any]] = {
    AssessorKind.RULE: {
        **_object(
            cel=_text(
                "CEL expression",
                "It finds something when this is true of the trace, for example: "
                'trace.cost_usd > 2.0 || trace.events.exists(e, e.tool_name == "delete_user")',
                2_000,
                format="cel",
            ),
            pattern=_text(
                "Pattern",
                "A regular expression (RE2), looked for in everything that was said in the trace. (?i) ignores case.",
                2_000,
                format="code",
            ),
            intent=_FOUND,
            reason=_text("Reason", "Told with the assessment.", 500),
        ),
        "oneOf": [{"required": ["cel"]}, {"required": ["pattern"]}],
    },
    AssessorKind.DETECTOR: _object(
        categories={
            "title": "What to look for",
            "description": "None chosen means all of them. What is found is named and never quoted.",
            "type": "array",
            "items": {"type": "string", "enum": list(CATEGORIES)},
            "minItems": 1,
            "uniqueItems": True,
        },
        intent=_FOUND,
    ),
    AssessorKind.WEBHOOK: _object(
        ("url",),
        url=_text(
            "Address",
            "It is sent the trace as JSON and answers with an intent: allow, escalate or block.",
            2_000,
            pattern="^https?://[^/\\s]",
        ),
        timeout_s=_seconds(WEBHOOK_TIMEOUT_S),
    ),
    AssessorKind.JUDGE: _object(
        ("criteria",),
        criteria=_text(
            "Criteria",
            "What the model judges the trace by. The model is the one at SOJOURN_SUMMARISER_URL.",
            8_000,
        ),
        timeout_s=_seconds(JUDGE_TIMEOUT_S),
    ),
}
