-- On a cluster: the tables that queries name, over every shard; a session lies on one shard.
CREATE TABLE IF NOT EXISTS events {on_cluster} AS {local}events
ENGINE = Distributed('{cluster}', currentDatabase(), '{local}events', sipHash64(workspace_id, session_id))
