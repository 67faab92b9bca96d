-- One row: hashes of the content of a session that holds all words, and events whose own text or tool content does.
WITH matching_blocks AS
(
    SELECT DISTINCT hash FROM blocks
    WHERE workspace_id = {workspace_id:String} AND session_id = {session_id:UUID}
        AND arrayAll(word -> position(lower(concat(name, ' ', text)), word) > 0, {words:Array(String)})
    LIMIT {limit:UInt32}
)
SELECT
    (SELECT groupArray(lower(hex(hash))) FROM matching_blocks) AS hashes,
    (
        SELECT groupUniqArray(event_id)
        FROM events FINAL
        WHERE workspace_id = {workspace_id:String} AND session_id = {session_id:UUID}
            AND type NOT IN ('message', 'reasoning', 'llm_call', 'span')
            AND (
                arrayAll(
                    word -> position(lower(concat(name, ' ', preview, ' ', error, ' ', tool_name)), word) > 0,
                    {words:Array(String)}
                )
                OR hasAny(arrayConcat(input_refs, output_refs), (SELECT groupArray(hash) FROM matching_blocks))
            )
    ) AS event_ids
