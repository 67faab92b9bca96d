-- One row: how long the traces of a session took.
SELECT
    quantileOrNull(0.5)(duration_ms) AS p50_ms, quantileOrNull(0.95)(duration_ms) AS p95_ms, maxOrNull(duration_ms) AS max_ms
FROM
(
    SELECT
        trace_id,
        argMin(
            if(ended_at IS NULL, NULL, (toUnixTimestamp64Nano(ended_at) - toUnixTimestamp64Nano(started_at)) / 1000000),
            (parent_event_id != '', started_at, event_id)
        ) AS duration_ms
    FROM events FINAL
    WHERE workspace_id = {workspace_id:String} AND session_id = {session_id:UUID} AND trace_id != ''
    GROUP BY trace_id
)
