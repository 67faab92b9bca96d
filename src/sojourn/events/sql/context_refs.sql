-- Some model calls of a session by id, with the hashes of what was sent.
SELECT
    event_id, toUnixTimestamp64Nano(started_at) AS at_ns, agent_id,
    if(model_used != '', model_used, model_requested) AS model,
    input_tokens, cache_read_tokens, cache_write_tokens,
    arrayMap(ref -> lower(hex(ref)), arraySlice(input_refs, 1, {max_refs:UInt32})) AS refs
FROM events FINAL
WHERE workspace_id = {workspace_id:String} AND session_id = {session_id:UUID} AND event_id IN {event_ids:Array(String)}
ORDER BY version DESC, started_at DESC
LIMIT 1 BY event_id
