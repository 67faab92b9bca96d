-- The latest value of each session variable, as JSON text, in order of name.
SELECT
    variable,
    argMax(substringUTF8(value, 1, {max_chars:UInt32} + 1), place) AS value,
    toUnixTimestamp64Nano(max(at)) AS updated_at_ns,
    argMax(event_id, place) AS event_id,
    count() AS changes
FROM
(
    SELECT
        event_id, started_at AS at, (started_at, seq, event_id) AS place,
        if(JSONExtractString(details, 'variable') = '', name, JSONExtractString(details, 'variable')) AS variable,
        JSONExtractRaw(details, 'new') AS value
    FROM events FINAL
    WHERE workspace_id = {workspace_id:String} AND session_id = {session_id:UUID} AND type = 'state_change'
    ORDER BY version DESC, started_at DESC
    LIMIT 1 BY event_id
)
GROUP BY variable
ORDER BY variable
LIMIT {limit:UInt32}
