"""The table of prices that the SDK asks for: one row a model, by the name to which it shortens models."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from genai_prices.data_snapshot import get_snapshot

from sojourn.app.pricing import own_rates, published_rates
from sojourn.domain.events import Event
from sojourn.ledger.prices import PriceOverride

HOUR_NS = 3_600 * 1_000_000_000
# Where a name is sold by several, its maker's price counts; resellers are not in the table.
MAKERS = ("openai", "anthropic", "google", "groq", "mistral", "deepseek", "cohere", "x-ai")
PREFIXES = ("anthropic/", "gemini/", "google/", "groq/", "openai/", "ollama/")
ENDINGS = (r"-\d{4}-\d{2}-\d{2}$", r"-\d{3,4}$", r"-\d{8}$", r"-(preview|latest|turbo-instruct)$")


def shortened(model: str) -> str:
    """As the SDK looks a model up: without provider, date and snapshot."""
    name = model.lower().strip()
    name = next((name.removeprefix(prefix) for prefix in PREFIXES if name.startswith(prefix)), name)
    for ending in ENDINGS:
        name = re.sub(ending, "", name)
    return name


def price_rows(overrides: Sequence[PriceOverride], now_ns: int) -> list[dict[str, Any]]:
    prices = dict(_published(now_ns // HOUR_NS))
    named = [one.model_pattern for one in overrides if not one.model_pattern.endswith("*")]
    for model in [*prices, *named]:
        rates = own_rates(Event("", "llm_call", model, "ok", now_ns), model, overrides)
        if rates is not None:
            prices[shortened(model)] = (rates.input_usd, rates.output_usd)
    return [
        {"model": model, "input_per_million": input_usd, "output_per_million": output_usd}
        for model, (input_usd, output_usd) in sorted(prices.items())
    ]


@lru_cache(maxsize=2)
def _published(hour: int) -> dict[str, tuple[float, float]]:
    by_id = {provider.id: provider for provider in get_snapshot().providers}
    found: dict[str, tuple[float, float]] = {}
    for provider_id in MAKERS:
        provider = by_id.get(provider_id)
        for model in provider.models if provider is not None else ():
            event = Event("", "llm_call", model.id, "ok", hour * HOUR_NS, provider=provider_id)
            rates = published_rates(event, model.id)
            if rates is not None:
                found.setdefault(shortened(model.id), (rates.input_usd, rates.output_usd))
    return found
