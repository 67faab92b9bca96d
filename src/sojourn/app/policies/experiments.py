"""What a session runs with: a variant of an experiment, for good, or the configuration of its agent."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sojourn.app.errors import Invalid, NotFound
from sojourn.domain.identity import content_id
from sojourn.ledger.experiments import AgentConfig, Experiment
from sojourn.ledger.ledger import Ledger

MAX_VARIANTS = 50
STATUSES = ("draft", "running", "stopped")


@dataclass(frozen=True, slots=True)
class Assigned:
    """What a session got. Without a variant there is no such experiment, or it does not run."""

    variant: str | None = None
    experiment_id: str | None = None
    config: Mapping[str, Any] = field(default_factory=dict)
    version_number: int | None = None


class Experiments:
    def __init__(self, ledger: Ledger, clock: Callable[[], int]) -> None:
        self._ledger = ledger
        self._clock = clock

    def get(self, workspace_id: str, experiment_id: str) -> Experiment:
        with self._ledger.read() as conn:
            experiment: Experiment | None = self._ledger.experiments.get(conn, workspace_id, experiment_id)
        if experiment is None:
            raise NotFound("there is no such experiment")
        return experiment

    def put(self, experiment: Experiment) -> Experiment:
        _check(experiment)
        now_ns = self._clock()
        stored = replace(experiment, created_at_ns=experiment.created_at_ns or now_ns, updated_at_ns=now_ns)
        with self._ledger.begin() as conn:
            self._ledger.experiments.put(conn, stored)
        return stored

    def assign(
        self, workspace_id: str, experiment_id: str, session_key: str, explicit: str = "", sticky_key: str = ""
    ) -> Assigned:
        """What was asked for by name, else what this unit has or gets: the same for the same unit, for good."""
        with self._ledger.read() as conn:
            experiment: Experiment | None = self._ledger.experiments.get(conn, workspace_id, experiment_id)
        if experiment is None or experiment.status != "running":
            return Assigned(explicit or None, experiment_id)
        name = explicit
        if not name:
            unit = f"key:{sticky_key}" if sticky_key else f"session:{session_key}"
            with self._ledger.read() as conn:
                name = self._ledger.experiments.assigned(conn, workspace_id, experiment_id, unit)
            if not name:
                chosen = chosen_variant(experiment_id, unit, experiment.variants)
                with self._ledger.begin() as conn:
                    name = self._ledger.experiments.assign(
                        conn, workspace_id, experiment_id, unit, chosen, self._clock()
                    )
        configs = {str(variant["name"]): variant.get("config") or {} for variant in experiment.variants}
        return Assigned(name, experiment_id, configs.get(name, {}))

    def config_of(self, workspace_id: str, agent_id: str) -> Assigned:
        with self._ledger.read() as conn:
            found = self._ledger.experiments.agent_config(conn, workspace_id, agent_id)
        return Assigned(config=found.config, version_number=found.version_number) if found else Assigned()

    def configure(self, workspace_id: str, agent_id: str, config: Mapping[str, Any]) -> AgentConfig:
        """The next version of what the agent runs with."""
        with self._ledger.begin() as conn:
            known = self._ledger.experiments.agent_config(conn, workspace_id, agent_id)
            number = known.version_number + 1 if known else 1
            stored = AgentConfig(workspace_id, agent_id, dict(config), number, self._clock())
            self._ledger.experiments.put_agent_config(conn, stored)
        return stored


def chosen_variant(experiment_id: str, unit: str, variants: Sequence[Mapping[str, Any]]) -> str:
    """By weight, and by nothing but the names: the same unit gets the same variant on every machine."""
    weights = [float(variant.get("weight", 1)) for variant in variants]
    place = int(content_id(experiment_id, unit)[:12], 16) / 16**12 * sum(weights)
    for variant, weight in zip(variants, weights, strict=True):
        place -= weight
        if place < 0:
            return str(variant["name"])
    return str(variants[-1]["name"])


def _check(experiment: Experiment) -> None:
    names = [variant.get("name") for variant in experiment.variants]
    if not 1 <= len(names) <= MAX_VARIANTS or len(set(map(str, names))) != len(names):
        raise Invalid(f"an experiment has 1 to {MAX_VARIANTS} variants, each with a name of its own")
    for variant in experiment.variants:
        weight = variant.get("weight", 1)
        if not isinstance(variant.get("name"), str) or not variant["name"]:
            raise Invalid("a variant has a name")
        if isinstance(weight, bool) or not isinstance(weight, int | float) or weight <= 0:
            raise Invalid("a variant's weight is a number above 0")
        if not isinstance(variant.get("config") or {}, dict):
            raise Invalid("a variant's config is an object")
    if experiment.status not in STATUSES:
        raise Invalid(f"status must be one of: {', '.join(STATUSES)}")
