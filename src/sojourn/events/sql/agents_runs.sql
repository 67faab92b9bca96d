-- Some events of a session by id, as nodes of its tree of agents.
SELECT
    event_id, conversation_id, status,
    toUnixTimestamp64Nano(started_at) AS started_at_ns, toUnixTimestamp64Nano(ended_at) AS ended_at_ns
FROM events FINAL
WHERE workspace_id = {workspace_id:String} AND session_id = {session_id:UUID} AND event_id IN {event_ids:Array(String)}
ORDER BY version DESC, events.started_at DESC
LIMIT 1 BY event_id
