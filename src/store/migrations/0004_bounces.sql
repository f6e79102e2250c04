-- What other servers said about letters of ours, at once or later.
CREATE TABLE bounce (
    id INTEGER PRIMARY KEY,
    letter INTEGER NOT NULL REFERENCES letter (id),
    delivery_id INTEGER REFERENCES delivery (id),   -- the report; NULL: the relay refused the letter itself
    at INTEGER NOT NULL,
    fate TEXT NOT NULL,                             -- failed, delayed, delivered
    status TEXT,                                    -- 5.1.1, or an SMTP code
    said TEXT NOT NULL,
    known_by TEXT NOT NULL                          -- return-path, message-id, refusal
) STRICT;
CREATE INDEX bounce_letter ON bounce (letter);

-- Addresses at which mail fails. A letter that is taken afterwards lifts the mark: at once where a relay had refused, after a
-- day without a bounce where one had come.
CREATE TABLE failing_address (
    address TEXT PRIMARY KEY,
    since INTEGER NOT NULL,
    last_at INTEGER NOT NULL,
    times INTEGER NOT NULL,
    letter INTEGER NOT NULL REFERENCES letter (id), -- the last that failed
    said TEXT NOT NULL,
    bounced INTEGER NOT NULL,                       -- it had been taken, and came back
    taken_at INTEGER                                -- when a relay next took a letter to it
) STRICT, WITHOUT ROWID;

CREATE INDEX letter_recipient ON letter (recipient, queued_at);

-- What the headers of a notice say, for copies that are written later. NULL: from an earlier version.
ALTER TABLE notice ADD COLUMN about TEXT;

-- A notice that went to the next person, because a copy of this one did not arrive.
ALTER TABLE notice ADD COLUMN stands_in_for TEXT;
CREATE INDEX notice_stands_in ON notice (stands_in_for) WHERE stands_in_for IS NOT NULL;

-- Answers to mails of one sender with nearly one subject. NULL: from an earlier version.
ALTER TABLE answer ADD COLUMN alike BLOB;
