-- One row: where each message of a session is told first, in order of time, as parallel arrays; the n-th occurrence in one
-- call counts apart. Exhaustive: every place where it is told.
SELECT
    groupArray(event_id) AS event_ids,
    groupArray(type != 'llm_call') AS are_messages,
    groupArray(toUnixTimestamp64Nano(started_at)) AS started_at_ns,
    groupArray(ifNull(toUnixTimestamp64Nano(ended_at), 0)) AS ended_at_ns,
    groupArray(seq) AS seqs,
    groupArray(position) AS positions,
    groupArray(position > input_count) AS are_outputs,
    groupArray(lower(hex(block))) AS hashes,
    groupArray(occurrence) AS occurrences
FROM
(
    SELECT event_id, type, started_at, ended_at, seq, input_count, block, occurrence, position
    FROM
    (
        SELECT
            event_id, type, started_at, ended_at, seq, input_count,
            arraySlice(refs, first_new) AS new_refs,
            arraySlice(arrayEnumerateUniq(refs), first_new) AS new_occurrences,
            range(toUInt32(first_new), toUInt32(length(refs) + 1)) AS new_positions
        FROM
        (
            -- A call repeats the history of the call before it: what both begin with is not looked at again.
            SELECT
                event_id, type, started_at, ended_at, seq, input_count, refs,
                if(
                    type != 'llm_call' OR {is_exhaustive:UInt8}, 1,
                    arrayFirstIndex((now, before) -> now != before, refs, arrayResize(refs_before, length(refs)))
                ) AS first_new
            FROM
            (
                SELECT
                    event_id, type, started_at, ended_at, seq,
                    length(input_refs) AS input_count, arrayConcat(input_refs, output_refs) AS refs,
                    lagInFrame(refs) OVER (
                        PARTITION BY type, conversation_id, agent_id ORDER BY started_at, seq, event_id
                        ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
                    ) AS refs_before
                FROM
                (
                    SELECT event_id, type, started_at, ended_at, seq, conversation_id, agent_id, input_refs, output_refs
                    FROM events FINAL
                    WHERE workspace_id = {workspace_id:String} AND session_id = {session_id:UUID}
                        AND type IN ('message', 'reasoning', 'llm_call')
                    ORDER BY version DESC, started_at DESC
                    LIMIT 1 BY event_id
                )
                WHERE event_id NOT IN {nested_ids:Array(String)}
            )
            WHERE notEmpty(refs)
        )
        WHERE first_new > 0
    )
    ARRAY JOIN new_refs AS block, new_occurrences AS occurrence, new_positions AS position
    WHERE block NOT IN
    (
        SELECT hash FROM blocks
        WHERE workspace_id = {workspace_id:String} AND session_id = {session_id:UUID} AND kind = 'tool_definition'
    )
    ORDER BY started_at, seq, event_id, position
    LIMIT 1 BY block, occurrence, if(type = 'llm_call' AND NOT {is_exhaustive:UInt8}, '', event_id)
)
