-- Nearly the same text differs in at most three of 64 bits: of four bands of sixteen, one at least is the same. So it is looked up, where
-- it was looked for among all texts of three days.
DROP INDEX submission_arrival;
CREATE INDEX submission_band_0 ON submission ((simhash & 65535), arrival, unit, simhash) WHERE simhash IS NOT NULL;
CREATE INDEX submission_band_1 ON submission ((simhash >> 16 & 65535), arrival, unit, simhash) WHERE simhash IS NOT NULL;
CREATE INDEX submission_band_2 ON submission ((simhash >> 32 & 65535), arrival, unit, simhash) WHERE simhash IS NOT NULL;
CREATE INDEX submission_band_3 ON submission ((simhash >> 48 & 65535), arrival, unit, simhash) WHERE simhash IS NOT NULL;
