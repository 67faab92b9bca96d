-- One row an assessor: how often it said what since a time, why it failed last, and how long it took.
SELECT
    found.assessor_id AS assessor_id,
    countIf(found.intent = 'allow') AS allow, countIf(found.intent = 'escalate') AS escalate,
    countIf(found.intent = 'block') AS block, countIf(found.intent = '') AS failed,
    JSONExtractString(argMax(found.details, found.inserted_at), 'assessed_at') AS last_at,
    argMax(found.intent, found.inserted_at) AS last_intent,
    argMaxIf(found.details, found.inserted_at, found.intent = '') AS failure_details,
    JSONExtractString(failure_details, 'assessed_at') AS failed_at,
    JSONExtractString(failure_details, 'explanation') AS failure,
    quantile(0.5)(JSONExtractFloat(found.details, 'duration_ms')) AS median_ms
FROM
(
    SELECT
        event_id, details, is_deleted, inserted_at,
        JSONExtractString(details, 'assessor_id') AS assessor_id,
        JSONExtractString(details, 'intent') AS intent
    FROM
    (
        SELECT session_id, event_id, details, started_at, version, is_deleted, inserted_at
        FROM events
        WHERE workspace_id = {workspace_id:String} AND type = 'assessment'
            AND inserted_at >= fromUnixTimestamp64Nano({since_ns:Int64})
        ORDER BY inserted_at DESC
        LIMIT {scan:UInt32}
    )
    ORDER BY version DESC, inserted_at DESC, is_deleted DESC
    LIMIT 1 BY session_id, started_at, event_id
) AS found
WHERE found.is_deleted = 0 AND found.assessor_id != ''
GROUP BY assessor_id
