-- One row: the events of a session as parallel arrays, with what order, lineage and tool pairing need.
SELECT
    groupArray(event_id) AS event_ids,
    groupArray(parent_event_id) AS parent_ids,
    groupArray(agent_id) AS agent_ids,
    groupArray(type) AS types,
    groupArray(started_at_ns) AS started_at_ns,
    groupArray(ended_at_ns) AS ended_at_ns,
    groupArray(seq) AS seqs,
    groupArray(tool_name) AS tool_names,
    groupArray(tool_call_id) AS tool_call_ids
FROM
(
    SELECT
        event_id, parent_event_id, agent_id, type,
        toUnixTimestamp64Nano(started_at) AS started_at_ns,
        ifNull(toUnixTimestamp64Nano(ended_at), 0) AS ended_at_ns,
        seq, tool_name, tool_call_id
    FROM events FINAL
    WHERE workspace_id = {workspace_id:String} AND session_id = {session_id:UUID}
    ORDER BY version DESC, started_at DESC
    LIMIT 1 BY event_id
)
