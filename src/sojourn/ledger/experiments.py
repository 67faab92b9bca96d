"""Tables experiments, variant_assignments and agent_configs: what a session runs with."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

import orjson
from sqlalchemy import Connection, select

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
    return Experiment(**{**row, "variants": orjson.loads(row["variants"] or "[]")}) if row else None


def put(conn: Connection, experiment: Experiment) -> None:
    row = {**asdict(experiment), "variants": orjson.dumps(experiment.variants).decode()}
    upsert(conn, experiments, [row], ("workspace_id", "id"))


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
