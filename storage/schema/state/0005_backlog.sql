-- Hosts whose stored messages an alert reaches back to: they are looked at piece by piece, across restarts.

CREATE TABLE backlog(
  host_key INTEGER PRIMARY KEY,
  turn INTEGER NOT NULL,     -- the smallest is next
  first INTEGER NOT NULL,    -- times of the messages that are looked for
  last INTEGER NOT NULL,
  after INTEGER NOT NULL,    -- storage::EventId: looked at up to here,
  until INTEGER NOT NULL,    -- to be looked at up to here,
  again INTEGER NOT NULL     -- and then once more from the first one up to here
);
CREATE INDEX backlog_turn ON backlog(turn);

-- Users who have to be judged and were not yet.
CREATE TABLE due(
  turn INTEGER PRIMARY KEY,  -- the smallest is next
  user TEXT NOT NULL UNIQUE
);
