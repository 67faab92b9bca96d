"""Which session a span or record names, and how strongly (docs/sessions.md; interop.md §8.2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sojourn.conventions.draft import Draft
from sojourn.conventions.values import first_text, object_of, text_of
from sojourn.domain.telemetry import Origin

OWN = "sojourn.session.id"
VENDOR_SPELLINGS = (
    "langfuse.session.id",
    "anthropic.session.id",
    "gcp.vertex.agent.session_id",
    "traceloop.association.properties.session_id",
    "langsmith.metadata.session_id",
    "langsmith.metadata.thread_id",
    "langsmith.metadata.conversation_id",
    "ai.settings.context.sessionId",
    "ai.settings.context.conversationId",
    "ai.settings.context.threadId",
    "ai.telemetry.metadata.sessionId",
    "ai.telemetry.metadata.conversationId",
    "ai.telemetry.metadata.threadId",
    "ai.telemetry.metadata.session_id",
    "ai.telemetry.metadata.thread_id",
    "traceloop.association.properties.thread_id",
    "traceloop.association.properties.conversation_id",
)
_VENDORS = frozenset(VENDOR_SPELLINGS)
METADATA_KEYS = ("session_id", "conversation_id", "thread_id")
CONVERSATIONS = ("gen_ai.conversation.id", "conversation.id")
# CrewAI falls back to these when it has no conversation; then its conversation id is none.
STAND_INS = ("task_id", "agent_id", "kickoff_id", "crewai.task.id", "crewai.agent.id", "crewai.kickoff_id", "crew_id")
USERS = (
    "user.id",
    "enduser.id",
    "langfuse.user.id",
    "traceloop.association.properties.user_id",
    "langsmith.metadata.user_id",
)
ENVIRONMENTS = ("deployment.environment.name", "deployment.environment", "langfuse.environment")


def take_session(draft: Draft, attributes: Mapping[str, Any], origin: Origin) -> None:
    """Set the draft's claim and conversation, and what the record says of its session in general."""
    draft.conversation_id = draft.conversation_id or _conversation(attributes)
    tier, key = _claim(attributes, origin.resource, draft.conversation_id)
    if tier and (draft.session_tier == 0 or tier < draft.session_tier):
        draft.session_tier, draft.session_key = tier, key
    _describe(draft, attributes, origin.resource)


def _claim(attributes: Mapping[str, Any], resource: Mapping[str, Any], conversation_id: str) -> tuple[int, str]:
    if key := first_text(attributes, OWN):
        return 1, key
    if key := first_text(attributes, "session.id"):
        return 2, key
    if not _VENDORS.isdisjoint(attributes) and (key := first_text(attributes, *VENDOR_SPELLINGS)):
        return 3, key
    if key := _in_metadata(attributes):
        return 3, key
    if conversation_id:
        return 4, conversation_id
    if key := first_text(resource, OWN, "session.id"):
        return 5, key
    return 0, ""


def _in_metadata(attributes: Mapping[str, Any]) -> str:
    metadata = attributes.get("metadata")
    return first_text(object_of(metadata), *METADATA_KEYS) if metadata is not None else ""


def _conversation(attributes: Mapping[str, Any]) -> str:
    conversation_id = first_text(attributes, *CONVERSATIONS)
    stands_in = conversation_id and conversation_id in {text_of(attributes.get(name)) for name in STAND_INS}
    return "" if stands_in else conversation_id


def _describe(draft: Draft, attributes: Mapping[str, Any], resource: Mapping[str, Any]) -> None:
    said = draft.session_fields
    service = first_text(resource, "service.name")
    if service and not service.startswith("unknown_service"):
        said.setdefault("service", service)
    if environment := first_text(attributes, *ENVIRONMENTS) or first_text(resource, *ENVIRONMENTS):
        said.setdefault("environment", environment)
    if user := first_text(attributes, *USERS):
        said.setdefault("user_id", user)
    said.setdefault("origin", "otlp")
