-- Writes rows at their new place and hides them at the old, as one block, so that no reader sees half a move.
INSERT INTO events
(
    workspace_id, session_id, started_at, event_id, type, name, status, ended_at, trace_id, parent_event_id, seq, version,
    conversation_id, session_tier, session_hint, agent_id, model_requested, model_used, provider, tool_name, tool_call_id,
    input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, reasoning_tokens, cost_usd, cost_rule, usage_kind,
    usage_key, source, scope, error_type, error, preview, user_text, input_refs, output_refs, message_keys, details,
    attributes, session_fields, is_deleted
)
SELECT
    workspace_id, if(is_old, session_id, toUUID(home)) AS session_id, started_at, event_id, type, name, status,
    ended_at, trace_id, parent_event_id, seq, version, conversation_id, session_tier, session_hint, agent_id,
    model_requested, model_used, provider, tool_name, tool_call_id, input_tokens, output_tokens, cache_read_tokens,
    cache_write_tokens, reasoning_tokens, cost_usd, cost_rule, usage_kind, usage_key, source, scope, error_type, error,
    if(is_old, '', preview), if(is_old, '', user_text), if(is_old, [], input_refs), if(is_old, [], output_refs),
    if(is_old, [], message_keys), if(is_old, '', details), if(is_old, '', attributes), if(is_old, '', session_fields),
    is_old
FROM
(
    SELECT
        *,
        transform(
            concat(toString(session_id), trace_id), {whole:Array(String)}, {whole_homes:Array(String)},
            transform(concat(toString(session_id), event_id), {single:Array(String)}, {single_homes:Array(String)}, '')
        ) AS home
    FROM events FINAL
    PREWHERE workspace_id = {workspace_id:String} AND session_id IN {from_session_ids:Array(UUID)}
)
ARRAY JOIN [0, 1]::Array(UInt8) AS is_old
WHERE home != ''
SETTINGS max_threads = 1, max_insert_threads = 1, min_insert_block_size_rows = 10000000, min_insert_block_size_bytes = 0
