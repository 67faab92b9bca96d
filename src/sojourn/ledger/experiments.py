"""Tables experiments, variant_assignments and agent_configs: what a session runs with."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

import orjson
from sqlalchemy import Connection, RowMapping, delete, func, select

from sojourn.ledger.policy_tables import agent_configs, assignments, experiments
from sojourn.ledger.upserts import insert_new, upsert


@dataclass(frozen=True, slots=True)
class Experiment:
    id: str
    workspace_id: str
    name: str = ""
    agent_id: str = ""
    status: str = "running"  # draft, running, stopped
    variants: list[dict[str, Any]] = field(default_factory=list)  # name, weight, config
    created_at_ns: int = 0
    updated_at_ns: int = 0


@dataclass(frozen=True, slots=True)
class AgentConfig:
    """What an agent runs with outside of experiments."""

    workspace_id: str
    agent_id: str
    config: dict[str, Any]
    version_number: int = 1
    updated_at_ns: int = 0


def get(conn: Connection, workspace_id: str, experiment_id: str) -> Experiment | None:
    query = select(experiments).where(experiments.c.workspace_id == workspace_id, experiments.c.id == experiment_id)
    row = conn.execute(query).mappings().first()
    return _experiment(row) if row else None


def listed(conn: Connection, workspace_id: str, limit: int) -> list[Experiment]:
    """The one that was changed last first."""
    own = experiments.c
    query = select(experiments).where(own.workspace_id == workspace_id).order_by(own.updated_at_ns.desc(), own.id)
    return [_experiment(row) for row in conn.execute(query.limit(limit)).mappings()]


def count(conn: Connection, workspace_id: str) -> int:
    query = select(func.count()).select_from(experiments).where(experiments.c.workspace_id == workspace_id)
    return int(conn.execute(query).scalar_one())


def put(conn: Connection, experiment: Experiment) -> None:
    upsert(conn, experiments, [_row(experiment)], ("workspace_id", "id"))


def add(conn: Connection, experiment: Experiment) -> bool:
    """Whether there was none of this id."""
    return insert_new(conn, experiments, _row(experiment), ("workspace_id", "id"))


def remove(conn: Connection, workspace_id: str, experiment_id: str) -> bool:
    """Whether it was there. Who has which variant is forgotten with it."""
    mine = (assignments.c.workspace_id == workspace_id) & (assignments.c.experiment_id == experiment_id)
    conn.execute(delete(assignments).where(mine))
    gone = delete(experiments).where(experiments.c.workspace_id == workspace_id, experiments.c.id == experiment_id)
    return conn.execute(gone.returning(experiments.c.id)).first() is not None


def assigned(conn: Connection, workspace_id: str, experiment_id: str, unit: str) -> str:
    """The variant that this unit has for good; "" if it has none yet."""
    mine = (assignments.c.workspace_id == workspace_id) & (assignments.c.experiment_id == experiment_id)
    query = select(assignments.c.variant).where(mine, assignments.c.unit == unit)
    return str(conn.execute(query).scalar() or "")


def assign(conn: Connection, workspace_id: str, experiment_id: str, unit: str, variant: str, at_ns: int) -> str:
    """The first word stays; returns what it is."""
    row = {
        "workspace_id": workspace_id,
        "experiment_id": experiment_id,
        "unit": unit,
        "variant": variant,
        "at_ns": at_ns,
    }
    insert_new(conn, assignments, row, ("workspace_id", "experiment_id", "unit"))
    return assigned(conn, workspace_id, experiment_id, unit)


def agent_config(conn: Connection, workspace_id: str, agent_id: str) -> AgentConfig | None:
    mine = (agent_configs.c.workspace_id == workspace_id) & (agent_configs.c.agent_id == agent_id)
    row = conn.execute(select(agent_configs).where(mine)).mappings().first()
    return AgentConfig(**{**row, "config": orjson.loads(row["config"] or "{}")}) if row else None


def put_agent_config(conn: Connection, config: AgentConfig) -> None:
    row = {**asdict(config), "config": orjson.dumps(config.config).decode()}
    upsert(conn, agent_configs, [row], ("workspace_id", "agent_id"))


def _experiment(row: RowMapping) -> Experiment:
    return Experiment(**{**row, "variants": orjson.loads(row["variants"] or "[]")})


def _row(experiment: Experiment) -> dict[str, Any]:
    return {**asdict(experiment), "variants": orjson.dumps(experiment.variants).decode()}
