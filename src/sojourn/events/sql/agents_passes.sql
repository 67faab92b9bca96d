-- Events that say themselves that control passes from one agent to another: handoffs and nodes of an agent graph.
SELECT
    event_id, type, name, agent_id, toUnixTimestamp64Nano(started_at) AS started_at_ns, details,
    JSONExtractString(attributes, 'graph.node.id') AS node_id,
    JSONExtractString(attributes, 'graph.node.parent_id') AS parent_node_id
FROM events FINAL
WHERE workspace_id = {workspace_id:String} AND session_id = {session_id:UUID}
    AND (type = 'handoff' OR position(attributes, '"graph.node.id"') > 0)
ORDER BY started_at, seq, event_id, version DESC
LIMIT 1 BY event_id
LIMIT {limit:UInt32}
