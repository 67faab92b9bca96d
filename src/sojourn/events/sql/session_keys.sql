-- One row: what the rows of a session say of its key, for a session of which only the id is known.
SELECT
    groupUniqArray(64)(session_hint) AS hints,
    groupUniqArray(64)(trace_id) AS trace_ids,
    arrayDistinct(arrayConcat(groupUniqArray(16)(scope), groupUniqArray(16)(source))) AS senders
FROM events
WHERE workspace_id = {workspace_id:String} AND session_id = {session_id:UUID}
