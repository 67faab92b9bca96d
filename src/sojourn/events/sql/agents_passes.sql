-- Events that say themselves that control passes from one agent to another: handoffs and nodes of an agent graph.
SELECT event_id, type, name, agent_id, toUnixTimestamp64Nano(at) AS started_at_ns, details, node_id, parent_node_id
FROM
(
    SELECT
        event_id, type, name, agent_id, started_at AS at, seq, details,
        JSONExtractString(attributes, 'graph.node.id') AS node_id,
        JSONExtractString(attributes, 'graph.node.parent_id') AS parent_node_id
    FROM events FINAL
    WHERE workspace_id = {workspace_id:String} AND session_id = {session_id:UUID}
        AND (type = 'handoff' OR position(attributes, '"graph.node.id"') > 0)
    ORDER BY version DESC, started_at DESC
    LIMIT 1 BY event_id
)
ORDER BY at, seq, event_id
LIMIT {limit:UInt32}
