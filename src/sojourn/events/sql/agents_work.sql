-- What each agent did; events that name no agent are summed by their parent, whose agent is theirs.
SELECT
    agent_id,
    if(agent_id = '', parent_event_id, '') AS parent_id,
    toUnixTimestamp64Nano(min(started_at)) AS first_at_ns,
    toUnixTimestamp64Nano(max(ifNull(ended_at, started_at))) AS last_at_ns,
    count() AS event_count,
    countIf(type = 'tool_call') AS tool_call_count,
    countIf(status = 'error') AS error_count
FROM
(
    SELECT agent_id, parent_event_id, type, status, started_at, ended_at
    FROM events FINAL
    WHERE workspace_id = {workspace_id:String} AND session_id = {session_id:UUID}
    ORDER BY version DESC, started_at DESC
    LIMIT 1 BY event_id
)
GROUP BY agent_id, parent_id
