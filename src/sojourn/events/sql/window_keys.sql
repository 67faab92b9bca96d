-- The places of a timeline's rows, in order, after or before a place or at an offset.
SELECT event_id, phase, toUnixTimestamp64Nano(at) AS at_ns, seq
FROM
(
    -- include window_rows
)
WHERE
    (NOT {has_after:UInt8} OR (toUnixTimestamp64Nano(at), seq, event_id, phase)
        > ({after_at:Int64}, {after_seq:Int64}, {after_id:String}, {after_phase:UInt8}))
    AND (NOT {has_before:UInt8} OR (toUnixTimestamp64Nano(at), seq, event_id, phase)
        < ({before_at:Int64}, {before_seq:Int64}, {before_id:String}, {before_phase:UInt8}))
ORDER BY at_ns, seq, event_id, phase
LIMIT {limit:UInt32} OFFSET {offset:UInt32}
