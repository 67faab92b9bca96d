"""Sums over many sessions: tiles, trends, models, agents."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    FromClause,
    RowMapping,
    Select,
    Subquery,
    case,
    func,
    literal,
    select,
)

from sojourn.ledger.errors import Invalid
from sojourn.ledger.filters import Scope, SessionFilter, Where, scope_of
from sojourn.ledger.listing import FACETS, conditions, within
from sojourn.ledger.tables import session_models, sessions

Row = dict[str, Any]
NS = 1_000_000_000
BUCKETS_NS = {"hour": 3_600 * NS, "day": 86_400 * NS, "week": 7 * 86_400 * NS}
MAX_BUCKETS = 2_000
MAX_GROUPS = 500
_FAILED = func.sum(case((sessions.c.status == "failed", 1), else_=0))


def overview(conn: Connection, where: Where, chosen: SessionFilter) -> Row:
    """One row: sessions, running, cost_usd (None if none is known), agents, events."""
    scope = scope_of(where)
    if chosen == SessionFilter() and not scope.without_called:
        return _plain(conn.execute(_overview_of_all(scope)).mappings().one())
    query = select(
        func.count().label("sessions"),
        func.coalesce(func.sum(case((sessions.c.status == "running", 1), else_=0)), 0).label("running"),
        func.sum(sessions.c.cost_usd).label("cost_usd"),
        func.count(func.distinct(func.nullif(sessions.c.agent_id, ""))).label("agents"),
        func.coalesce(func.sum(sessions.c.event_count), 0).label("events"),
    ).where(*conditions(conn, scope, chosen))
    return _plain(conn.execute(query).mappings().one())


def _overview_of_all(scope: Scope) -> Select[Any]:
    """The same, each number from the index that holds it: a row of the table is many times wider."""
    own = sessions.c
    is_here = within(sessions, scope)
    agents = select(own.agent_id).where(is_here, own.agent_id != "").distinct().subquery()
    return select(
        select(func.count()).where(is_here).select_from(sessions).scalar_subquery().label("sessions"),
        select(func.count()).where(is_here, own.status == "running").scalar_subquery().label("running"),
        select(func.sum(own.cost_usd)).where(is_here).scalar_subquery().label("cost_usd"),
        select(func.count()).select_from(agents).scalar_subquery().label("agents"),
        select(func.coalesce(func.sum(own.event_count), 0)).where(is_here).scalar_subquery().label("events"),
    )


def trends(conn: Connection, where: Where, chosen: SessionFilter, bucket: str, by: str | None = None) -> list[Row]:
    """A row for each bucket of start time and value of `by`: at_ns, group, counts, cost, tokens, durations.

    By model a session counts with each model that it used, and cost and tokens are those of that model alone.
    """
    if bucket not in BUCKETS_NS:
        raise Invalid(f"there is no bucket {bucket!r}; there are {', '.join(BUCKETS_NS)}")
    width = BUCKETS_NS[bucket]
    at = sessions.c.started_at_ns.op("/")(literal(width, BigInteger))  # of two integers: whole numbers on both
    groups: list[ColumnElement[Any]] = [at.label("bucket")]
    told: FromClause = sessions
    summed: FromClause = sessions
    if by == "model":
        summed = _by_model(scope_of(where))
        told = sessions.join(summed, summed.c.session_id == sessions.c.id)
        groups.append(summed.c.model.label("grouping"))
    elif by is not None:
        groups.append(_group_column(by).label("grouping"))
    ranked = (
        select(
            *groups,
            sessions.c.duration_ms,
            sessions.c.status,
            summed.c.cost_usd,
            summed.c.input_tokens,
            summed.c.output_tokens,
            func.percent_rank().over(partition_by=groups, order_by=sessions.c.duration_ms).label("rank"),
        )
        .select_from(told)
        .where(*conditions(conn, where, chosen))
        .subquery()
    )
    keys = [ranked.c.bucket, *([ranked.c.grouping] if by is not None else [])]
    query = (
        select(
            *keys,
            func.count().label("sessions"),
            func.sum(case((ranked.c.status == "failed", 1), else_=0)).label("failed"),
            func.sum(ranked.c.cost_usd).label("cost_usd"),
            func.sum(ranked.c.input_tokens).label("input_tokens"),
            func.sum(ranked.c.output_tokens).label("output_tokens"),
            func.max(case((ranked.c.rank <= 0.5, ranked.c.duration_ms), else_=0)).label("p50_ms"),
            func.max(case((ranked.c.rank <= 0.95, ranked.c.duration_ms), else_=0)).label("p95_ms"),
        )
        .group_by(*keys)
        .order_by(ranked.c.bucket.desc())
        .limit(MAX_BUCKETS)
    )
    return [_bucket_row(_plain(row), width) for row in reversed(conn.execute(query).mappings().all())]


def _by_model(scope: Scope) -> Subquery:
    """What each session spent on each model, whoever provided it."""
    own = session_models.c
    sums = (func.sum(own[name]).label(name) for name in ("cost_usd", "input_tokens", "output_tokens"))
    query = select(own.session_id, own.model, *sums).where(within(session_models, scope))
    return query.group_by(own.session_id, own.model).subquery()


def models(conn: Connection, where: Where, chosen: SessionFilter) -> list[Row]:
    """A row for each model and provider, by cost."""
    scope = scope_of(where)
    own = session_models.c
    query = (
        select(
            own.model,
            own.provider,
            func.count().label("sessions"),
            *(
                func.sum(own[name]).label(name)
                for name in (
                    "calls",
                    "errors",
                    "input_tokens",
                    "output_tokens",
                    "cache_read_tokens",
                    "cache_write_tokens",
                    "reasoning_tokens",
                    "cost_usd",
                    "duration_ms",
                )
            ),
        )
        .where(within(session_models, scope), *_of_sessions(conn, scope, chosen))
        .group_by(own.model, own.provider)
        .order_by(func.coalesce(func.sum(own.cost_usd), 0).desc(), own.model)
        .limit(MAX_GROUPS)
    )
    return [_plain(row) for row in conn.execute(query).mappings()]


def _of_sessions(conn: Connection, scope: Scope, chosen: SessionFilter) -> list[ColumnElement[bool]]:
    if chosen == SessionFilter() and not scope.without_called:
        return []
    found = select(sessions.c.id).where(*conditions(conn, scope, chosen))
    return [session_models.c.session_id.in_(found)]


def agents(conn: Connection, where: Where, chosen: SessionFilter) -> list[Row]:
    """A row for each agent, by its last activity."""
    own = sessions.c
    query = (
        select(
            own.agent_id,
            func.count().label("sessions"),
            func.sum(case((own.status == "running", 1), else_=0)).label("running"),
            _FAILED.label("failed"),
            func.sum(own.error_count).label("error_count"),
            func.sum(own.cost_usd).label("cost_usd"),
            func.sum(own.input_tokens).label("input_tokens"),
            func.sum(own.output_tokens).label("output_tokens"),
            func.max(own.last_activity_at_ns).label("last_activity_at_ns"),
            func.avg(own.duration_ms).label("mean_duration_ms"),
        )
        .where(own.agent_id != "", *conditions(conn, where, chosen))
        .group_by(own.agent_id)
    )
    ordered = query.order_by(func.max(own.last_activity_at_ns).desc()).limit(MAX_GROUPS)
    return [_plain(row) for row in conn.execute(ordered).mappings()]


def _plain(row: RowMapping) -> Row:
    """PostgreSQL sums whole numbers as decimals."""
    return {
        name: (int(value) if value == value.to_integral_value() else float(value))
        if isinstance(value, Decimal)
        else value
        for name, value in row.items()
    }


def _bucket_row(row: Row, width: int) -> Row:
    at_ns, group = int(row.pop("bucket")) * width, row.pop("grouping", None)
    return {"at_ns": at_ns, "group": group, **row}


def _group_column(by: str) -> ColumnElement[Any]:
    if by not in FACETS:
        raise Invalid(f"cannot group by {by!r}; there are {', '.join(sorted(FACETS))}")
    return FACETS[by]
