"""Our own attributes, laid over what another convention has read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sojourn.conventions.draft import Draft
from sojourn.conventions.values import object_of, text_of

PREFIX = "sojourn.session."
OWN_STATUSES = frozenset({"waiting", "canceled"})  # what OpenTelemetry's own status cannot say
CONSUMED = frozenset({"sojourn.event.type", "sojourn.event.status", "sojourn.details", "sojourn.span.pending"})
FIELDS = frozenset(
    {
        "goal",
        "agent_id",
        "channel",
        "environment",
        "kind",
        "user_id",
        "origin",
        "trigger_type",
        "trigger_source",
        "parent_session_key",
        "experiment_id",
        "variant",
    }
)


def take_own(draft: Draft, attributes: Mapping[str, Any]) -> None:
    for name in FIELDS:
        if value := text_of(attributes.get(PREFIX + name)):
            draft.session_fields[name] = value
    if kind := text_of(attributes.get("sojourn.event.type")):
        draft.type = kind
    if details := object_of(attributes.get("sojourn.details")):
        draft.details |= details
    if (status := text_of(attributes.get("sojourn.event.status"))) in OWN_STATUSES:
        draft.status = status
    draft.consumed |= CONSUMED & attributes.keys()
