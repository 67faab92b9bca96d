-- The earliest tool call and the earliest tool result of each call id.
SELECT type, tool_call_id, argMin(event_id, started_at) AS event_id
FROM events FINAL
WHERE workspace_id = {workspace_id:String} AND session_id = {session_id:UUID}
    AND type IN ('tool_call', 'tool_result') AND tool_call_id IN {call_ids:Array(String)}
GROUP BY type, tool_call_id
