-- Nothing: deletes the sessions' blocks.
ALTER TABLE blocks DELETE WHERE workspace_id = {workspace_id:String} AND session_id IN {session_ids:Array(UUID)}
SETTINGS mutations_sync = 2
