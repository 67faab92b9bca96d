"""Secrets and personal data are found by the forms in which they are issued."""

from __future__ import annotations

import pytest

from sojourn.app.assessors.detectors import PATTERNS, detect, found_in
from sojourn.domain.assessments import CATEGORIES, Assessor, Intent

# Put together here, so that nobody takes this file for a leak.
FOUND = {
    "private_key": "-----BEGIN RSA PRIVATE" + " KEY-----\nMIIE",
    "aws_access_key": "AKIA" + "IOSFODNN7EXAMPLE",
    "github_token": "ghp_" + "a1B2" * 9,
    "slack_token": "xoxb-" + "123456789012-abcdef",
    "google_api_key": "AIza" + "Sy0" * 11 + "ab",
    "stripe_key": "sk_live_" + "4eC39HqLyjWDarjtT1",
    "model_api_key": "sk-proj-" + "abcDEF1234567890abcdef",
    "jwt": "eyJhbGciOiJIUzI1NiJ9." + "eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N",
    "url_password": "postgres://ada:hunter22@db.example/x",
    "password": 'password: "correcthorse"',
    "email": "ada.lovelace@example.co.uk",
    "phone": "+44 20 7946 0958",
    "credit_card": "4111 1111 1111 1111",
    "iban": "DE89 3704 0044 0532 0130 00",
    "us_ssn": "078-05-1120",
}
HARMLESS = (
    "The order 4111 1111 1111 1112 was placed at 1763717726123456789.",
    "See https://example.org/a@b and version 1.2.3-4; trace 4bf92f3577b34da6a3ce929d0e0e4736.",
    "Call extension 078-5 or room DE12; the password is a secret.",
    "node@18 and @someone, DE88 3704 0044 0532 0130 00",
)


@pytest.mark.parametrize("category", CATEGORIES)
def test_each_category_is_found_in_the_middle_of_a_text(category: str) -> None:
    assert found_in(f"Please use {FOUND[category]} for it.", [category]) == {category: 1}


@pytest.mark.parametrize("text", HARMLESS)
def test_what_only_looks_alike_is_left_alone(text: str) -> None:
    assert found_in(text, CATEGORIES) == {}


def test_every_category_has_a_pattern() -> None:
    assert set(PATTERNS) == set(CATEGORIES) == set(FOUND)


def test_what_was_found_is_named_and_never_quoted() -> None:
    assessor = Assessor("a", "default", "pii", "detector", config={"categories": ["email"], "intent": "block"})

    verdict = detect(assessor, "ada@example.org and bob@example.org, card 4111111111111111")

    assert (verdict.intent, verdict.explanation) == (Intent.BLOCK, "found: email")
