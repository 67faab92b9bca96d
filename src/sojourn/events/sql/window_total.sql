-- One row: how many rows a timeline has.
SELECT count() AS total
FROM
(
    -- include window_rows
)
