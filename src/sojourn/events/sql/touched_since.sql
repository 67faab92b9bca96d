-- The sessions that got rows since a time of the event store's clock.
SELECT DISTINCT workspace_id, toString(session_id) AS session_id
FROM events
WHERE inserted_at >= fromUnixTimestamp64Nano({at_ns:Int64})
