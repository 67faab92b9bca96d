-- Content that holds all words: the newest block of each session, newest sessions first, with the words around the match.
SELECT
    toString(session_id) AS session_id, hash AS block_hash, role, kind,
    trim(substringUTF8(
        text, greatest(1, toInt64(positionCaseInsensitiveUTF8(text, {words:Array(String)}[1])) - 80), 200
    )) AS passage
FROM blocks
WHERE workspace_id = {workspace_id:String}
    AND (blocks.session_id, hash) IN
    (
        -- Text is read of what is shown, and not of all that matches.
        SELECT found.session_id, found.hash
        FROM
        (
            SELECT session_id, hash, inserted_at
            FROM blocks
            WHERE workspace_id = {workspace_id:String}
                AND hasAllTokens(text, {words:Array(String)})
                AND (empty({session_ids:Array(UUID)}) OR session_id IN {session_ids:Array(UUID)})
            ORDER BY inserted_at DESC
            LIMIT {scan:UInt32}
        ) AS found
        ORDER BY found.inserted_at DESC
        LIMIT 1 BY found.session_id
        LIMIT {limit:UInt32}
    )
ORDER BY inserted_at DESC
LIMIT 1 BY blocks.session_id
LIMIT {limit:UInt32}
