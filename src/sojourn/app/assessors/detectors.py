"""Secrets and personal data by the forms in which they are issued. What was found is named, never quoted."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from sojourn.domain.assessments import CATEGORIES, Assessor, Intent, Verdict

# Every repetition is bounded: the text is a stranger's.
PATTERNS: Mapping[str, re.Pattern[str]] = {
    "private_key": re.compile(r"-----BEGIN (?:[A-Z]{2,12} ){0,2}PRIVATE KEY(?: BLOCK)?-----"),
    "aws_access_key": re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"),
    "github_token": re.compile(r"\b(?:gh[pousr]_[A-Za-z0-9]{36,255}|github_pat_[A-Za-z0-9_]{22,255})"),
    "slack_token": re.compile(r"\bxox[abeoprs]-[A-Za-z0-9-]{10,250}"),
    "google_api_key": re.compile(r"\bAIza[0-9A-Za-z_-]{35}"),
    "stripe_key": re.compile(r"\b[rs]k_(?:live|test)_[0-9A-Za-z]{16,255}"),
    "model_api_key": re.compile(r"\bsk-(?:ant-|proj-|or-)?[A-Za-z0-9_-]{20,255}"),
    "jwt": re.compile(r"\beyJ[A-Za-z0-9_-]{8,4000}\.eyJ[A-Za-z0-9_-]{8,4000}\.[A-Za-z0-9_-]{8,1000}"),
    "url_password": re.compile(r"\b[a-z][a-z0-9+.-]{1,20}://[^\s:/@]{1,100}:[^\s/@]{3,100}@"),
    "password": re.compile(
        r"(?i)\b(?:password|passwd|api[_-]?key|secret)[\"']?\s{0,3}[:=]\s{0,3}[\"']?[^\s\"',;]{8,200}"
    ),
    "email": re.compile(r"(?<![\w.+%-])[\w.+%-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}\b"),
    "phone": re.compile(r"(?<![\w+])\+[1-9]\d{0,2}[ .-]?\(?\d{1,4}\)?(?:[ .-]?\d{2,4}){2,4}(?!\d)"),
    "credit_card": re.compile(r"(?<![\w.-])(?:4\d|5[1-5]|2[2-7]|3[47]|35|6[05])\d{2}(?:[ -]?\d{3,6}){2,3}(?![\w-])"),
    "iban": re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b"),
    "us_ssn": re.compile(r"(?<![\d-])(?!000|666|9)\d{3}-(?!00)\d{2}-(?!0000)\d{4}(?![\d-])"),
}


def detect(assessor: Assessor, text: str) -> Verdict:
    counts = found_in(text, assessor.config.get("categories") or CATEGORIES)
    if not counts:
        return Verdict(Intent.ALLOW, "found nothing")
    return Verdict(assessor.intent, f"found: {', '.join(category.replace('_', ' ') for category in counts)}")


def found_in(text: str, categories: Sequence[str]) -> Counter[str]:
    """How often each category occurs."""
    counts: Counter[str] = Counter()
    for category in categories:
        is_real = CHECKS.get(category, bool)
        if count := sum(is_real(match.group()) for match in PATTERNS[category].finditer(text)):
            counts[category] = count
    return counts


def _has_luhn_digit(number: str) -> bool:
    digits = [int(character) for character in number if character.isdigit()]
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[-2::-2]]
    return 13 <= len(digits) <= 16 and (sum(doubled) + sum(digits[-1::-2])) % 10 == 0


def _has_iban_digits(number: str) -> bool:
    plain = number.replace(" ", "")
    turned = plain[4:] + plain[:4]
    return 15 <= len(plain) <= 34 and int("".join(str(int(one, 36)) for one in turned)) % 97 == 1


CHECKS: Mapping[str, Callable[[str], bool]] = {"credit_card": _has_luhn_digit, "iban": _has_iban_digits}
