-- On a cluster: the same for content.
CREATE TABLE IF NOT EXISTS blocks {on_cluster} AS {local}blocks
ENGINE = Distributed('{cluster}', currentDatabase(), '{local}blocks', sipHash64(workspace_id, session_id))
