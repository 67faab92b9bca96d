-- The rows of a trace, wherever they stand, with what session resolution looks at.
SELECT
    event_id, parent_event_id, toUnixTimestamp64Nano(started_at) AS started_at_ns, session_tier, session_hint,
    conversation_id, toString(session_id) AS session_id
FROM events FINAL
PREWHERE workspace_id = {workspace_id:String} AND events.session_id IN {session_ids:Array(UUID)}
WHERE trace_id = {trace_id:String}
ORDER BY version, started_at
