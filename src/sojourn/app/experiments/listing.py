"""Experiments with what their sessions say: those that somebody declared, and those that only sessions name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection

from sojourn.app.errors import NotFound
from sojourn.app.experiments.experiments import MAX_EXPERIMENTS, MAX_VARIANTS
from sojourn.app.views.ledger_reads import read_ledger
from sojourn.app.views.times import rfc3339
from sojourn.ledger.experiment_sessions import VariantCount
from sojourn.ledger.experiments import Experiment
from sojourn.ledger.filters import Where
from sojourn.ledger.ledger import Ledger

Json = dict[str, Any]
MAX_UNDECLARED = 500  # in the list; of more those whose latest session began last


def listed(ledger: Ledger, where: Where, workspace_id: str) -> Json:
    """Declared ones first, the one that was changed last before the others."""
    with read_ledger(ledger) as conn:
        declared = ledger.experiments.listed(conn, workspace_id, MAX_EXPERIMENTS)
        known = {experiment.id for experiment in declared}
        named = ledger.experiment_sessions.experiment_ids(conn, where, MAX_UNDECLARED + len(known) + 1)
        others = [each for each in named if each not in known]
        shown = [*declared, *(_undeclared(workspace_id, each) for each in others[:MAX_UNDECLARED])]
        items = _with_counts(ledger, conn, where, shown)
    return {"items": items, "truncated": len(others) > MAX_UNDECLARED}


def described(ledger: Ledger, where: Where, workspace_id: str, experiment_id: str) -> Json:
    """One experiment. It is there if it was declared or if a session names it."""
    with read_ledger(ledger) as conn:
        declared = ledger.experiments.get(conn, workspace_id, experiment_id)
        experiment = declared or _undeclared(workspace_id, experiment_id)
        found = _with_counts(ledger, conn, where, [experiment])[0]
    if declared is None and not found["variants"]:
        raise NotFound("nobody declared such an experiment, and no session names it")
    return found


def _undeclared(workspace_id: str, experiment_id: str) -> Experiment:
    return Experiment(experiment_id, workspace_id, status="undeclared")


def _with_counts(ledger: Ledger, conn: Connection, where: Where, shown: Sequence[Experiment]) -> list[Json]:
    counts: defaultdict[str, list[VariantCount]] = defaultdict(list)
    ids = [experiment.id for experiment in shown]
    for count in ledger.experiment_sessions.variants(conn, where, ids, MAX_VARIANTS + 1):
        counts[count.experiment_id].append(count)
    return [_experiment_json(experiment, counts[experiment.id]) for experiment in shown]


def _experiment_json(experiment: Experiment, counts: Sequence[VariantCount]) -> Json:
    kept = {each.variant: each for each in sorted(counts, key=lambda each: -each.sessions)[:MAX_VARIANTS]}
    declared = {str(variant["name"]): variant for variant in experiment.variants}
    return {
        "id": experiment.id,
        "name": experiment.name,
        "agent_id": experiment.agent_id,
        "status": experiment.status,
        "variants": [
            _variant_json(name, declared.get(name), kept.get(name))
            for name in [*declared, *sorted(kept.keys() - declared, key=lambda name: (name == "", name))]
        ],
        "more_variants": len(counts) > MAX_VARIANTS,
        "sessions": sum(each.sessions for each in kept.values()),
        "last_session_at": rfc3339(max((each.last_started_at_ns for each in counts), default=0)),
        "created_at": rfc3339(experiment.created_at_ns),
        "updated_at": rfc3339(experiment.updated_at_ns),
    }


def _variant_json(name: str, declared: Json | None, count: VariantCount | None) -> Json:
    return {
        "name": name,
        "is_declared": declared is not None,
        "weight": float(declared.get("weight", 1)) if declared else None,
        "config": (declared.get("config") or {}) if declared else None,
        "sessions": count.sessions if count else 0,
        "open": count.open if count else 0,
    }
