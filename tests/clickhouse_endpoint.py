"""ClickHouse's HTTP interface, served by chDB: enough of it for the unmodified clickhouse-connect.

    python -m tests.clickhouse_endpoint --port 0 --data DIR

prints the URL it serves. Queries come in `query` or the body, parameters as `param_*`, settings are ignored, answers
are uncompressed in the FORMAT that the query names. Errors carry X-ClickHouse-Exception-Code.
"""

from __future__ import annotations

import argparse
import gzip
import re
import sys
import zlib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import SimpleQueue
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import chdb
import lz4.frame
import pyarrow as pa

CONNECTIONS = 6
NO_ROWS = re.compile(
    r"^\s*(--[^\n]*\n\s*)*(insert|create|alter|drop|truncate|optimize|set|use|system)\b", re.IGNORECASE
)
INSERT_HEAD = re.compile(
    rb"^\s*insert\s+into\s+(?P<table>\S+)\s*(?P<columns>\([^)]*\))?.*?format\s+(?P<format>\w+)\s*",
    re.IGNORECASE | re.DOTALL,
)
FORMAT = re.compile(r"\bFORMAT\s+(\w+)\s*;?\s*$", re.IGNORECASE)
ERROR_CODE = re.compile(r"Code: (\d+)")


class Endpoint(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, port: int, data: Path) -> None:
        super().__init__(("127.0.0.1", port), Answer)
        self.pool: SimpleQueue[Any] = SimpleQueue()
        for _ in range(CONNECTIONS):
            self.pool.put(chdb.connect(str(data)))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class Answer(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Endpoint

    def do_GET(self) -> None:
        if urlsplit(self.path).path == "/ping":
            self._send(200, b"Ok.\n", {})
            return
        self._answer(b"")

    def do_POST(self) -> None:
        self._answer(self._body())

    def _answer(self, body: bytes) -> None:
        asked = dict(parse_qsl(urlsplit(self.path).query, keep_blank_values=True))
        connection = self.server.pool.get()
        try:
            data, name = run(connection, asked.get("query", "").encode(), body, asked)
            self._send(200, data, {"X-ClickHouse-Format": name})
        except RuntimeError as failure:
            text = str(failure)
            found = ERROR_CODE.search(text)
            self._send(500, text.encode(), {"X-ClickHouse-Exception-Code": found[1] if found else "1002"})
        finally:
            self.server.pool.put(connection)

    def _body(self) -> bytes:
        if self.headers.get("transfer-encoding", "").lower() == "chunked":
            data = b""
            while size := int(self.rfile.readline().split(b";")[0], 16):
                data += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
        else:
            data = self.rfile.read(int(self.headers.get("content-length") or 0))
        return decompressed(data, self.headers.get("content-encoding", ""))

    def _send(self, status: int, data: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {"X-ClickHouse-Summary": "{}", "X-ClickHouse-Timezone": "UTC", **headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *arguments: Any) -> None:
        """Quiet."""


def run(connection: Any, query: bytes, body: bytes, asked: dict[str, str]) -> tuple[bytes, str]:
    """The answer's bytes and the name of its format."""
    parameters = {name.removeprefix("param_"): value for name, value in asked.items() if name.startswith("param_")}
    whole = query + b"\n" + body if query else body
    if insert := INSERT_HEAD.match(whole):
        store(connection, insert, whole[insert.end() :])
        return b"", "Null"
    sql = whole.decode().strip()
    named = FORMAT.search(sql)
    name = named[1] if named else asked.get("default_format", "TabSeparated")
    if named:
        sql = sql[: named.start()]
    if NO_ROWS.match(sql):
        name = "Null"
    return bytes(connection.query(sql, name, params=parameters).bytes()), name


def store(connection: Any, insert: re.Match[bytes], data: bytes) -> None:
    table, columns = insert["table"].decode(), (insert["columns"] or b"").decode()
    if insert["format"].lower() != b"arrow":
        raise RuntimeError(f"Code: 73. this endpoint inserts FORMAT Arrow, not {insert['format'].decode()}")
    arrow_rows = pa.ipc.open_file(data).read_all()
    names = columns or f"({', '.join(arrow_rows.column_names)})"
    connection.query(f"INSERT INTO {table} {names} SELECT {names.strip('()')} FROM Python(arrow_rows)", "Null")
    del arrow_rows


def decompressed(data: bytes, encoding: str) -> bytes:
    if encoding == "gzip":
        return gzip.decompress(data)
    if encoding == "deflate":
        return zlib.decompress(data)
    if encoding == "lz4":
        return bytes(lz4.frame.decompress(data))
    if encoding == "zstd":
        return bytes(pa.input_stream(pa.BufferReader(data), compression="zstd").read())
    return data


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--data", type=Path, required=True)
    chosen = parser.parse_args()
    endpoint = Endpoint(chosen.port, chosen.data)
    print(endpoint.url, flush=True)
    try:
        endpoint.serve_forever()
    except KeyboardInterrupt:
        sys.exit(0)


if __name__ == "__main__":
    main()
