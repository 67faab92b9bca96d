-- The latest model and tool calls and errors of a session, the newest first: what they were given and gave, as hashes.
SELECT
    event_id, type, tool_name, (status = 'error' OR type = 'error') AS is_error, cost_usd,
    if(empty(input_refs), 0, cityHash64(input_refs)) AS asked,
    if(empty(output_refs), 0, cityHash64(output_refs)) AS answered
FROM
(
    SELECT event_id, type, tool_name, status, cost_usd, input_refs, output_refs, started_at, seq
    FROM events FINAL
    WHERE workspace_id = {workspace_id:String} AND session_id = {session_id:UUID}
    ORDER BY version DESC, started_at DESC
    LIMIT 1 BY event_id
)
WHERE type IN ('llm_call', 'tool_call', 'error') AND status != 'pending'
ORDER BY started_at DESC, seq DESC, event_id DESC
LIMIT {limit:UInt32}
