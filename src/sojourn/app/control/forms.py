"""Forms: JSON Schemas of strangers, and answers to them. Nothing is fetched, and a pattern takes bounded time."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import re2  # type: ignore[import-untyped]
from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import SchemaError, ValidationError, best_match
from jsonschema.protocols import Validator
from jsonschema.validators import extend
from referencing import Registry
from referencing.exceptions import Unresolvable
from referencing.jsonschema import DRAFT202012

from sojourn.app.errors import Invalid

MAX_MESSAGE_CHARS = 500
REMEMBERED_PATTERNS = 512
NOWHERE_ELSE: Registry[Any] = Registry()
Form = dict[str, Any]


def check_form(form: Form | None) -> None:
    """Raises Invalid if it is no JSON Schema that we can use."""
    if form is None:
        return
    _check_patterns_apart(form)
    try:
        Draft202012Validator.check_schema(form, format_checker=PATTERNS)
    except SchemaError as error:
        raise Invalid(_schema_fault(error)) from error
    resolver = NOWHERE_ELSE.resolver_with_root(DRAFT202012.create_resource(form))
    for reference in _values_of(form, "$ref", "$dynamicRef"):
        try:
            resolver.lookup(reference)
        except Unresolvable as error:
            raise Invalid(f"form refers to what it does not hold: {reference}"[:MAX_MESSAGE_CHARS]) from error


def check_outcome(form: Form | None, outcome: Any) -> None:
    """Raises Invalid if the answer does not fit the form."""
    if form is None:
        return
    try:
        fault = best_match(BoundedValidator(form, registry=NOWHERE_ELSE).iter_errors(outcome))
    except RecursionError as error:
        raise Invalid("the form of the task refers to itself without an end") from error
    if fault is not None:
        where = "/".join(map(str, fault.absolute_path))
        told = f"the outcome does not fit the form: {where + ': ' if where else ''}{fault.message}"
        raise Invalid(told[:MAX_MESSAGE_CHARS])


def _check_patterns_apart(form: Form) -> None:
    """What is left unevaluated is found by an engine that we cannot replace, and whose time has no bound."""
    if all(list(_values_of(form, name)) for name in ("unevaluatedProperties", "patternProperties")):
        raise Invalid("form: unevaluatedProperties beside patternProperties cannot be used")


def _schema_fault(error: SchemaError) -> str:
    where = "/".join(map(str, ("form", *error.absolute_path)))
    if error.validator == "format" and isinstance(error.instance, str):
        return f"{where}: {_refusal(error.instance)}"[:MAX_MESSAGE_CHARS]
    return f"{where} is no JSON Schema: {error.message}"[:MAX_MESSAGE_CHARS]


def _values_of(form: Any, *names: str) -> Iterator[Any]:
    """Wherever they stand, whether it is a schema or not."""
    if isinstance(form, dict):
        yield from (value for name, value in form.items() if name in names)
    for below in form.values() if isinstance(form, dict) else form if isinstance(form, list) else ():
        yield from _values_of(below, *names)


def _matches(pattern: str, text: str) -> bool:
    try:
        return _compiled(pattern).search(text) is not None
    except re2.error as error:
        raise Invalid(f"form: {_refusal(pattern)}"[:MAX_MESSAGE_CHARS]) from error


@lru_cache(maxsize=REMEMBERED_PATTERNS)
def _compiled(pattern: str) -> Any:
    """RE2 takes time in proportion to the text, whatever the pattern."""
    options = re2.Options()
    options.log_errors = False
    return re2.compile(pattern, options)


def _refusal(pattern: str) -> str:
    try:
        _compiled(pattern)
    except re2.error as error:
        reason = error.args[0].decode(errors="replace") if error.args else "unknown"
        return f"{pattern[:100]!r} is no pattern that we can use (RE2): {reason}"
    return f"{pattern[:100]!r} is no pattern"


def _pattern(validator: Validator, pattern: str, instance: Any, _: Form) -> Iterator[ValidationError]:
    if validator.is_type(instance, "string") and not _matches(pattern, instance):
        yield ValidationError(f"{instance!r} does not match {pattern!r}")


def _pattern_properties(validator: Validator, patterns: Form, instance: Any, _: Form) -> Iterator[ValidationError]:
    if validator.is_type(instance, "object"):
        for pattern, below in patterns.items():
            for name in (name for name in instance if _matches(pattern, name)):
                yield from validator.descend(instance[name], below, path=name, schema_path=pattern)


def _additional_properties(validator: Validator, below: Any, instance: Any, schema: Form) -> Iterator[ValidationError]:
    if not validator.is_type(instance, "object"):
        return
    known, patterns = schema.get("properties", {}), schema.get("patternProperties", {})
    extra = [name for name in instance if name not in known and not any(_matches(one, name) for one in patterns)]
    if validator.is_type(below, "object"):
        for name in extra:
            yield from validator.descend(instance[name], below, path=name)
    elif below is False and extra:
        yield ValidationError(f"not asked for: {', '.join(map(repr, sorted(extra)))}")


def _is_pattern(value: Any) -> bool:
    return not isinstance(value, str) or bool(_compiled(value))


PATTERNS = FormatChecker(formats=())
PATTERNS.checks("regex", raises=re2.error)(_is_pattern)
BoundedValidator = extend(
    Draft202012Validator,
    {
        "pattern": _pattern,
        "patternProperties": _pattern_properties,
        "additionalProperties": _additional_properties,
    },
)
