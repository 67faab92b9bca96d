"""How the event store reaches ClickHouse: in this process (chDB) or over HTTP (clickhouse-connect)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Protocol

import pyarrow as pa


class Transport(Protocol):
    """All calls block; the callers run them in threads. Safe to call from several threads at once."""

    def execute(self, sql: str, parameters: Mapping[str, Any] | None = None) -> None:
        """Run a statement that returns nothing."""

    def query(self, sql: str, parameters: Mapping[str, Any] | None = None) -> pa.Table:
        """Run a query whose answer fits in memory. Parameters are ClickHouse's {name:Type}."""

    def stream(self, sql: str, parameters: Mapping[str, Any] | None = None) -> Iterator[pa.RecordBatch]:
        """Run a query whose answer may not fit in memory."""

    def insert(self, table: str, rows: pa.Table) -> None:
        """Append durably: when this returns, the rows survive a crash. All or nothing."""

    def close(self) -> None: ...
