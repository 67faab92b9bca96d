-- Copies content that moving rows refer to into their new sessions.
INSERT INTO blocks (workspace_id, session_id, hash, kind, role, name, text, parts)
SELECT b.workspace_id, toUUID(m.home), b.hash, b.kind, b.role, b.name, b.text, b.parts
FROM
(
    SELECT DISTINCT session_id, arrayJoin(arrayConcat(input_refs, output_refs)) AS hash, home
    FROM
    (
        SELECT
            session_id, input_refs, output_refs,
            transform(
                concat(toString(session_id), trace_id), {whole:Array(String)}, {whole_homes:Array(String)},
                transform(concat(toString(session_id), event_id), {single:Array(String)}, {single_homes:Array(String)}, '')
            ) AS home
        FROM events FINAL
        PREWHERE workspace_id = {workspace_id:String} AND session_id IN {from_session_ids:Array(UUID)}
    )
    WHERE home != ''
) AS m
INNER JOIN
(
    SELECT * FROM blocks
    PREWHERE workspace_id = {workspace_id:String} AND session_id IN {from_session_ids:Array(UUID)}
    LIMIT 1 BY session_id, hash
) AS b ON m.session_id = b.session_id AND m.hash = b.hash
