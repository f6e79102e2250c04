-- Standings, digests, bulletins, requisitions. Days are days since 1 January of the year 1 (chrono's num_days_from_ce); points are thousandths.

-- The ledger of adoptions, append-only; a correction is a reversing row.
CREATE TABLE adoption (
    number TEXT PRIMARY KEY,
    at INTEGER NOT NULL,                    -- when it was put here
    kind TEXT NOT NULL,                     -- adoption, instruction, deduction, reversal
    day INTEGER NOT NULL,
    outlet TEXT NOT NULL,
    title TEXT NOT NULL,
    points INTEGER NOT NULL,                -- of the item, before it is shared
    submission TEXT,
    reverses TEXT REFERENCES adoption (number),
    source TEXT NOT NULL,
    by TEXT NOT NULL,
    identity BLOB NOT NULL UNIQUE,          -- the same row of the same table sent again adds nothing
    item BLOB NOT NULL                      -- the same, whatever it earned
) STRICT, WITHOUT ROWID;
CREATE INDEX adoption_day ON adoption (day, outlet);
CREATE INDEX adoption_item ON adoption (item);
CREATE UNIQUE INDEX adoption_reverses ON adoption (reverses) WHERE reverses IS NOT NULL;
CREATE INDEX adoption_deduction ON adoption (source) WHERE kind = 'deduction';
CREATE INDEX adoption_submission ON adoption (submission) WHERE submission IS NOT NULL;
CREATE TRIGGER adoption_is_append_only_update BEFORE UPDATE ON adoption BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER adoption_is_append_only_delete BEFORE DELETE ON adoption BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;

-- What each unit has of a row: its points, and by how much the row changes the number of its adoptions.
CREATE TABLE share (
    unit TEXT NOT NULL,
    day INTEGER NOT NULL,
    adoption TEXT NOT NULL REFERENCES adoption (number),
    position INTEGER NOT NULL,              -- 0: the leading unit
    points INTEGER NOT NULL,
    items INTEGER NOT NULL,                 -- 1 for an adoption, -1 for its reversal, 0 for a deduction or an instruction
    earning INTEGER NOT NULL,               -- the same, where the item earned points: the rate by which a zero is judged
    PRIMARY KEY (unit, day, adoption)
) STRICT, WITHOUT ROWID;
CREATE INDEX share_sums ON share (unit, day, points, items, earning);
CREATE INDEX share_adoption ON share (adoption);

-- Superiors' circulars, kept apart from our own ledger. Of two rows for one subject and period the later one holds.
CREATE TABLE circular_row (
    id INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,                    -- arrival of the circular
    delivery_id INTEGER REFERENCES delivery (id),
    by TEXT NOT NULL,                       -- the superior's name
    subject TEXT NOT NULL,                  -- a unit's or a scope's id
    period TEXT NOT NULL,
    last_day INTEGER NOT NULL,              -- of the period
    adopted INTEGER,
    points INTEGER,
    total INTEGER,
    rank INTEGER,
    of INTEGER
) STRICT;
CREATE INDEX circular_row_subject ON circular_row (subject, by, last_day);

-- Assessments and digests: one row for each period that was dealt with.
CREATE TABLE occasion (
    what TEXT NOT NULL,                     -- assessment, digest, circular, silence, roster
    period TEXT NOT NULL,
    due INTEGER NOT NULL,
    state TEXT NOT NULL,                    -- awaited, put-off, done, passed
    at INTEGER NOT NULL,                    -- when it came to this state; of one that is awaited, when to look at it
    data TEXT NOT NULL,                     -- ranks as they stood, units that wait for a table
    PRIMARY KEY (what, period)
) STRICT, WITHOUT ROWID;
CREATE INDEX occasion_due ON occasion (what, due);
CREATE INDEX occasion_put_off ON occasion (what, due) WHERE state = 'put-off';
CREATE INDEX occasion_awaited ON occasion (at) WHERE state = 'awaited';

-- What stands against a unit: zero, rank-fall, silent.
CREATE TABLE warning (
    unit TEXT NOT NULL,
    about TEXT NOT NULL,
    times INTEGER NOT NULL,
    rank INTEGER,
    through INTEGER NOT NULL,
    notice TEXT REFERENCES notice (number),
    PRIMARY KEY (unit, about)
) STRICT, WITHOUT ROWID;

-- Kinds and fields of a submission; the desk may change them.
CREATE TABLE topic (
    submission TEXT NOT NULL,
    sort TEXT NOT NULL,                     -- kind, field
    name TEXT NOT NULL,
    by TEXT NOT NULL,                       -- words, label, or a person's address
    PRIMARY KEY (submission, sort, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE bulletin_issue (
    bulletin TEXT NOT NULL,
    year INTEGER NOT NULL,
    number INTEGER NOT NULL,                -- within the year
    state TEXT NOT NULL,                    -- draft, issued
    day INTEGER,                            -- issued
    made_at INTEGER NOT NULL,
    issued_at INTEGER,
    by TEXT NOT NULL,
    PRIMARY KEY (bulletin, year, number)
) STRICT, WITHOUT ROWID;
CREATE TABLE bulletin_item (
    bulletin TEXT NOT NULL,
    year INTEGER NOT NULL,
    issue INTEGER NOT NULL,
    position INTEGER NOT NULL,
    title TEXT NOT NULL,
    text TEXT NOT NULL,
    characters INTEGER NOT NULL,            -- without white space
    PRIMARY KEY (bulletin, year, issue, position),
    FOREIGN KEY (bulletin, year, issue) REFERENCES bulletin_issue (bulletin, year, number)
) STRICT, WITHOUT ROWID;
CREATE TABLE item_submission (
    bulletin TEXT NOT NULL,
    year INTEGER NOT NULL,
    issue INTEGER NOT NULL,
    position INTEGER NOT NULL,
    ordinal INTEGER NOT NULL,               -- within the item; 0: the leading one
    submission TEXT NOT NULL,
    PRIMARY KEY (bulletin, year, issue, position, submission),
    FOREIGN KEY (bulletin, year, issue, position) REFERENCES bulletin_item (bulletin, year, issue, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX item_submission_submission ON item_submission (submission);
-- Units whose matter an item carries without any submission of theirs.
CREATE TABLE item_unit (
    bulletin TEXT NOT NULL,
    year INTEGER NOT NULL,
    issue INTEGER NOT NULL,
    position INTEGER NOT NULL,
    ordinal INTEGER NOT NULL,
    unit TEXT NOT NULL,
    PRIMARY KEY (bulletin, year, issue, position, unit),
    FOREIGN KEY (bulletin, year, issue, position) REFERENCES bulletin_item (bulletin, year, issue, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE requisition (
    number TEXT PRIMARY KEY,
    topic TEXT NOT NULL,
    details TEXT NOT NULL,
    due INTEGER NOT NULL,
    made_at INTEGER NOT NULL,
    by TEXT NOT NULL,
    state TEXT NOT NULL,                    -- open, closed
    ended_at INTEGER
) STRICT, WITHOUT ROWID;

-- When each unit's reporters were asked to confirm themselves, and when they did.
CREATE TABLE roster_check (
    unit TEXT PRIMARY KEY,
    since INTEGER NOT NULL,                 -- when the unit first stood in the roster of this store
    asked_at INTEGER,
    asked INTEGER NOT NULL,                 -- how often in this round
    confirmed_at INTEGER,
    confirmed_by TEXT,
    next_at INTEGER                         -- when to ask next; NULL: never
) STRICT, WITHOUT ROWID;
CREATE INDEX roster_check_next ON roster_check (next_at) WHERE next_at IS NOT NULL;

-- What the digest looks for over all units at once.
CREATE INDEX obligation_due ON obligation (due);
CREATE INDEX obligation_unmet ON obligation (due) WHERE ended = 0 AND filed_at IS NULL AND verdict IN ('late', 'omitted', 'unreported');
CREATE INDEX submission_own_work ON submission (arrival, unit)
    WHERE withdrawn_at IS NULL AND unit IS NOT NULL AND kind NOT IN ('zero', 'correction', 'correspondence');
-- Mail by which a unit's rate is told, counted with each mail and on each morning.
CREATE INDEX submission_ordinary ON submission (unit, arrival)
    WHERE withdrawn_at IS NULL AND kind NOT IN ('first', 'follow-up', 'final', 'zero', 'correction', 'correspondence');
CREATE INDEX letter_failed ON letter (queued_at) WHERE state = 'failed';
