-- One row: messages that hold tool calls or results, as parallel arrays: hash, and its parts as lines of type, id, name and
-- length of the arguments, which lie in the text from place to place.
SELECT
    groupArray(lower(hex(hash))) AS hashes,
    groupArray(lines) AS lines
FROM
(
    SELECT
        hash,
        arrayStringConcat(
            arrayMap(
                part -> concat(
                    JSONExtractString(part, 'type'), char(31), JSONExtractString(part, 'id'), char(31),
                    JSONExtractString(part, 'name'), char(31),
                    toString(JSONExtractInt(part, 'arguments', 2) - JSONExtractInt(part, 'arguments', 1))
                ),
                JSONExtractArrayRaw(parts)
            ),
            char(30)
        ) AS lines
    FROM blocks
    WHERE workspace_id = {workspace_id:String} AND session_id = {session_id:UUID}
        AND kind = 'message' AND position(parts, '"tool_call') > 0
    LIMIT 1 BY hash
)
