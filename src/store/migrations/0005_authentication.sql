-- Who wrote this: what checking the sender of a message found, for those mailboxes that ask.
CREATE TABLE authentication (
    delivery_id INTEGER PRIMARY KEY REFERENCES delivery (id),
    at INTEGER NOT NULL,                    -- of the last check
    first_at INTEGER NOT NULL,              -- of the first one
    attempts INTEGER NOT NULL,
    next_at INTEGER,                        -- the DNS did not answer: when to ask again; NULL: it is known
    found TEXT NOT NULL
) STRICT;
CREATE INDEX authentication_next ON authentication (next_at) WHERE next_at IS NOT NULL;
