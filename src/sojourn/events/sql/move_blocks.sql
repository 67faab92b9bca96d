-- Copies content that moving rows refer to into their new session.
INSERT INTO blocks (workspace_id, session_id, hash, kind, role, name, text, parts)
SELECT workspace_id, {to_session_id:UUID}, hash, kind, role, name, text, parts
FROM blocks
WHERE workspace_id = {workspace_id:String} AND session_id = {from_session_id:UUID}
    AND hash IN
    (
        SELECT arrayJoin(arrayConcat(input_refs, output_refs)) FROM events FINAL
        WHERE workspace_id = {workspace_id:String} AND session_id = {from_session_id:UUID} AND trace_id = {trace_id:String}
            AND ({is_whole:UInt8} OR event_id IN {event_ids:Array(String)})
    )
LIMIT 1 BY hash
