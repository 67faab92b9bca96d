-- Some events of a session by id with everything that is stored of them.
SELECT
    * EXCEPT (started_at, ended_at, inserted_at, is_deleted),
    toUnixTimestamp64Nano(started_at) AS started_at_ns,
    toUnixTimestamp64Nano(ended_at) AS ended_at_ns
FROM events FINAL
WHERE workspace_id = {workspace_id:String} AND session_id = {session_id:UUID}
    AND started_at BETWEEN fromUnixTimestamp64Nano({from_ns:Int64}) AND fromUnixTimestamp64Nano({to_ns:Int64})
    AND event_id IN {event_ids:Array(String)}
ORDER BY version DESC, events.started_at DESC
LIMIT 1 BY event_id
