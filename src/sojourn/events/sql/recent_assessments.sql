-- A page of the assessments of a workspace that were stored since a time, whoever said them, the latest first.
SELECT
    toString(found.session_id) AS session_id, found.event_id AS event_id, found.trace_id AS trace_id, found.name AS name,
    found.details AS details, toUnixTimestamp64Nano(found.started_at) AS started_at_ns,
    toUnixTimestamp64Micro(found.inserted_at) AS inserted_at_us
FROM
(
    SELECT
        session_id, event_id, trace_id, name, details, started_at, is_deleted, inserted_at,
        JSONExtractString(details, 'assessor_id') AS assessor_id,
        JSONExtractString(details, 'intent') AS intent,
        if(intent = '' AND assessor_id != '', 'failed', intent) AS outcome
    FROM
    (
        SELECT session_id, event_id, trace_id, name, details, started_at, version, is_deleted, inserted_at
        FROM events
        WHERE workspace_id = {workspace_id:String} AND type = 'assessment'
            AND inserted_at >= fromUnixTimestamp64Nano({since_ns:Int64})
        ORDER BY inserted_at DESC
        LIMIT {scan:UInt32}
    )
    ORDER BY version DESC, inserted_at DESC, is_deleted DESC
    LIMIT 1 BY session_id, started_at, event_id
) AS found
WHERE found.is_deleted = 0
    AND (empty({assessor_ids:Array(String)}) OR found.assessor_id IN {assessor_ids:Array(String)})
    AND (empty({outcomes:Array(String)}) OR found.outcome IN {outcomes:Array(String)})
    AND (NOT {has_before:UInt8} OR (toUnixTimestamp64Micro(found.inserted_at), found.event_id)
        < ({before_us:Int64}, {before_id:String}))
ORDER BY inserted_at_us DESC, event_id DESC
LIMIT 1 BY event_id
LIMIT {limit:UInt32}
