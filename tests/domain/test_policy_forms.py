"""What policies and assessors are made of: forms that say what they ask, and guides that leave nothing out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sojourn.app.assessors.trace_documents import EXAMPLE
from sojourn.domain.assessments import CONFIGS, AssessorKind, Intent, Role
from sojourn.domain.policies import PolicyType, Rung
from sojourn.domain.policy_forms import ACTIONS, CONDITIONS

DOCS = Path(__file__).parents[2] / "docs"


def properties(schemas: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    for schema in schemas.values():
        yield from schema["properties"].items()


def test_every_field_of_a_form_has_a_title() -> None:
    fields = [*properties(CONDITIONS), *properties(ACTIONS), *properties(CONFIGS)]

    assert [name for name, field in fields if not field.get("title")] == []


def test_every_policy_type_has_a_condition_and_an_action() -> None:
    assert set(CONDITIONS) == set(ACTIONS) == set(PolicyType)
    assert set(CONFIGS) == set(AssessorKind)


def test_the_guide_to_policies_names_every_type_rung_and_field() -> None:
    guide = (DOCS / "policies.md").read_text()
    in_sdk = {"max_retries", "backoff_seconds", "backoff", "on_errors", "fallback_model", "type"}
    fields = {name for name, _ in (*properties(CONDITIONS), *properties(ACTIONS))} - in_sdk

    assert [word for word in (*PolicyType, *Rung, *sorted(fields)) if f"`{word}`" not in guide] == []


def test_the_guide_to_assessors_names_every_kind_and_everything_a_rule_may_speak_of() -> None:
    guide = (DOCS / "assessors.md").read_text()
    fields = {name for name, _ in properties(CONFIGS)}

    assert [word for word in (*AssessorKind, *sorted(fields), *sorted(EXAMPLE)) if f"`{word}`" not in guide] == []
    assert [word for word in (*Intent, *Role) if word not in guide] == []
