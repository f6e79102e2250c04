-- Copies are looked for among the texts of a few days. Keyed by the hash alone, each new text fell on a page of its own among all that were
-- ever filed; keyed by the week before it, what is looked for and what is written lie together on the newest pages.
DROP INDEX submission_fingerprint;
DROP INDEX submission_band_0;
DROP INDEX submission_band_1;
DROP INDEX submission_band_2;
DROP INDEX submission_band_3;
CREATE INDEX submission_fingerprint ON submission (arrival / 604800, fingerprint, arrival);
CREATE INDEX submission_band_0 ON submission (arrival / 604800, (simhash & 65535), arrival, unit, simhash) WHERE simhash IS NOT NULL;
CREATE INDEX submission_band_1 ON submission (arrival / 604800, (simhash >> 16 & 65535), arrival, unit, simhash) WHERE simhash IS NOT NULL;
CREATE INDEX submission_band_2 ON submission (arrival / 604800, (simhash >> 32 & 65535), arrival, unit, simhash) WHERE simhash IS NOT NULL;
CREATE INDEX submission_band_3 ON submission (arrival / 604800, (simhash >> 48 & 65535), arrival, unit, simhash) WHERE simhash IS NOT NULL;
-- So are the answers that a sender had lately.
DROP INDEX answer_sender;
CREATE INDEX answer_sender ON answer (at / 604800, sender, at);
