-- Times are microseconds since 1970-01-01 UTC. A sequence number is given out once, also after deletes.

CREATE TABLE sequences(
  name TEXT PRIMARY KEY,     -- 'alerts', 'sign_ins'
  last INTEGER NOT NULL
) WITHOUT ROWID;
INSERT INTO sequences VALUES ('alerts', 0), ('sign_ins', 0);

CREATE TABLE alerts(
  sequence INTEGER PRIMARY KEY, -- a changed record gets a new one
  id TEXT NOT NULL UNIQUE,
  created INTEGER NOT NULL,
  title TEXT NOT NULL,
  raw BLOB NOT NULL          -- the record's JSON, zstd; all other fields are read from it
);
CREATE INDEX alerts_created ON alerts(created);

CREATE TABLE alert_hosts(
  host_key INTEGER NOT NULL,
  alert TEXT NOT NULL,
  PRIMARY KEY (host_key, alert)
) WITHOUT ROWID;
CREATE INDEX alert_hosts_alert ON alert_hosts(alert);

CREATE TABLE sign_ins(
  sequence INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  created INTEGER NOT NULL,
  upn TEXT NOT NULL,         -- lower case
  account TEXT NOT NULL,     -- its part before '@'
  address TEXT NOT NULL,     -- canonical text; '' when unreadable
  error_code INTEGER NOT NULL, -- 0: success, -1: absent
  raw BLOB NOT NULL          -- as in alerts
);
CREATE INDEX sign_ins_upn ON sign_ins(upn, created);
CREATE INDEX sign_ins_account ON sign_ins(account, created);
CREATE INDEX sign_ins_created ON sign_ins(created);

CREATE TABLE clicks(
  event INTEGER NOT NULL,    -- storage::EventId
  host_key INTEGER NOT NULL,
  time INTEGER NOT NULL,
  user TEXT NOT NULL,        -- user principal name, lower case; '' when only the account is known
  account TEXT NOT NULL,
  PRIMARY KEY (event, host_key)
) WITHOUT ROWID;
CREATE INDEX clicks_user ON clicks(user, time);
CREATE INDEX clicks_account ON clicks(account, time);
CREATE INDEX clicks_time ON clicks(time);

CREATE TABLE findings(
  sequence INTEGER PRIMARY KEY, -- the order they were put in
  id TEXT NOT NULL,
  revision INTEGER NOT NULL,
  time INTEGER NOT NULL,     -- when this revision was made
  digest TEXT NOT NULL,      -- of its evidence
  json TEXT NOT NULL,        -- the line of alerts.jsonl, without LF
  written INTEGER NOT NULL,  -- 1: in every alert file
  UNIQUE (id, revision)
);
CREATE INDEX findings_unwritten ON findings(sequence) WHERE written = 0;

CREATE TABLE cursors(
  name TEXT PRIMARY KEY,
  value TEXT NOT NULL
) WITHOUT ROWID;
