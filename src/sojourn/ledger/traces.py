"""Table traces: what is known of each trace, and where its rows are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import orjson
from sqlalchemy import Connection, RowMapping, select
from sqlalchemy.dialects import postgresql, sqlite

from sojourn.domain.traces import TraceState
from sojourn.ledger.tables import traces


def load(conn: Connection, workspace_id: str, trace_ids: Iterable[str], *, lock: bool) -> dict[str, TraceState]:
    """Known traces by id. `lock` keeps other processes from changing them until the transaction ends."""
    query = select(traces).where(traces.c.workspace_id == workspace_id, traces.c.trace_id.in_(sorted(set(trace_ids))))
    if lock:
        query = query.order_by(traces.c.trace_id).with_for_update()
    return {row["trace_id"]: _state(row) for row in conn.execute(query).mappings()}


def save(conn: Connection, states: Sequence[TraceState]) -> None:
    if not states:
        return
    dialect = sqlite if conn.dialect.name == "sqlite" else postgresql
    statement = dialect.insert(traces)
    renewed = {
        name: statement.excluded[name] for name in ("claims", "session_id", "session_key", "placements", "is_settled")
    }
    conn.execute(
        statement.on_conflict_do_update(
            index_elements=["workspace_id", "trace_id"], set_={**renewed, "revision": traces.c.revision + 1}
        ),
        [_row(state) for state in sorted(states, key=lambda state: (state.workspace_id, state.trace_id))],
    )


def unsettled(conn: Connection, limit: int) -> list[TraceState]:
    query = select(traces).where(traces.c.is_settled.is_(False)).limit(limit)
    return [_state(row) for row in conn.execute(query).mappings()]


def key_of(conn: Connection, workspace_id: str, session_id: str) -> str:
    """The key under which a trace went to this session, "" if none did."""
    query = select(traces.c.session_key).where(traces.c.workspace_id == workspace_id, traces.c.session_id == session_id)
    return conn.execute(query.limit(1)).scalar() or ""


def _state(row: RowMapping) -> TraceState:
    return TraceState(
        workspace_id=row["workspace_id"],
        trace_id=row["trace_id"],
        claims=tuple((tier, key) for tier, key in orjson.loads(row["claims"])),
        session_id=row["session_id"],
        session_key=row["session_key"],
        placements=tuple(orjson.loads(row["placements"])),
        is_settled=row["is_settled"],
        revision=row["revision"],
    )


def _row(state: TraceState) -> dict[str, object]:
    return {
        "workspace_id": state.workspace_id,
        "trace_id": state.trace_id,
        "claims": orjson.dumps(state.claims).decode(),
        "session_id": state.session_id,
        "session_key": state.session_key,
        "placements": orjson.dumps(state.placements).decode(),
        "is_settled": state.is_settled,
        "revision": state.revision,
    }
