-- The first store. Instants are UTC seconds; structured values that no query looks into are JSON.
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;

-- The rules with the moment from which they hold: an event is judged under those in force when it occurred.
CREATE TABLE ruleset (id INTEGER PRIMARY KEY, from_at INTEGER, rules TEXT NOT NULL) STRICT;

-- Last number issued, by kind and calendar year of the office.
CREATE TABLE counter (kind TEXT NOT NULL, year INTEGER NOT NULL, last INTEGER NOT NULL, PRIMARY KEY (kind, year)) STRICT, WITHOUT ROWID;

CREATE TABLE mailbox (
    name TEXT PRIMARY KEY,
    last_read INTEGER,          -- start of the last reading that succeeded
    error TEXT,                 -- what went wrong since
    error_since INTEGER
) STRICT, WITHOUT ROWID;

-- Raw messages, once for each content. Kept exactly as they came.
CREATE TABLE raw (id INTEGER PRIMARY KEY, sha256 BLOB NOT NULL UNIQUE, bytes BLOB NOT NULL) STRICT;

-- One row for each message seen. The pair (mailbox, key) is the cursor: what is here is never fetched again.
CREATE TABLE delivery (
    id INTEGER PRIMARY KEY,
    mailbox TEXT NOT NULL,
    key TEXT NOT NULL,
    raw_id INTEGER REFERENCES raw (id),     -- NULL: over the size limit, left in place
    size_bytes INTEGER NOT NULL,
    received_at INTEGER NOT NULL,           -- by the mailbox, before any header was read
    received_by TEXT NOT NULL,
    seen_at INTEGER NOT NULL,
    trusted INTEGER NOT NULL DEFAULT 0,     -- released by the desk: authentic whatever the checks say
    attempts INTEGER NOT NULL DEFAULT 0,
    arrival INTEGER,                        -- decides punctuality; known once the headers are read
    disposition TEXT,                       -- NULL: waits to be filed
    reason TEXT,
    settled INTEGER NOT NULL DEFAULT 0,     -- moved out of the way in its mailbox
    UNIQUE (mailbox, key)
) STRICT;
CREATE INDEX delivery_waiting ON delivery (received_at, id) WHERE disposition IS NULL;
CREATE INDEX delivery_unsettled ON delivery (mailbox) WHERE settled = 0;
CREATE INDEX delivery_raw ON delivery (raw_id);

