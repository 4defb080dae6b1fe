-- Times are microseconds since 1970-01-01 UTC, keys 64-bit hashes, ordinals count messages of the segment from 1.
-- storage/README.md describes the blobs.

-- One row. The totals are NULL until the segment is sealed.
CREATE TABLE segment(
  id INTEGER PRIMARY KEY CHECK (id = 1),
  number INTEGER NOT NULL,  -- upper half of every event id
  created INTEGER NOT NULL, -- time received of the first batch
  sealed INTEGER,           -- when it was closed for good; NULL: open
  events INTEGER,
  quarantined INTEGER,      -- events with a reason
  raw_bytes INTEGER,
  min_time INTEGER,         -- event time; NULL also when there are no events
  max_time INTEGER,
  min_received INTEGER,
  max_received INTEGER
);

CREATE TABLE blocks(
  first INTEGER PRIMARY KEY, -- ordinal of the first message; blocks follow each other without gaps
  count INTEGER NOT NULL,
  quarantined INTEGER NOT NULL,
  raw_bytes INTEGER NOT NULL,
  min_time INTEGER NOT NULL,
  max_time INTEGER NOT NULL,
  min_received INTEGER NOT NULL,
  max_received INTEGER NOT NULL,
  hosts BLOB NOT NULL,       -- host keys of the block, each once, 6 bytes each, little endian
  entries BLOB NOT NULL,     -- the index of the messages, column by column
  raw BLOB NOT NULL          -- the messages, zstd with checksum: message_codec.h
);

-- Users and addresses of each block, in a table of its own: read without the blocks.
CREATE TABLE filters(
  first INTEGER PRIMARY KEY, -- as in blocks
  keys BLOB NOT NULL         -- key_filter.h
);

CREATE TABLE sources(
  id INTEGER PRIMARY KEY,    -- counts from 0 within the segment
  input TEXT NOT NULL,
  peer TEXT NOT NULL
);

CREATE TABLE reasons(
  id INTEGER PRIMARY KEY,    -- counts from 1; 0 means parsed
  text TEXT NOT NULL
);

-- Filled when the segment is sealed: which blocks hold which host, in chunks ordered by key (signed).
CREATE TABLE host_index(
  first_key INTEGER PRIMARY KEY,
  chunk BLOB NOT NULL        -- key (8 bytes), number of blocks, and their ordinals as differences; varints
);
