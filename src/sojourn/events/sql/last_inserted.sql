-- One row: when the latest row was stored.
SELECT toUnixTimestamp64Nano(toDateTime64(max(inserted_at), 9, 'UTC')) AS at_ns FROM events
