"""CEL, the language of conditions: read once, and checked for names that mean nothing before it is kept."""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Mapping
from contextvars import ContextVar
from functools import lru_cache
from typing import Any

import celpy
from celpy.adapter import json_to_cel
from celpy.celparser import CELParseError
from celpy.celtypes import BoolType, DoubleType, IntType, UintType
from celpy.evaluation import CELEvalError, base_functions

REMEMBERED_PROGRAMS = 512
MAX_STEPS = 10_000  # comparisons and the like of one computation: a second or two
TOO_LONG = f"it takes more than {MAX_STEPS} steps"
MAX_WORDS_CHARS = 40  # of an expression, quoted in what is wrong with it
MACROS = frozenset({"all", "exists", "exists_one", "filter", "map"})  # their first argument is a name of their own
FUNCTIONS = frozenset(base_functions) | MACROS | {"has", "dyn"}
TYPES = frozenset(
    {"bool", "bytes", "double", "duration", "int", "list", "map", "null_type", "string", "timestamp", "type", "uint"}
)
WHOLE = (IntType, UintType)
TYPE_WORDS = {
    "BoolType": "true or false",
    "DoubleType": "a decimal",
    "IntType": "a whole number",
    "ListType": "a list",
    "MapType": "an object",
    "StringType": "a text",
    "TimestampType": "a time",
    "UintType": "a whole number",
    "str": "a text",  # what adding two texts comes to
}
CLASS = re.compile(r"<class '(?:[\w.]+\.)?(\w+)'>")
_steps_left: ContextVar[list[int]] = ContextVar("steps_left")
UNREADABLE = (CELParseError, CELEvalError, RecursionError)


class TooLong(Exception):
    """It looks at more than anybody waits for, as loops within loops do."""


class Uncomputable(Exception):
    """Of this value the expression has no answer."""


def computed(text: str, root: str, value: Any) -> Any:
    """What the expression comes to where `root` is the value. Raises Uncomputable."""
    begun = _steps_left.set([MAX_STEPS])
    try:
        return _program(text).evaluate({root: json_to_cel(value)})
    except TooLong as failure:
        raise Uncomputable(TOO_LONG) from failure
    except (*UNREADABLE, TypeError, ValueError) as error:
        raise Uncomputable(str(error.args[0] if error.args else error).split(" (in activation")[0]) from error
    finally:
        _steps_left.reset(begun)


def holds(text: str, root: str, value: Any) -> bool:
    """Whether the expression is true of the value, and nothing else than true. Raises Uncomputable."""
    return isinstance(found := computed(text, root, value), BoolType) and bool(found)


def fault_of(text: str, root: str, example: Mapping[str, Any]) -> str:
    """What is wrong with it, in words; "" if nothing is. What never holds, or always does, nobody would notice.

    `example` has every field, each with a value of its type; what is null in it may be of any.
    """
    try:
        _program(text)
        tree: Any = celpy.Environment().compile(text)
    except CELParseError as error:
        return _unreadable(text, error)
    except (CELEvalError, RecursionError) as error:
        return str(error)[:300] or "it is nested too deeply"
    return (
        _unknown_function(tree)
        or _unknown_name(tree, root)
        or _unknown_field(tree, root, example)
        or _fault_in_trial(text, root, example)
    )


def _fault_in_trial(text: str, root: str, example: Mapping[str, Any]) -> str:
    """A field that this example lacks may be there another time; values that never go together are told."""
    try:
        found = computed(text, root, example)
    except Uncomputable as failure:
        return _mismatch(str(failure))
    return "" if isinstance(found, BoolType) else f"it comes to {_type_word(type(found))}, not to true or false"


def _mismatch(reason: str) -> str:
    if reason == TOO_LONG:
        return reason
    if reason == "match error":
        return "the pattern of matches() is no regular expression (RE2)"
    classes = CLASS.findall(reason)
    if "no matching overload" not in reason or not classes or not TYPE_WORDS.keys() >= set(classes):
        return ""  # null, or what failed before: both may be something else another time
    words = " and ".join(TYPE_WORDS[one] for one in classes)
    if len(classes) == 1:
        return f"{words} cannot be used in this way"
    hint = "; write double(…) around the whole number" if set(classes) == {"IntType", "DoubleType"} else ""
    return f"{words} do not go together in it{hint}"


def _type_word(kind: type) -> str:
    return next((TYPE_WORDS[one.__name__] for one in kind.__mro__ if one.__name__ in TYPE_WORDS), "something")


def _unreadable(text: str, error: CELParseError) -> str:
    line, column = error.line or 1, error.column or 1
    rest = "".join(text.split("\n")[line - 1 : line])[column - 1 :][:MAX_WORDS_CHARS]
    return f"line {line}, column {column}: it cannot be read from {rest!r} on" if rest else "it is empty"


def _unknown_function(tree: Any) -> str:
    for name in [_token(call, 0) for call in tree.find_data("ident_arg")] + [
        _token(call, 1) for call in tree.find_data("member_dot_arg")
    ]:
        if name not in FUNCTIONS:
            return f"there is no function {name!r}"
    return ""


def _unknown_name(tree: Any, root: str) -> str:
    bound = {
        name
        for call in tree.find_data("member_dot_arg")
        if _token(call, 1) in MACROS and len(call.children) > 2
        for name in _words(call.children[2].children[0])
    }
    for ident in tree.find_data("ident"):
        name = _token(ident, 0)
        if name != root and name not in bound and name not in TYPES:
            return f"{name!r} is unknown: an expression speaks of {root!r}"
    return ""


def _unknown_field(tree: Any, root: str, fields: Container[str]) -> str:
    for member in tree.find_data("member_dot"):
        of, field = member.children[0], _token(member, 1)
        is_name = any(True for _ in of.find_data("ident"))
        if _words(of) == [root] and is_name and field not in fields:
            return f"{root!r} has no {field!r}"
    return ""


def _words(tree: Any) -> list[str]:
    return [str(token) for token in tree.scan_values(lambda _: True)]


def _token(tree: Any, place: int) -> str:
    return str(tree.children[place])


@lru_cache(maxsize=REMEMBERED_PROGRAMS)
def _program(text: str) -> Any:
    environment = celpy.Environment()
    return environment.program(environment.compile(text), LIMITED)


def _by_value(name: str) -> Callable[[Any, Any], Any]:
    """Whole numbers and decimals are compared by their value, as CEL says: a score of 1 is more than 0.5."""
    plain: Any = base_functions[name]

    def compare(one: Any, other: Any) -> Any:
        _step()
        if isinstance(one, DoubleType) and isinstance(other, WHOLE):
            other = DoubleType(other)
        elif isinstance(one, WHOLE) and isinstance(other, DoubleType):
            one = DoubleType(one)
        return plain(one, other)

    return compare


def _counted(name: str) -> Callable[..., Any]:
    plain: Any = base_functions[name]

    def call(*given: Any) -> Any:
        _step()
        return plain(*given)

    return call


def _step() -> None:
    left = _steps_left.get()
    left[0] -= 1
    if left[0] < 0:
        raise TooLong


LIMITED = {name: _by_value(name) for name in ("_<_", "_<=_", "_>_", "_>=_", "_==_", "_!=_")} | {
    name: _counted(name) for name in ("_in_", "matches", "contains", "startsWith", "endsWith", "size", "_+_")
}
