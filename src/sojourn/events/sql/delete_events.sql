-- Nothing: deletes the sessions' events.
ALTER TABLE events DELETE WHERE workspace_id = {workspace_id:String} AND session_id IN {session_ids:Array(UUID)}
SETTINGS mutations_sync = 2
