-- Parts, rows and bytes on disk of each table.
SELECT table, count() AS parts, sum(rows) AS rows, sum(bytes_on_disk) AS bytes
FROM system.parts
WHERE active AND database = currentDatabase() AND table IN ('events', 'blocks', 'local_events', 'local_blocks')
GROUP BY table
