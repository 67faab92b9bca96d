-- One row: the model calls of a session in order of time, with their conversations, as parallel arrays.
SELECT groupArray(event_id) AS event_ids, groupArray(conversation_id) AS conversation_ids, groupArray(at_ns) AS at_ns
FROM
(
    SELECT event_id, conversation_id, toUnixTimestamp64Nano(at) AS at_ns
    FROM
    (
        SELECT event_id, conversation_id, started_at AS at, seq
        FROM events FINAL
        WHERE workspace_id = {workspace_id:String} AND session_id = {session_id:UUID} AND type = 'llm_call'
        ORDER BY version DESC, started_at DESC
        LIMIT 1 BY event_id
    )
    ORDER BY at, seq, event_id
)
