-- What correlation looks up: rows that meet no alert cost nothing here. Everything is derived from events, alerts and
-- sign-ins, and is made again from them when the cursors begin anew.

DELETE FROM clicks;
ALTER TABLE clicks ADD COLUMN source TEXT NOT NULL DEFAULT '';      -- canonical address of the client
ALTER TABLE clicks ADD COLUMN destination TEXT NOT NULL DEFAULT ''; -- canonical address that served the page
CREATE INDEX clicks_host ON clicks(host_key, time);
CREATE INDEX clicks_nameless ON clicks(source, time) WHERE user = '' AND account = '';

-- The times of clicks that the alert may reach for.
ALTER TABLE alert_hosts ADD COLUMN first INTEGER NOT NULL DEFAULT 0;
ALTER TABLE alert_hosts ADD COLUMN last INTEGER NOT NULL DEFAULT 0;

-- Own passive DNS: which address a watched host was at.
CREATE TABLE serving(
  host_key INTEGER NOT NULL,
  address TEXT NOT NULL,
  first INTEGER NOT NULL,
  last INTEGER NOT NULL,
  PRIMARY KEY (host_key, address)
) WITHOUT ROWID;

-- The hosts that were seen below a domain, for alerts that come later.
CREATE TABLE host_names(
  domain_key INTEGER NOT NULL,
  host_key INTEGER NOT NULL,
  last INTEGER NOT NULL,
  PRIMARY KEY (domain_key, host_key)
) WITHOUT ROWID;

-- Which user was seen at a client's address.
CREATE TABLE sightings(
  source TEXT NOT NULL,
  bucket INTEGER NOT NULL,   -- time / 15 min
  user TEXT NOT NULL,        -- user principal name, or a bare account
  PRIMARY KEY (source, bucket, user)
) WITHOUT ROWID;
CREATE INDEX sightings_user ON sightings(user, bucket);

-- What a user's successful sign-ins looked like.
CREATE TABLE traits(
  upn TEXT NOT NULL,
  kind INTEGER NOT NULL,     -- correlate::Trait
  value TEXT NOT NULL,
  first INTEGER NOT NULL,
  last INTEGER NOT NULL,
  days INTEGER NOT NULL,     -- bit (day % 64) for each day, UTC
  PRIMARY KEY (upn, kind, value)
) WITHOUT ROWID;
CREATE INDEX traits_address ON traits(value, first) WHERE kind = 0;

ALTER TABLE sign_ins ADD COLUMN session TEXT NOT NULL DEFAULT '';
CREATE INDEX sign_ins_session ON sign_ins(session, upn) WHERE session <> '';
CREATE INDEX sign_ins_address ON sign_ins(address, created) WHERE error_code = 0;
CREATE INDEX sign_ins_place ON sign_ins(upn, address, created) WHERE error_code = 0;

-- The findings that were told, by what they are about.
CREATE TABLE told(
  id TEXT PRIMARY KEY,
  user TEXT NOT NULL,
  host TEXT NOT NULL,
  address TEXT NOT NULL,
  live INTEGER NOT NULL      -- 0: a later revision took it back
) WITHOUT ROWID;
CREATE INDEX told_user ON told(user);
CREATE INDEX told_host ON told(host, user);
CREATE INDEX told_address ON told(address);

DELETE FROM cursors WHERE name IN ('correlate.alerts', 'correlate.sign_ins');
