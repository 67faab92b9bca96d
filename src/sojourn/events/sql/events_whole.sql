-- Every event of a session with everything that is stored of it, in order: for exports.
SELECT *, toUnixTimestamp64Nano(started_at) AS started_at_ns, toUnixTimestamp64Nano(ended_at) AS ended_at_ns
FROM
(
    SELECT *
    FROM events FINAL
    WHERE workspace_id = {workspace_id:String} AND session_id = {session_id:UUID}
    ORDER BY version DESC, started_at DESC
    LIMIT 1 BY event_id
)
ORDER BY started_at, seq, event_id
