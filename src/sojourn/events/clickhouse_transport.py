"""A ClickHouse server or cluster over HTTP."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import clickhouse_connect
import pyarrow as pa
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.httputil import get_pool_manager

CONNECT_TIMEOUT_S = 10
ANSWER_TIMEOUT_S = 120
# A write is acknowledged only when every shard has it, on disk.
INSERT_SETTINGS = {"insert_distributed_sync": 1, "async_insert": 0, "wait_end_of_query": 1}


class ClickhouseTransport:
    """Safe from several threads: one client without session, over a pool of connections."""

    def __init__(self, url: str) -> None:
        self._client: Client = clickhouse_connect.get_client(
            dsn=url,
            connect_timeout=CONNECT_TIMEOUT_S,
            send_receive_timeout=ANSWER_TIMEOUT_S,
            autogenerate_session_id=False,
            pool_mgr=get_pool_manager(maxsize=16, num_pools=4),
        )

    def execute(self, sql: str, parameters: Mapping[str, Any] | None = None) -> None:
        self._client.command(sql, parameters=_plain(parameters))

    def query(self, sql: str, parameters: Mapping[str, Any] | None = None) -> pa.Table:
        return self._client.query_arrow(sql, parameters=_plain(parameters))

    def stream(self, sql: str, parameters: Mapping[str, Any] | None = None) -> Iterator[pa.RecordBatch]:
        with self._client.query_arrow_stream(sql, parameters=_plain(parameters)) as batches:
            yield from batches

    def insert(self, table: str, rows: pa.Table) -> None:
        self._client.insert_arrow(table, rows, settings=INSERT_SETTINGS)

    def close(self) -> None:
        self._client.close()


def _plain(parameters: Mapping[str, Any] | None) -> dict[str, Any]:
    """ClickHouse reads truth as 0 and 1 where a number is asked for."""
    return {name: int(value) if isinstance(value, bool) else value for name, value in (parameters or {}).items()}