CREATE TABLE submission (
    number TEXT PRIMARY KEY,
    delivery_id INTEGER NOT NULL REFERENCES delivery (id),
    unit TEXT,
    sender TEXT NOT NULL,
    kind TEXT NOT NULL,
    title TEXT NOT NULL,
    arrival INTEGER NOT NULL,
    sent_at INTEGER,
    fields TEXT NOT NULL,
    flags TEXT NOT NULL,
    event TEXT,
    corrects TEXT,
    message_id TEXT,
    fingerprint BLOB NOT NULL,
    simhash INTEGER,                        -- of a text long enough to tell: nearly the same text from two units
    withdrawn_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX submission_delivery ON submission (delivery_id);
CREATE INDEX submission_fingerprint ON submission (fingerprint, arrival);
CREATE INDEX submission_arrival ON submission (arrival, unit, simhash) WHERE simhash IS NOT NULL;
CREATE INDEX submission_message ON submission (message_id) WHERE message_id IS NOT NULL;
CREATE INDEX submission_unit ON submission (unit, arrival);
CREATE INDEX submission_event ON submission (event) WHERE event IS NOT NULL;

CREATE TABLE event (
    number TEXT PRIMARY KEY,
    title TEXT NOT NULL,
    severity TEXT NOT NULL,
    severity_assumed INTEGER NOT NULL,
    place TEXT,
    occurred INTEGER,
    known_at INTEGER NOT NULL,
    ruleset INTEGER NOT NULL REFERENCES ruleset (id),
    state TEXT NOT NULL,
    merged_into TEXT REFERENCES event (number),
    ended_at INTEGER                        -- when it was closed or withdrawn
) STRICT, WITHOUT ROWID;
CREATE INDEX event_open ON event (number) WHERE state = 'open';

CREATE TABLE involvement (
    event TEXT NOT NULL REFERENCES event (number),
    unit TEXT NOT NULL,
    part TEXT NOT NULL,
    told_at INTEGER,
    learned_at INTEGER,
    first_at INTEGER,
    last_at INTEGER,
    final_at INTEGER,
    PRIMARY KEY (event, unit)
) STRICT, WITHOUT ROWID;
CREATE INDEX involvement_unit ON involvement (unit, event);

-- The cause is an event, a duty or a requisition.
CREATE TABLE obligation (
    id INTEGER PRIMARY KEY,
    unit TEXT NOT NULL,
    event TEXT REFERENCES event (number),
    stage TEXT,
    ordinal INTEGER,
    duty TEXT,
    window_start INTEGER,
    quota INTEGER,
    requisition TEXT,
    due INTEGER NOT NULL,
    because TEXT NOT NULL,
    known_at INTEGER NOT NULL,
    independent INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    filed_at INTEGER,
    submission TEXT,
    verdict TEXT NOT NULL,
    climb TEXT NOT NULL,
    ended INTEGER NOT NULL,
    wake_at INTEGER,                        -- when the ladder must look again; NULL: never
    CHECK ((event IS NOT NULL) + (duty IS NOT NULL) + (requisition IS NOT NULL) = 1),
    UNIQUE (event, unit, stage, ordinal),
    UNIQUE (duty, unit, window_start),      -- not the due time: an extension may move it to that of the next window
    UNIQUE (requisition, unit)
) STRICT;
CREATE INDEX obligation_wake ON obligation (wake_at) WHERE wake_at IS NOT NULL;
CREATE INDEX obligation_duty_unit ON obligation (unit, duty, due) WHERE duty IS NOT NULL;

-- Which submissions were counted for which window of a duty.
CREATE TABLE counted (obligation INTEGER NOT NULL REFERENCES obligation (id), submission TEXT NOT NULL, at INTEGER NOT NULL,
    PRIMARY KEY (obligation, submission)) STRICT, WITHOUT ROWID;
CREATE INDEX counted_submission ON counted (submission);

-- The window that each unit's duty opens next.
CREATE TABLE duty_clock (duty TEXT NOT NULL, unit TEXT NOT NULL, opens_at INTEGER, last_due INTEGER,
    PRIMARY KEY (duty, unit)) STRICT, WITHOUT ROWID;
CREATE INDEX duty_clock_opens ON duty_clock (opens_at) WHERE opens_at IS NOT NULL;

CREATE TABLE notice (
    number TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    at INTEGER NOT NULL,
    event TEXT,
    unit TEXT,
    obligation INTEGER,
    submission TEXT,
    quarantine TEXT,
    repeat INTEGER,
    content TEXT NOT NULL,                  -- what it says, as facts
    why TEXT NOT NULL                       -- the evidence on which it was decided
) STRICT, WITHOUT ROWID;
CREATE INDEX notice_obligation ON notice (obligation) WHERE obligation IS NOT NULL;
CREATE INDEX notice_event ON notice (event) WHERE event IS NOT NULL;

-- One copy for each recipient: bytes, Date and Message-ID are fixed here.
CREATE TABLE letter (
    id INTEGER PRIMARY KEY,
    notice TEXT NOT NULL REFERENCES notice (number),
    copy INTEGER NOT NULL,
    recipient TEXT NOT NULL,
    message_id TEXT NOT NULL UNIQUE,
    subject TEXT NOT NULL,
    file_name TEXT NOT NULL,
    bytes BLOB NOT NULL,
    state TEXT NOT NULL,                    -- pending, claimed, dot-pending, accepted, failed
    attempts INTEGER NOT NULL DEFAULT 0,
    indeterminate INTEGER NOT NULL DEFAULT 0,
    queued_at INTEGER NOT NULL,
    next_try INTEGER,                       -- NULL: nothing more to try
    transport TEXT,
    reply TEXT,
    complained INTEGER NOT NULL DEFAULT 0,  -- the operators were told
    UNIQUE (notice, copy)
) STRICT;
CREATE INDEX letter_due ON letter (next_try, id) WHERE next_try IS NOT NULL;
CREATE INDEX letter_trouble ON letter (id) WHERE complained = 0 AND state <> 'accepted';

CREATE TABLE quarantine (
    number TEXT PRIMARY KEY,
    delivery_id INTEGER NOT NULL REFERENCES delivery (id),
    reason TEXT NOT NULL,
    sender TEXT NOT NULL,
    subject TEXT NOT NULL,
    arrival INTEGER NOT NULL,
    unit TEXT,                              -- whose address it bears
    state TEXT NOT NULL,                    -- waiting, released, rejected
    decided_at INTEGER,
    decided_by TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX quarantine_waiting ON quarantine (unit, arrival) WHERE state = 'waiting';

-- Questions and quarantine notices held back for an hourly list.
CREATE TABLE desk_item (id INTEGER PRIMARY KEY, kind TEXT NOT NULL, at INTEGER NOT NULL, item TEXT NOT NULL, listed INTEGER NOT NULL) STRICT;
CREATE INDEX desk_item_waiting ON desk_item (kind, at) WHERE listed = 0;
CREATE INDEX desk_item_kind ON desk_item (kind, at);

-- Answers given, for the caps that keep loops from forming.
CREATE TABLE answer (id INTEGER PRIMARY KEY, sender TEXT NOT NULL, fingerprint BLOB NOT NULL, at INTEGER NOT NULL) STRICT;
CREATE INDEX answer_sender ON answer (sender, at);

-- Append-only: every verdict change, notice and command, chained by hash.
CREATE TABLE record (
    seq INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    what TEXT NOT NULL,
    obligation INTEGER,
    event TEXT,
    by TEXT NOT NULL,                       -- the rules, or a person's address
    data TEXT NOT NULL,
    hash BLOB NOT NULL
) STRICT;
CREATE INDEX record_obligation ON record (obligation) WHERE obligation IS NOT NULL;
CREATE TRIGGER record_is_append_only_update BEFORE UPDATE ON record BEGIN SELECT RAISE(ABORT, 'the record is append-only'); END;
CREATE TRIGGER record_is_append_only_delete BEFORE DELETE ON record BEGIN SELECT RAISE(ABORT, 'the record is append-only'); END;
