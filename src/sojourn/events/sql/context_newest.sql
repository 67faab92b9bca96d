-- The newest events whose details tell of one part of a context (a pipeline, a dag), the newest first.
SELECT event_id, toUnixTimestamp64Nano(at) AS at_ns, toUnixTimestamp64Nano(ended_at) AS ended_at_ns, told
FROM
(
    SELECT
        event_id, started_at AS at, ended_at,
        JSONHas(details, {part:String}) AS has_part, JSONExtractRaw(details, {part:String}) AS told
    FROM events FINAL
    WHERE workspace_id = {workspace_id:String} AND session_id = {session_id:UUID}
    ORDER BY version DESC, started_at DESC
    LIMIT 1 BY event_id
)
WHERE has_part
ORDER BY at DESC, event_id DESC
LIMIT {limit:UInt32}
