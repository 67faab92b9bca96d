"""Brings the event store's tables up to date. Safe to run twice, and by several processes at once."""

from __future__ import annotations

from importlib import resources

from sojourn.events.transport import Transport

CLUSTER_ONLY = ".cluster.sql"
DURABLE = ", fsync_after_insert = 1, fsync_part_directory = 1"
PACKED_POSTINGS = ", posting_list_codec = 'bitpacking'"  # the index of words takes a third less
PACKED_POSTINGS_SINCE = (26, 5)  # the oldest release on which we have tried it
REPLICATED = "ReplicatedReplacingMergeTree('/clickhouse/tables/{{shard}}/sojourn/{table}', '{{replica}}', "


def migrate(transport: Transport, cluster: str | None) -> None:
    """Every statement is CREATE … IF NOT EXISTS or a like harmless change, so running it again changes nothing."""
    folder = resources.files("sojourn.events").joinpath("migrations")
    postings = PACKED_POSTINGS if _release(transport) >= PACKED_POSTINGS_SINCE else ""
    for file in sorted(folder.iterdir(), key=lambda file: file.name):
        if not file.name.endswith(".sql") or (file.name.endswith(CLUSTER_ONLY) and cluster is None):
            continue
        transport.execute(_in_place(file.read_text(encoding="utf-8"), cluster, postings))


def _release(transport: Transport) -> tuple[int, ...]:
    version = transport.query("SELECT version() AS version").to_pylist()[0]["version"]
    return tuple(int(number) for number in version.split(".")[:2])


def _in_place(sql: str, cluster: str | None, postings: str) -> str:
    """The statement for one server, or for a cluster: local replicated tables under distributed ones."""
    if cluster is None:
        values = {"local": "", "on_cluster": "", "replacing": "ReplacingMergeTree", "durable": DURABLE, "cluster": ""}
    else:
        table = "blocks" if "local}blocks" in sql else "events"
        engine = REPLICATED.format(table=table)
        sql = sql.replace("{replacing}(", engine)
        values = {"local": "local_", "on_cluster": f"ON CLUSTER '{cluster}'", "durable": DURABLE, "cluster": cluster}
    for name, value in {**values, "postings": postings}.items():
        sql = sql.replace(f"{{{name}}}", value)
    return sql
