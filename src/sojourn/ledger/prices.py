"""Table price_overrides: what a workspace pays, where that is not the published price."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from sqlalchemy import Connection, delete, insert, select

from sojourn.ledger.tables import price_overrides


@dataclass(frozen=True, slots=True)
class PriceOverride:
    """USD per million tokens. `model_pattern` may end in `*`; an empty provider means any."""

    model_pattern: str
    input_usd: float
    output_usd: float
    cache_read_usd: float | None = None
    cache_write_usd: float | None = None
    provider: str = ""
    valid_from_ns: int = 0


def overrides(conn: Connection, workspace_id: str) -> list[PriceOverride]:
    columns = [column for column in price_overrides.columns if column.name != "workspace_id"]
    query = select(*columns).where(price_overrides.c.workspace_id == workspace_id)
    return [PriceOverride(**row) for row in conn.execute(query).mappings()]


def replace(conn: Connection, workspace_id: str, new: Sequence[PriceOverride]) -> None:
    """The workspace's overrides are exactly these."""
    conn.execute(delete(price_overrides).where(price_overrides.c.workspace_id == workspace_id))
    if new:
        conn.execute(insert(price_overrides), [{"workspace_id": workspace_id, **asdict(override)} for override in new])
