-- From schema version 1 to 2: databases as servers, and the formats of a port's tables. Bodies of version
-- 1 know neither; the next apply writes new ones.

ALTER TABLE server ADD COLUMN host TEXT;
ALTER TABLE server ADD COLUMN port TEXT;
ALTER TABLE server ADD COLUMN database TEXT;
ALTER TABLE server ADD COLUMN schema TEXT;
ALTER TABLE server ADD COLUMN refresh_ns INTEGER NOT NULL DEFAULT 0;
ALTER TABLE server ADD COLUMN delimiter INTEGER NOT NULL DEFAULT 0; -- its code; 0: none given
ALTER TABLE port ADD COLUMN formats INTEGER NOT NULL DEFAULT 1; -- bits: 1 csv, 2 tsv, 4 jsonl, 8 parquet
