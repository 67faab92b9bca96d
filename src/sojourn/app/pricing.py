"""Prices of model calls: the workspace's own first, then genai-prices at the time of the call."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Protocol

import genai_prices
from genai_prices.data_snapshot import get_snapshot

from sojourn.conventions.assemble import Mapped
from sojourn.domain.costs import TOKENS_PER_RATE, Rates, cost_of, needs_price, rate_rule
from sojourn.domain.events import Event
from sojourn.domain.sessions import ModelUse

NS_PER_HOUR = 3_600 * 1_000_000_000
REMEMBERED_RATES = 4_096


@dataclass(frozen=True, slots=True)
class Tier:
    """Rates that hold for a whole call once its input is longer than `above_tokens`."""

    above_tokens: int
    rates: Rates


class Override(Protocol):
    """A price that a workspace has set for itself (ledger/prices.py)."""

    @property
    def model_pattern(self) -> str: ...
    @property
    def provider(self) -> str: ...
    @property
    def input_usd(self) -> float: ...
    @property
    def output_usd(self) -> float: ...
    @property
    def cache_read_usd(self) -> float | None: ...
    @property
    def cache_write_usd(self) -> float | None: ...
    @property
    def valid_from_ns(self) -> int: ...


def price(mapped: Sequence[Mapped], overrides: Sequence[Override] = ()) -> list[Mapped]:
    """The same records, with a cost on every call whose price is known. Reported costs stay; unknown stays None."""
    return [Mapped(priced(item.event, overrides), item.blocks) if needs_price(item.event) else item for item in mapped]


def priced(event: Event, overrides: Sequence[Override] = ()) -> Event:
    model = event.model_used or event.model_requested
    rates = own_rates(event, model, overrides) or published_rates(event, model)
    if rates is None:
        return event
    return event._replace(cost_usd=cost_of(event, rates), cost_rule=rates.rule)


def cache_saving_usd(models: Iterable[ModelUse], at_ns: int, overrides: Sequence[Override] = ()) -> float:
    """What reading from a cache made cheaper, less what writing to it cost more. What has no price saves nothing."""
    saved = 0.0
    for use in models:
        if not (use.cache_read_tokens or use.cache_write_tokens):
            continue
        event = Event("", "llm_call", use.model, "ok", at_ns, provider=use.provider, input_tokens=use.input_tokens)
        rates = own_rates(event, use.model, overrides) or published_rates(event, use.model)
        if rates is not None:
            read_usd = rates.input_usd if rates.cache_read_usd is None else rates.cache_read_usd
            write_usd = rates.input_usd if rates.cache_write_usd is None else rates.cache_write_usd
            saved += use.cache_read_tokens * (rates.input_usd - read_usd)
            saved += use.cache_write_tokens * (rates.input_usd - write_usd)
    return saved / TOKENS_PER_RATE


def own_rates(event: Event, model: str, overrides: Sequence[Override]) -> Rates | None:
    """The workspace's latest override in force; a pattern may end in `*`."""
    fitting = [
        override
        for override in overrides
        if _matches(override.model_pattern, model)
        and override.provider in ("", event.provider)
        and override.valid_from_ns <= event.started_at_ns
    ]
    if not fitting:
        return None
    chosen = max(fitting, key=lambda override: (len(override.model_pattern), override.valid_from_ns))
    rule = rate_rule(
        "override",
        model=model,
        pattern=chosen.model_pattern,
        input_usd_per_mtok=chosen.input_usd,
        output_usd_per_mtok=chosen.output_usd,
        cache_read_usd_per_mtok=chosen.cache_read_usd,
        cache_write_usd_per_mtok=chosen.cache_write_usd,
    )
    return Rates(chosen.input_usd, chosen.output_usd, chosen.cache_read_usd, chosen.cache_write_usd, rule)


def _matches(pattern: str, model: str) -> bool:
    return model.startswith(pattern[:-1]) if pattern.endswith("*") else pattern == model


def published_rates(event: Event, model: str) -> Rates | None:
    tiers = _tiers(event.provider, model, event.started_at_ns // NS_PER_HOUR)
    long_input = event.input_tokens or 0
    fitting = [tier.rates for tier in tiers if tier.above_tokens == 0 or long_input > tier.above_tokens]
    return fitting[-1] if fitting else None


@lru_cache(maxsize=REMEMBERED_RATES)
def _tiers(provider: str, model: str, hour: int) -> tuple[Tier, ...]:
    """Rates by input length, shortest first; empty if nobody publishes a price for the model."""
    found = _find(provider, model)
    if found is None:
        return ()
    matched_provider, matched_model = found
    prices = matched_model.get_prices(datetime.fromtimestamp(hour * 3_600, tz=UTC))
    starts = {0}
    for rate in vars(prices).values():
        starts.update(tier.start for tier in getattr(rate, "tiers", ()))
    return tuple(
        Tier(start, _rates_from(start, prices, matched_provider.id, matched_model.id, model, hour))
        for start in sorted(starts)
    )


def _find(provider: str, model: str) -> tuple[Any, Any] | None:
    """Provider and model as published. Gateways prefix a model's name and hide its provider, so we try without."""
    snapshot = get_snapshot()
    for name in dict.fromkeys((model, model.rsplit("/", 1)[-1])):
        for provider_id in dict.fromkeys((provider or None, None)):
            try:
                return snapshot.find_provider_model(name, None, provider_id, None)
            except LookupError:
                continue  # an unknown model is an answer here, not a failure
    return None


def _rates_from(start: int, prices: Any, provider: str, matched: str, model: str, hour: int) -> Rates:
    def rate(name: str) -> float | None:
        value = getattr(prices, name, None)
        if value is None or not hasattr(value, "base"):
            return None if value is None else float(value)
        reached = [tier.price for tier in value.tiers if 0 < tier.start <= start]
        return float(reached[-1] if reached else value.base)

    input_usd, output_usd = rate("input_mtok") or 0.0, rate("output_mtok") or 0.0
    read_usd, write_usd = rate("cache_read_mtok"), rate("cache_write_mtok")
    rule = rate_rule(
        "computed",
        by=f"genai-prices {genai_prices.__version__}",
        provider=provider,
        model=matched,
        asked_for=model if model != matched else None,
        above_tokens=start or None,
        price_date=datetime.fromtimestamp(hour * 3_600, tz=UTC).date().isoformat(),
        input_usd_per_mtok=input_usd,
        output_usd_per_mtok=output_usd,
        cache_read_usd_per_mtok=read_usd,
        cache_write_usd_per_mtok=write_usd,
    )
    return Rates(input_usd, output_usd, read_usd, write_usd, rule)
