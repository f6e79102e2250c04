-- Mail that was imported: it can be searched, and nothing is ever owed, answered or counted for it.
CREATE TABLE archived (
    raw_id INTEGER PRIMARY KEY REFERENCES raw (id),
    source TEXT NOT NULL,                   -- where it was found: a file, and within a mailbox file the place
    at INTEGER NOT NULL,                    -- by its own headers, else by the file: no evidence of arrival
    imported_at INTEGER NOT NULL
) STRICT;

-- Imports that have not come to their end: where to go on.
CREATE TABLE import_cursor (
    source TEXT PRIMARY KEY,                -- a path as it was given, absolute
    file TEXT NOT NULL,                     -- the file up to which all is in
    position INTEGER NOT NULL               -- bytes of that file that are in, too
) STRICT, WITHOUT ROWID;
