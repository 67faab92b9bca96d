-- Nothing: deletes a session's blocks.
ALTER TABLE blocks DELETE WHERE workspace_id = {workspace_id:String} AND session_id = {session_id:UUID}
SETTINGS mutations_sync = 2
