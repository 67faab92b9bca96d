-- A timeline's rows that fit the filter: a finished tool call stands at its start and at its end.
SELECT
    event_id, seq, phase,
    if(phase = 0, started_at, assumeNotNull(ended_at)) AS at
FROM
(
    SELECT event_id, seq, type, started_at, ended_at
    FROM events FINAL
    WHERE workspace_id = {workspace_id:String} AND session_id = {session_id:UUID}
        AND (empty({statuses:Array(String)}) OR status IN {statuses:Array(String)})
        AND (empty({agents:Array(String)}) OR agent_id IN {agents:Array(String)})
        AND (empty({trace_ids:Array(String)}) OR trace_id IN {trace_ids:Array(String)})
        AND (
            empty({words:Array(String)})
            OR arrayAll(
                word -> position(lower(concat(name, ' ', preview, ' ', error, ' ', tool_name, ' ', model_used)), word) > 0,
                {words:Array(String)}
            )
            OR hasAny(arrayConcat(input_refs, output_refs), (
                SELECT groupArray(hash) FROM blocks
                WHERE workspace_id = {workspace_id:String} AND session_id = {session_id:UUID}
                    AND notEmpty({words:Array(String)})
                    AND arrayAll(word -> position(lower(text), word) > 0, {words:Array(String)})
            ))
        )
    ORDER BY version DESC, started_at DESC
    LIMIT 1 BY event_id
)
ARRAY JOIN if(type = 'tool_call' AND ended_at IS NOT NULL, [0, 1], [0])::Array(UInt8) AS phase
WHERE empty({types:Array(String)}) OR if(phase = 1, 'tool_result', type) IN {types:Array(String)}
