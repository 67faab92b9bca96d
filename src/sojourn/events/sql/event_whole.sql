-- One event with everything that is stored of it.
SELECT *, toUnixTimestamp64Nano(started_at) AS started_at_ns, toUnixTimestamp64Nano(ended_at) AS ended_at_ns
FROM events FINAL
WHERE workspace_id = {workspace_id:String} AND session_id = {session_id:UUID} AND event_id = {event_id:String}
ORDER BY version DESC, events.started_at DESC
LIMIT 1
