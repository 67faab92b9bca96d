"""What a model call costs, and the rule that says so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sojourn.domain.events import Event
from sojourn.domain.messages import dump_json

TOKENS_PER_RATE = 1_000_000


@dataclass(frozen=True, slots=True)
class Rates:
    """USD per million tokens, and where they come from. A cache rate of None means the input rate."""

    input_usd: float
    output_usd: float
    cache_read_usd: float | None
    cache_write_usd: float | None
    rule: str  # JSON object for Event.cost_rule


def rate_rule(source: str, **facts: Any) -> str:
    """The JSON that a cost can be audited by: source is reported, computed or override."""
    return dump_json({"source": source, **{name: value for name, value in facts.items() if value is not None}})


def cost_of(event: Event, rates: Rates) -> float:
    """USD of one call. Cached tokens are part of the input and are charged once, at their own rate."""
    cache_read = event.cache_read_tokens or 0
    cache_write = event.cache_write_tokens or 0
    plain_input = max(0, (event.input_tokens or 0) - cache_read - cache_write)
    read_usd = rates.input_usd if rates.cache_read_usd is None else rates.cache_read_usd
    write_usd = rates.input_usd if rates.cache_write_usd is None else rates.cache_write_usd
    total = (
        plain_input * rates.input_usd
        + cache_read * read_usd
        + cache_write * write_usd
        + (event.output_tokens or 0) * rates.output_usd
    )
    return total / TOKENS_PER_RATE


def needs_price(event: Event) -> bool:
    """A call with tokens whose cost nobody reported."""
    return bool(
        event.usage_kind
        and event.cost_usd is None
        and (event.input_tokens or event.output_tokens)
        and (event.model_used or event.model_requested)
    )
