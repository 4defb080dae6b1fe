-- A finding that exclusions cover: kept with the rules that cover it, in no alert file. Its growth replaces it.
CREATE TABLE suppressed(
  id TEXT PRIMARY KEY,       -- of the finding
  revision INTEGER NOT NULL, -- that it would have had
  time INTEGER NOT NULL,     -- when it was suppressed, or last grew
  digest TEXT NOT NULL,
  json TEXT NOT NULL,        -- the line that was not written
  rules TEXT NOT NULL        -- JSON: [{"name","owner","reason","expires","file","line","key"}]
) WITHOUT ROWID;

-- Lines that an alert file of their format does not hold yet; put together with the finding, gone when written.
CREATE TABLE outbox(
  sequence INTEGER PRIMARY KEY, -- the order they were put in
  format TEXT NOT NULL,      -- 'json', 'ocsf', 'ecs', 'cef'
  id TEXT NOT NULL,          -- of the finding
  revision INTEGER NOT NULL,
  line TEXT NOT NULL,        -- without LF
  UNIQUE (format, id, revision)
);
INSERT INTO outbox(format, id, revision, line) SELECT 'json', id, revision, json FROM findings WHERE written = 0 ORDER BY sequence;
DROP INDEX findings_unwritten;
ALTER TABLE findings DROP COLUMN written;
