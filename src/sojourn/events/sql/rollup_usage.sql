-- One row a session, model and provider: the usage of the calls that count, each provider call once.
SELECT
    toString(session_id) AS session_id,
    model, provider,
    count() AS calls,
    countIf(call.is_error) AS errors,
    sum(ifNull(call.input_tokens, 0)) AS input_tokens,
    sum(ifNull(call.output_tokens, 0)) AS output_tokens,
    sum(ifNull(call.cache_read_tokens, 0)) AS cache_read_tokens,
    sum(ifNull(call.cache_write_tokens, 0)) AS cache_write_tokens,
    sum(ifNull(call.reasoning_tokens, 0)) AS reasoning_tokens,
    sumOrNull(call.cost_usd) AS cost_usd,
    countIf(call.has_usage AND call.cost_usd IS NULL) AS unpriced_calls,
    sum(call.duration_ms) AS duration_ms,
    countIf(call.usage_kind = 'call') AS call_rows
FROM
(
    SELECT
        session_id, if(model_used != '', model_used, model_requested) AS model, provider,
        usage_kind, input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, reasoning_tokens, cost_usd,
        (input_tokens > 0 OR output_tokens > 0) AS has_usage,
        (status = 'error') AS is_error,
        if(ended_at IS NULL, 0, greatest(0, dateDiff('millisecond', started_at, assumeNotNull(ended_at)))) AS duration_ms
    FROM
    (
        SELECT * FROM
        (
            SELECT
                session_id, event_id, model_used, model_requested, provider, usage_kind, usage_key, source, status,
                input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, reasoning_tokens, cost_usd,
                started_at, ended_at
            FROM events FINAL
            PREWHERE workspace_id IN {workspace_ids:Array(String)} AND session_id IN {session_ids:Array(UUID)}
            WHERE usage_kind != ''
            ORDER BY version DESC, started_at DESC
            LIMIT 1 BY session_id, event_id
        )
        WHERE if(
            usage_kind = 'call',
            cityHash64(session_id, event_id) NOT IN {excluded:Array(UInt64)},
            cityHash64(session_id, event_id) IN {included:Array(UInt64)}
        )
        -- One call told twice (span and log record, two instrumentations) has one key: prefer the span, then the fuller.
        ORDER BY source = 'span' DESC, ifNull(input_tokens, 0) + ifNull(output_tokens, 0) DESC, event_id
        LIMIT 1 BY session_id, if(usage_key = '', event_id, usage_key)
    )
) AS call
GROUP BY session_id, model, provider
