-- A piece of one block's text, and its full length in code points.
SELECT substringUTF8(text, {offset:UInt64} + 1, {limit:UInt64}) AS piece, lengthUTF8(text) AS full_chars
FROM blocks
WHERE workspace_id = {workspace_id:String} AND session_id = {session_id:UUID}
    AND hash = unhex({hash:String})::FixedString(16)
LIMIT 1
