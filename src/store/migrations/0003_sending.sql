-- Letters that must arrive go first, and are sent again where nobody knows whether they arrived.
ALTER TABLE letter ADD COLUMN urgent INTEGER NOT NULL DEFAULT 0;
UPDATE letter SET urgent = 1 WHERE next_try IS NOT NULL AND notice IN (SELECT number FROM notice WHERE kind IN
    ('event-opened', 'reminder', 'late', 'omitted', 'unreported', 'supplied', 'intake-stalled', 'undeliverable'));
CREATE INDEX letter_urgent ON letter (next_try, id) WHERE next_try IS NOT NULL AND urgent = 1;
-- Of which the operators are to hear: what waits for long, and what was given up.
DROP INDEX letter_trouble;
CREATE INDEX letter_waiting ON letter (queued_at) WHERE complained = 0 AND next_try IS NOT NULL;
CREATE INDEX letter_given_up ON letter (id) WHERE complained = 0 AND state = 'failed';

-- Transports and webhooks that are failing; a row goes when they work again.
CREATE TABLE failing (
    transport TEXT PRIMARY KEY,
    since INTEGER NOT NULL,
    failures INTEGER NOT NULL,              -- in a row
    rests_until INTEGER NOT NULL,           -- not tried before
    error TEXT NOT NULL,
    complained INTEGER NOT NULL DEFAULT 0   -- the operators were told
) STRICT, WITHOUT ROWID;

-- Notices for webhooks, one row for each pair.
CREATE TABLE post (
    id INTEGER PRIMARY KEY,
    notice TEXT NOT NULL REFERENCES notice (number),
    webhook TEXT NOT NULL,
    state TEXT NOT NULL,                    -- pending, posting, accepted, failed
    attempts INTEGER NOT NULL DEFAULT 0,
    indeterminate INTEGER NOT NULL DEFAULT 0,
    queued_at INTEGER NOT NULL,
    next_try INTEGER,                       -- NULL: nothing more to try
    reply TEXT,
    UNIQUE (notice, webhook)
) STRICT;
CREATE INDEX post_due ON post (webhook, next_try, id) WHERE next_try IS NOT NULL;
