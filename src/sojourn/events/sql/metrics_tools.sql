-- One row a tool, most used first: calls, errors and how long they took.
SELECT
    tool AS name, count() AS calls, countIf(status = 'error') AS errors,
    sum(duration_ms) AS total_ms,
    quantileOrNull(0.5)(duration_ms) AS p50_ms,
    quantileOrNull(0.95)(duration_ms) AS p95_ms,
    max(duration_ms) AS max_ms
FROM
(
    SELECT
        if(tool_name != '', tool_name, name) AS tool, status,
        (toUnixTimestamp64Nano(ended_at) - toUnixTimestamp64Nano(started_at)) / 1000000 AS duration_ms
    FROM events FINAL
    WHERE workspace_id = {workspace_id:String} AND session_id = {session_id:UUID} AND type = 'tool_call'
    ORDER BY version DESC, started_at DESC
    LIMIT 1 BY event_id
)
GROUP BY tool
ORDER BY calls DESC, tool
LIMIT {limit:UInt32}
