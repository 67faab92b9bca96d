-- Some events of a session by id, with what a conversation shows of them; long names cut.
SELECT
    event_id, type, substringUTF8(name, 1, {name_chars:UInt32}) AS name, status,
    toUnixTimestamp64Nano(started_at) AS started_at_ns,
    toUnixTimestamp64Nano(ended_at) AS ended_at_ns,
    conversation_id, parent_event_id, agent_id,
    if(model_used != '', model_used, model_requested) AS model,
    tool_name, tool_call_id, error_type, error, preview, details,
    if(type = 'llm_call', [], arrayMap(ref -> lower(hex(ref)), arraySlice(input_refs, 1, {refs:UInt32}))) AS input_hashes,
    if(type = 'llm_call', [], arrayMap(ref -> lower(hex(ref)), arraySlice(output_refs, 1, {refs:UInt32}))) AS output_hashes
FROM events FINAL
WHERE workspace_id = {workspace_id:String} AND session_id = {session_id:UUID}
    AND events.started_at BETWEEN fromUnixTimestamp64Nano({from_ns:Int64}) AND fromUnixTimestamp64Nano({to_ns:Int64})
    AND event_id IN {event_ids:Array(String)}
ORDER BY version DESC, events.started_at DESC
LIMIT 1 BY event_id
