"""What the rows of sessions say of the experiments that they name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Connection, case, func, literal_column, select

from sojourn.domain.sessions import SessionStatus
from sojourn.ledger.filters import SessionFilter, Where
from sojourn.ledger.listing import conditions
from sojourn.ledger.tables import sessions

ENDED = tuple(
    map(str, (SessionStatus.COMPLETED, SessionStatus.FAILED, SessionStatus.CANCELED, SessionStatus.ABANDONED))
)
FETCHED_AT_ONCE = 2_000
_own = sessions.c


@dataclass(frozen=True, slots=True)
class VariantCount:
    experiment_id: str
    variant: str  # "" where a session names an experiment and no variant
    sessions: int
    open: int
    last_started_at_ns: int


@dataclass(frozen=True, slots=True)
class Counted:
    """Sessions of a variant that are alike in this."""

    variant: str
    status: str
    has_errors: bool
    sessions: int


@dataclass(frozen=True, slots=True)
class Measured:
    """What one ended session was measured by."""

    variant: str
    cost_usd: float | None
    duration_ms: int
    total_tokens: int
    metrics: dict[str, Any]


def experiment_ids(conn: Connection, where: Where, limit: int) -> list[str]:
    """All that sessions name, the one whose latest session began last first."""
    query = (
        select(_own.experiment_id)
        .where(*conditions(conn, where, SessionFilter()), _is_of_any())
        .group_by(_own.experiment_id)
        .order_by(func.max(_own.started_at_ns).desc(), _own.experiment_id)
        .limit(limit)
    )
    return [str(found) for found in conn.execute(query).scalars()]


def variants(conn: Connection, where: Where, experiment_ids: Sequence[str], limit: int) -> list[VariantCount]:
    """Of each experiment at most `limit` variants, those with the most sessions, by name."""
    if not experiment_ids:
        return []
    counted = (
        select(
            _own.experiment_id,
            _own.variant,
            func.count().label("sessions"),
            func.sum(case((_own.status.in_(ENDED), 0), else_=1)).label("open"),
            func.max(_own.started_at_ns).label("last"),
            func.row_number()
            .over(partition_by=_own.experiment_id, order_by=[func.count().desc(), _own.variant])
            .label("place"),
        )
        .where(*conditions(conn, where, SessionFilter(experiment=tuple(experiment_ids))))
        .group_by(_own.experiment_id, _own.variant)
        .subquery()
    )
    query = select(counted).where(counted.c.place <= limit).order_by(counted.c.experiment_id, counted.c.variant)
    return [
        VariantCount(row.experiment_id, row.variant, int(row.sessions), int(row.open), int(row.last))
        for row in conn.execute(query)
    ]


def counts(conn: Connection, where: Where, chosen: SessionFilter) -> list[Counted]:
    """How many sessions of each variant stand how, with errors or without."""
    has_errors = case((_own.error_count > 0, 1), else_=0).label("has_errors")
    query = (
        select(_own.variant, _own.status, has_errors, func.count().label("sessions"))
        .where(*conditions(conn, where, chosen))
        .group_by(_own.variant, _own.status, has_errors)
    )
    return [Counted(row.variant, row.status, bool(row.has_errors), int(row.sessions)) for row in conn.execute(query)]


def measured(conn: Connection, where: Where, chosen: SessionFilter, limit: int) -> Iterator[Measured]:
    """The ended sessions, at most `limit` and of more the latest, one by one."""
    query = (
        select(_own.variant, _own.cost_usd, _own.duration_ms, _own.total_tokens, _own.metrics)
        .where(*conditions(conn, where, chosen), _own.status.in_(ENDED))
        .order_by(_own.started_at_ns.desc(), _own.id.desc())  # the index, from its end
        .limit(limit)
        .execution_options(yield_per=FETCHED_AT_ONCE)
    )
    for row in conn.execute(query):
        metrics = orjson.loads(row.metrics) if row.metrics not in ("", "{}") else {}
        yield Measured(row.variant, row.cost_usd, row.duration_ms, row.total_tokens, metrics)


def _is_of_any() -> ColumnElement[bool]:
    return _own.experiment_id != literal_column("''")  # as the index says it, which holds no others
