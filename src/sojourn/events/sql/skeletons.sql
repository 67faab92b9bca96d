-- Some events of a session by id, without content; long names cut.
SELECT
    event_id, type, substringUTF8(name, 1, {name_chars:UInt32}) AS name, status,
    toUnixTimestamp64Nano(started_at) AS started_at_ns,
    toUnixTimestamp64Nano(ended_at) AS ended_at_ns,
    trace_id, parent_event_id, seq, conversation_id, agent_id, model_requested, model_used, provider, tool_name,
    tool_call_id, input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, reasoning_tokens, cost_usd,
    usage_kind, source, error_type, error, preview, details,
    length(input_refs) AS input_count,
    length(output_refs) AS output_count
FROM events FINAL
WHERE workspace_id = {workspace_id:String} AND session_id = {session_id:UUID}
    AND started_at BETWEEN fromUnixTimestamp64Nano({from_ns:Int64}) AND fromUnixTimestamp64Nano({to_ns:Int64})
    AND event_id IN {event_ids:Array(String)}
ORDER BY version DESC, events.started_at DESC
LIMIT 1 BY event_id
