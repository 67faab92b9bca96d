-- One row an event of some sessions: what decides whose usage counts.
SELECT
    toString(session_id) AS session_id,
    cityHash64(event_id) AS event,
    cityHash64(events.session_id, event_id) AS counted, -- the same event may lie in sessions of two workspaces
    if(parent_event_id = '', 0, cityHash64(parent_event_id)) AS parent,
    usage_kind,
    (input_tokens > 0 OR output_tokens > 0 OR cost_usd > 0) AS has_usage
FROM events FINAL
PREWHERE workspace_id IN {workspace_ids:Array(String)} AND events.session_id IN {session_ids:Array(UUID)}
ORDER BY version DESC, started_at DESC
LIMIT 1 BY events.session_id, event_id
