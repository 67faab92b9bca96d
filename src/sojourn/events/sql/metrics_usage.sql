-- One row: all records of usage in a session as parallel arrays, one a provider call, those that tell it best.
SELECT
    groupArray(event_id) AS event_ids, groupArray(trace_id) AS trace_ids, groupArray(usage_kind) AS kinds,
    groupArray(ifNull(input_tokens, 0)) AS input_tokens, groupArray(ifNull(output_tokens, 0)) AS output_tokens,
    groupArray(ifNull(cost_usd, nan)) AS costs_usd, groupArray(JSONExtractString(cost_rule, 'source')) AS cost_sources,
    groupArray(type = 'llm_call') AS are_model_calls, groupArray(usage_key) AS usage_keys
FROM
(
    SELECT * FROM
    (
        SELECT
            event_id, trace_id, type, usage_kind, usage_key, source, input_tokens, output_tokens, cost_usd, cost_rule
        FROM events FINAL
        WHERE workspace_id = {workspace_id:String} AND session_id = {session_id:UUID} AND usage_kind != ''
        ORDER BY version DESC, started_at DESC
        LIMIT 1 BY event_id
    )
    ORDER BY source = 'span' DESC, ifNull(input_tokens, 0) + ifNull(output_tokens, 0) DESC, event_id
)
