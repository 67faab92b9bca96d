-- Parent and agent of some events of a session.
SELECT event_id, parent_event_id, agent_id
FROM events FINAL
WHERE workspace_id = {workspace_id:String} AND session_id = {session_id:UUID} AND event_id IN {event_ids:Array(String)}
ORDER BY version DESC, started_at DESC
LIMIT 1 BY event_id
