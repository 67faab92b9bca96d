-- The latest traces of a session, newest first: how long each took and until its first token.
SELECT
    trace_id, toUnixTimestamp64Nano(at) AS at_ns, duration_ms, if(ttft_count > 0, ttft_value, NULL) AS ttft_ms
FROM
(
    SELECT
        trace_id,
        min(started_at) AS at,
        argMin(
            if(ended_at IS NULL, NULL, (toUnixTimestamp64Nano(ended_at) - toUnixTimestamp64Nano(started_at)) / 1000000),
            (parent_event_id != '', started_at, event_id)
        ) AS duration_ms,
        argMinIf(JSONExtractFloat(details, 'ttft_ms'), started_at, type = 'llm_call' AND JSONHas(details, 'ttft_ms')) AS ttft_value,
        countIf(type = 'llm_call' AND JSONHas(details, 'ttft_ms')) AS ttft_count
    FROM
    (
        SELECT trace_id, event_id, parent_event_id, type, details, started_at, ended_at
        FROM events FINAL
        WHERE workspace_id = {workspace_id:String} AND session_id = {session_id:UUID} AND trace_id != ''
        ORDER BY version DESC, started_at DESC
        LIMIT 1 BY event_id
    )
    GROUP BY trace_id
)
ORDER BY at DESC, trace_id DESC
LIMIT {limit:UInt32}
