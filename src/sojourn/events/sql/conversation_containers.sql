-- A model call that contains another event, if there is one.
SELECT event_id
FROM events
WHERE workspace_id = {workspace_id:String} AND session_id = {session_id:UUID} AND type = 'llm_call'
    AND event_id IN
    (
        SELECT parent_event_id FROM events
        WHERE workspace_id = {workspace_id:String} AND session_id = {session_id:UUID} AND parent_event_id != ''
    )
LIMIT 1
