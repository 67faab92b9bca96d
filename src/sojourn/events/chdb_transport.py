"""ClickHouse in this process. One process per data directory; several connections query at once."""

from __future__ import annotations

import queue
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import chdb
import pyarrow as pa

from sojourn.events.parameters import render_parameters

READERS = 4
MAX_SERVER_MEMORY_BYTES = 700 << 20
MAX_QUERY_MEMORY_BYTES = 400 << 20
# Rows of one insert become one part, so that a reader sees all or none of them.
ONE_PART = "max_insert_threads = 1, min_insert_block_size_rows = 10000000, min_insert_block_size_bytes = 0"
QUERY_SETTINGS = f"max_memory_usage={MAX_QUERY_MEMORY_BYTES}&max_threads=2"


class ChdbTransport:
    """A pool of connections; each runs one query at a time."""

    def __init__(self, folder: Path, readers: int = READERS) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        target = f"{folder}?max_server_memory_usage={MAX_SERVER_MEMORY_BYTES}"
        self._pool: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._connections = [chdb.connect(target) for _ in range(readers)]
        self._writer: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._writer.put(chdb.connect(target))
        for connection in self._connections:
            self._pool.put(connection)

    def execute(self, sql: str, parameters: Mapping[str, Any] | None = None) -> None:
        with self._taken(self._writer) as connection:
            connection.query(sql, "Null", params=render_parameters(parameters or {}))

    def query(self, sql: str, parameters: Mapping[str, Any] | None = None) -> pa.Table:
        with self._taken(self._pool) as connection:
            answer = connection.query(sql, "ArrowStream", params=render_parameters(parameters or {}))
            return _table_of(answer.bytes())

    def stream(self, sql: str, parameters: Mapping[str, Any] | None = None) -> Iterator[pa.RecordBatch]:
        with self._taken(self._pool) as connection:
            chunks = connection.send_query(sql, "ArrowStream", params=render_parameters(parameters or {}))
            try:
                for chunk in chunks:
                    yield from _table_of(chunk.bytes()).to_batches()
            finally:
                chunks.close()

    def insert(self, table: str, rows: pa.Table) -> None:
        columns = ", ".join(rows.column_names)
        with self._taken(self._writer) as connection:
            arrow_rows = rows  # found by name: chDB reads Python(arrow_rows) from this frame
            connection.query(
                f"INSERT INTO {table} ({columns}) SETTINGS {ONE_PART} SELECT {columns} FROM Python(arrow_rows)", "Null"
            )
            del arrow_rows

    def close(self) -> None:
        for connection in self._connections:
            connection.close()
        self._writer.get().close()

    @contextmanager
    def _taken(self, pool: queue.SimpleQueue[Any]) -> Iterator[Any]:
        connection = pool.get()
        try:
            yield connection
        finally:
            pool.put(connection)


def _table_of(data: bytes) -> pa.Table:
    if not data:
        return pa.table({})
    with pa.ipc.open_stream(data) as reader:
        return reader.read_all()
