-- What was sent to some model calls, one row a block, without its text.
SELECT
    lower(hex(hash)) AS digest, kind, role, name, lengthUTF8(text) + length(parts) AS chars,
    substringUTF8(text, 1, {preview_chars:UInt32}) AS preview,
    position(parts, '"type":"compaction"') > 0 AS is_summary
FROM blocks
WHERE workspace_id = {workspace_id:String} AND session_id = {session_id:UUID}
    AND hash IN
    (
        SELECT arrayJoin(arraySlice(input_refs, 1, {max_refs:UInt32}))
        FROM events
        WHERE workspace_id = {workspace_id:String} AND session_id = {session_id:UUID} AND event_id IN {event_ids:Array(String)}
    )
LIMIT 1 BY hash
