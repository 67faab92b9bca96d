-- State changes of a session, newest first, before a place; values as JSON text.
SELECT event_id, toUnixTimestamp64Nano(at) AS at_ns, seq, agent_id, variable, old_value, new_value
FROM
(
    SELECT
        event_id, started_at AS at, seq, agent_id,
        if(JSONExtractString(details, 'variable') = '', name, JSONExtractString(details, 'variable')) AS variable,
        substringUTF8(JSONExtractRaw(details, 'old'), 1, {max_chars:UInt32} + 1) AS old_value,
        substringUTF8(JSONExtractRaw(details, 'new'), 1, {max_chars:UInt32} + 1) AS new_value
    FROM events FINAL
    WHERE workspace_id = {workspace_id:String} AND session_id = {session_id:UUID} AND type = 'state_change'
    ORDER BY version DESC, started_at DESC
    LIMIT 1 BY event_id
)
WHERE (toUnixTimestamp64Nano(at), seq, event_id) < ({before_ns:Int64}, {before_seq:Int64}, {before_event_id:String})
ORDER BY at DESC, seq DESC, event_id DESC
LIMIT {limit:UInt32}
