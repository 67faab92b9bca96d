-- Content: each piece once per session, under its hash.
CREATE TABLE IF NOT EXISTS {local}blocks {on_cluster}
(
    workspace_id LowCardinality(String),
    session_id UUID,
    hash FixedString(16) CODEC(NONE),
    kind LowCardinality(String),
    role LowCardinality(String),
    name LowCardinality(String),
    text String CODEC(ZSTD(3)),
    parts String CODEC(ZSTD(3)),
    inserted_at DateTime64(6, 'UTC') DEFAULT now64(6) CODEC(Delta(8), ZSTD(1)),
    INDEX text_words text TYPE text(tokenizer = splitByNonAlpha, preprocessor = lower(text){postings})
)
ENGINE = {replacing}(inserted_at)
ORDER BY (workspace_id, session_id, hash)
SETTINGS index_granularity = 1024, index_granularity_bytes = 1048576,
    min_parts_to_merge_at_once = 6{durable}
