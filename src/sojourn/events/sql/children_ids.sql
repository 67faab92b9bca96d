-- The events below an event, in order.
SELECT event_id, 0 AS phase, toUnixTimestamp64Nano(started_at) AS at_ns, seq
FROM
(
    SELECT event_id, started_at, seq
    FROM events FINAL
    WHERE workspace_id = {workspace_id:String} AND session_id = {session_id:UUID}
        AND parent_event_id = {event_id:String}
    ORDER BY version DESC, started_at DESC
    LIMIT 1 BY event_id
)
ORDER BY at_ns, seq, event_id
LIMIT {limit:UInt32}
