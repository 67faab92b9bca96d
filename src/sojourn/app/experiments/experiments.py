"""What a session runs with: a variant of an experiment, for good, or the configuration of its agent."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sojourn.app.errors import Conflict, Invalid, NotFound
from sojourn.domain.identity import content_id
from sojourn.ledger.experiments import AgentConfig, Experiment
from sojourn.ledger.ledger import Ledger

MAX_VARIANTS = 50
MAX_EXPERIMENTS = 500  # that somebody declared, of a workspace
STATUSES = ("draft", "running", "stopped")


@dataclass(frozen=True, slots=True)
class Assigned:
    """What a session got. Without a variant there is no such experiment, or it does not run."""

    variant: str | None = None
    experiment_id: str | None = None
    config: Mapping[str, Any] = field(default_factory=dict)
    version_number: int | None = None


@dataclass(frozen=True, slots=True)
class Unit:
    """What keeps a variant: a session, or whatever a key stands for, such as a customer."""

    session_key: str = ""
    sticky_key: str = ""

    @property
    def name(self) -> str:
        return f"key:{self.sticky_key}" if self.sticky_key else f"session:{self.session_key}"


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

    def create(self, experiment: Experiment) -> Experiment:
        _check(experiment)
        now_ns = self._clock()
        stored = replace(experiment, created_at_ns=now_ns, updated_at_ns=now_ns)
        with self._ledger.begin() as conn:
            if self._ledger.experiments.count(conn, stored.workspace_id) >= MAX_EXPERIMENTS:
                raise Conflict(f"a workspace has at most {MAX_EXPERIMENTS} experiments; delete one first")
            if not self._ledger.experiments.add(conn, stored):
                raise Conflict(f"there is an experiment with the id {stored.id!r} already")
        return stored

    def change(self, workspace_id: str, experiment_id: str, **changed: Any) -> Experiment:
        """Only the named fields change. Who has a variant keeps it, even if it is no longer among the variants."""
        with self._ledger.begin() as conn:
            before: Experiment | None = self._ledger.experiments.get(conn, workspace_id, experiment_id)
            if before is None:
                raise NotFound("nobody declared such an experiment")
            after = replace(before, **changed)
            _check(after)
            if after == before:
                return before
            after = replace(after, updated_at_ns=self._clock())
            self._ledger.experiments.put(conn, after)
        return after

    def remove(self, workspace_id: str, experiment_id: str) -> None:
        """Sessions keep what they say of it; who has which variant is forgotten."""
        with self._ledger.begin() as conn:
            if not self._ledger.experiments.remove(conn, workspace_id, experiment_id):
                raise NotFound("nobody declared such an experiment")

    def pin(self, workspace_id: str, experiment_id: str, unit: Unit, variant: str = "") -> Assigned:
        """The variant that this unit has, or gets now: the named one, if there is a name. The first word stays."""
        experiment = self.get(workspace_id, experiment_id)
        configs = _configs(experiment)
        if variant and variant not in configs:
            raise Invalid(f"variant must be one of: {', '.join(configs)}", {"variants": list(configs)})
        if experiment.status != "running":
            return Assigned(None, experiment_id)
        has = self._kept(experiment, unit, variant)
        if variant and has != variant:
            raise Conflict(f"it has the variant {has!r} already, for good", {"variant": has})
        return Assigned(has, experiment_id, configs.get(has, {}))

    def assign(
        self, workspace_id: str, experiment_id: str, session_key: str, explicit: str = "", sticky_key: str = ""
    ) -> Assigned:
        """What was asked for by name, else what this unit has or gets: the same for the same unit, for good."""
        with self._ledger.read() as conn:
            experiment: Experiment | None = self._ledger.experiments.get(conn, workspace_id, experiment_id)
        if experiment is None or experiment.status != "running":
            return Assigned(explicit or None, experiment_id)
        name = explicit or self._kept(experiment, Unit(session_key, sticky_key))
        return Assigned(name, experiment_id, _configs(experiment).get(name, {}))

    def _kept(self, experiment: Experiment, unit: Unit, wanted: str = "") -> str:
        """The variant that the unit has from now on, which is the one that it got first."""
        where = (experiment.workspace_id, experiment.id, unit.name)
        with self._ledger.read() as conn:
            has: str = self._ledger.experiments.assigned(conn, *where)
        if not has:
            chosen = wanted or chosen_variant(experiment.id, unit.name, experiment.variants)
            with self._ledger.begin() as conn:
                has = self._ledger.experiments.assign(conn, *where, chosen, self._clock())
        return has

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


def _configs(experiment: Experiment) -> dict[str, dict[str, Any]]:
    return {str(variant["name"]): variant.get("config") or {} for variant in experiment.variants}


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
