-- One row a session: everything that is counted from its events, except usage.
SELECT
    r.workspace_id AS workspace_id,
    toString(r.session_id) AS session_id,
    count() AS event_count,
    uniqExactIf(r.trace_id, r.trace_id != '') AS trace_count,
    length(groupUniqArrayArray(r.message_keys)) AS message_count,
    countIf(r.type = 'llm_call') AS llm_call_rows,
    uniqExactIf(
        if(r.tool_call_id != '', r.tool_call_id, r.event_id),
        r.type = 'tool_call' AND NOT (p.type = 'tool_call' AND p.tool_name = r.tool_name)
    ) AS tool_call_count,
    -- A failure that went up through its callers counts once, at its origin.
    countIf(r.is_error) - uniqExactIf(r.parent_event_id, r.is_error AND p.is_error) AS error_count,
    countIf(r.type = 'handoff') AS handoff_count,
    countIf(r.type = 'compaction') AS compactions,
    countIf(r.type = 'reset') AS resets,
    toUnixTimestamp64Nano(min(r.started_at)) AS started_at_ns,
    -- What we write ourselves of steering and tasks is no sign of life.
    toUnixTimestamp64Nano(if(
        countIf(r.source != 'sojourn') = 0,
        min(r.started_at),
        maxIf(greatest(r.started_at, ifNull(r.ended_at, r.started_at)), r.source != 'sojourn')
    )) AS last_activity_at_ns,
    minMapIf(map(toString(r.agent_id), toUnixTimestamp64Nano(r.started_at)), r.agent_id != '') AS agents,
    uniqExactIf(r.conversation_id, r.conversation_id != '') AS conversations,
    countIf(r.status = 'pending') AS open_count,
    uniqExactIf(r.parent_event_id, r.source = 'span' AND r.parent_event_id != '' AND p.event_id = '') AS missing_parents,
    argMaxIf(
        (r.status, r.error_type, r.error, r.event_id, toUnixTimestamp64Nano(assumeNotNull(r.ended_at))),
        (r.ended_at, r.event_id), r.is_root AND r.status != 'pending' AND r.ended_at IS NOT NULL
    ) AS root,
    argMinIf(r.name, (r.started_at, r.event_id), r.is_root) AS root_name,
    argMinIf(r.user_text, (r.started_at, r.seq, r.event_id), r.user_text != '') AS user_text,
    minIf(r.session_tier, r.session_tier > 0) AS best_tier,
    maxMapIf(map(r.session_fields, toUnixTimestamp64Nano(r.started_at)), r.session_fields != '') AS fields,
    countIf((r.usage_kind = 'sum' AND r.has_usage) OR (p.usage_kind = 'call' AND p.has_usage)) > 0 AS needs_structure,
    countIf(r.has_usage) > 0 AS has_usage
FROM
(
    SELECT
        workspace_id, session_id, event_id, parent_event_id, trace_id, type, name, status, started_at, ended_at, seq,
        tool_name, tool_call_id, agent_id, conversation_id, source, error_type, error, user_text, session_tier,
        session_fields, message_keys, usage_kind,
        (input_tokens > 0 OR output_tokens > 0 OR cost_usd > 0) AS has_usage,
        (status = 'error' OR type = 'error') AS is_error,
        (parent_event_id = '' AND source = 'span') AS is_root
    FROM events FINAL
    PREWHERE workspace_id IN {workspace_ids:Array(String)} AND session_id IN {session_ids:Array(UUID)}
    ORDER BY version DESC, started_at DESC
    LIMIT 1 BY workspace_id, session_id, event_id
) AS r
LEFT JOIN
(
    SELECT
        session_id, event_id, type, tool_name, usage_kind,
        (input_tokens > 0 OR output_tokens > 0 OR cost_usd > 0) AS has_usage,
        (status = 'error' OR type = 'error') AS is_error
    FROM events FINAL
    PREWHERE workspace_id IN {workspace_ids:Array(String)} AND session_id IN {session_ids:Array(UUID)}
    ORDER BY version DESC, started_at DESC
    LIMIT 1 BY session_id, event_id
) AS p ON r.session_id = p.session_id AND r.parent_event_id = p.event_id
GROUP BY r.workspace_id, r.session_id
