-- One row: tool calls, tool results and events that stand inline in a conversation, in order, as parallel arrays.
SELECT
    groupArray(event_id) AS event_ids,
    groupArray(type) AS types,
    groupArray(started_at_ns) AS started_at_ns,
    groupArray(seq) AS seqs,
    groupArray(tool_name) AS tool_names,
    groupArray(tool_call_id) AS tool_call_ids
FROM
(
    SELECT event_id, toString(type) AS type, toUnixTimestamp64Nano(started_at) AS started_at_ns, seq, tool_name, tool_call_id
    FROM
    (
        SELECT event_id, type, started_at, seq, tool_name, tool_call_id
        FROM events FINAL
        WHERE workspace_id = {workspace_id:String} AND session_id = {session_id:UUID}
            AND type NOT IN ('message', 'reasoning', 'llm_call', 'span')
        ORDER BY version DESC, started_at DESC
        LIMIT 1 BY event_id
    )
    ORDER BY started_at, seq, event_id
)
