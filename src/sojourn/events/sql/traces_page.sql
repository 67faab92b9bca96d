-- A page of the traces of a session in order of their start, with the root of each.
SELECT
    trace_id,
    toUnixTimestamp64Nano(min(started_at)) AS started_at_ns,
    maxOrNull(toUnixTimestamp64Nano(ifNull(ended_at, started_at))) AS last_at_ns,
    countIf(ended_at IS NULL) AS open_count,
    count() AS event_count,
    countIf(status = 'error') AS error_count,
    argMin(
        (event_id, name, type, status, JSONExtractString(details, 'direction')),
        (parent_event_id != '', started_at, event_id)
    ) AS root,
    root.1 AS root_event_id, root.2 AS root_name, root.3 AS root_type, root.4 AS root_status, root.5 AS root_direction
FROM
(
    SELECT trace_id, event_id, parent_event_id, name, type, status, details, started_at, ended_at
    FROM events FINAL
    WHERE workspace_id = {workspace_id:String} AND session_id = {session_id:UUID} AND trace_id != ''
    ORDER BY version DESC, started_at DESC
    LIMIT 1 BY event_id
)
GROUP BY trace_id
HAVING (started_at_ns, trace_id) > ({after_ns:Int64}, {after_trace_id:String})
ORDER BY started_at_ns, trace_id
LIMIT {limit:UInt32}
