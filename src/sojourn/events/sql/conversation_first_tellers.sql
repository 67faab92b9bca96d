-- Of some blocks in some sessions the first event that names each.
SELECT toString(session_id) AS session_id, lower(hex(block)) AS digest, argMin(event_id, started_at) AS event_id
FROM
(
    SELECT
        session_id, event_id, started_at,
        arrayFilter(
            ref -> has(arrayMap(digest -> toFixedString(unhex(digest), 16), {hashes:Array(String)}), ref),
            arrayConcat(input_refs, output_refs)
        ) AS found
    FROM events
    WHERE workspace_id = {workspace_id:String} AND session_id IN {session_ids:Array(UUID)}
)
ARRAY JOIN found AS block
GROUP BY session_id, block
