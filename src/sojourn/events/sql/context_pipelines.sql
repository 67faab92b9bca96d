-- Executions of context pipelines in order of time, after a place.
SELECT event_id, toUnixTimestamp64Nano(at) AS at_ns, toUnixTimestamp64Nano(ended_at) AS ended_at_ns, pipeline
FROM
(
    SELECT
        event_id, started_at AS at, ended_at,
        JSONHas(details, 'pipeline') AS has_pipeline, JSONExtractRaw(details, 'pipeline') AS pipeline
    FROM events FINAL
    WHERE workspace_id = {workspace_id:String} AND session_id = {session_id:UUID}
    ORDER BY version DESC, started_at DESC
    LIMIT 1 BY event_id
)
WHERE has_pipeline AND (toUnixTimestamp64Nano(at), event_id) > ({after_ns:Int64}, {after_event_id:String})
ORDER BY at, event_id
LIMIT {limit:UInt32}
