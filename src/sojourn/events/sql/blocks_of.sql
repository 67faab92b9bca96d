-- Content by hash; text cut at a limit (0: whole) with its full length.
SELECT
    hash, kind, role, name,
    if({max_chars:UInt64} = 0, blocks.text, substringUTF8(blocks.text, 1, {max_chars:UInt64})) AS text,
    parts,
    lengthUTF8(blocks.text) AS full_chars
FROM blocks
WHERE workspace_id = {workspace_id:String} AND session_id = {session_id:UUID}
    AND hash IN (SELECT arrayJoin(arrayMap(digits -> unhex(digits)::FixedString(16), {hashes:Array(String)})))
LIMIT 1 BY hash
