"""The arguments of one call of a function, by name, so that they can be shown and edited."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sojourn.sdk.plain_values import json_text

SELVES = ("self", "cls")


@dataclass(frozen=True, slots=True)
class Call:
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    bound: inspect.BoundArguments | None = None  # None: the signature is unknown, or the call does not fit it

    def shown(self) -> dict[str, Any]:
        """By name; what a catch-all took stands with the others."""
        if self.bound is None:
            return {"args": list(self.args), **self.kwargs} if self.args else dict(self.kwargs)
        named: dict[str, Any] = {}
        for name, value in self.bound.arguments.items():
            if self.bound.signature.parameters[name].kind is inspect.Parameter.VAR_KEYWORD:
                named |= value
            elif name not in SELVES:
                named[name] = value
        return named

    def edited(self, changes: Mapping[str, Any]) -> Call:
        """With other arguments; a name that the function does not take raises TypeError.

        What was shown as JSON and comes back the same keeps its own type.
        """
        shown = {name: json.loads(json_text(value)) for name, value in self.shown().items()}
        changed = {name: value for name, value in changes.items() if name not in shown or shown[name] != value}
        if not changed:
            return self
        if self.bound is None:
            raise TypeError(f"its arguments cannot be edited: {', '.join(changed)}")
        parameters = self.bound.signature.parameters
        rest = next((one for one in parameters.values() if one.kind is inspect.Parameter.VAR_KEYWORD), None)
        arguments = dict(self.bound.arguments)
        for name, value in changed.items():
            if name in parameters and name not in SELVES and (rest is None or name != rest.name):
                arguments[name] = value
            elif rest is not None:
                arguments[rest.name] = {**arguments.get(rest.name, {}), name: value}
            else:
                raise TypeError(f"it takes no argument {name!r}")
        in_order = {name: arguments[name] for name in parameters if name in arguments}
        bound = inspect.BoundArguments(self.bound.signature, in_order)
        return Call(bound.args, bound.kwargs, bound)


def call_of(function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Call:
    try:
        bound = inspect.signature(function).bind(*args, **kwargs)
    except (TypeError, ValueError):  # The function itself will say what is wrong.
        return Call(args, kwargs)
    bound.apply_defaults()
    return Call(args, kwargs, bound)
