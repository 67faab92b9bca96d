-- Executions of context pipelines in order of time, after a place.
SELECT
    event_id, toUnixTimestamp64Nano(started_at) AS at_ns, toUnixTimestamp64Nano(ended_at) AS ended_at_ns,
    JSONExtractRaw(details, 'pipeline') AS pipeline
FROM events FINAL
WHERE workspace_id = {workspace_id:String} AND session_id = {session_id:UUID} AND JSONHas(details, 'pipeline')
    AND (toUnixTimestamp64Nano(started_at), event_id) > ({after_ns:Int64}, {after_event_id:String})
ORDER BY started_at, event_id, version DESC
LIMIT 1 BY event_id
LIMIT {limit:UInt32}
