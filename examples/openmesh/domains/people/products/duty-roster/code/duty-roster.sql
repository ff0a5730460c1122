-- The roster of November 2026 in PostgreSQL; run with psql in the directory of directory.csv, where
-- -v password=SECRET says what the reading role shall have for a password.
\set ON_ERROR_STOP on
BEGIN;

CREATE TEMPORARY TABLE staff (
  staff_id text, full_name text, work_email text, unit text, base_airport text, hired_on date, birth_date date
);
\copy staff FROM 'directory.csv' WITH (FORMAT csv, HEADER)

CREATE SCHEMA roster;
CREATE TABLE roster.duty_roster (
  duty_date date NOT NULL,
  base_airport text NOT NULL,
  shift text NOT NULL CHECK (shift IN ('early', 'late', 'night')),
  staff_id text NOT NULL,
  work_email text NOT NULL,
  PRIMARY KEY (duty_date, staff_id)
);
COMMENT ON TABLE roster.duty_roster IS 'One row per person and day on duty; people work two days out of three.';

INSERT INTO roster.duty_roster
SELECT
  date '2026-11-02' + d,
  base_airport,
  (ARRAY['early', 'late', 'night'])[1 + (n + d / 7) % 3],
  staff_id,
  work_email
FROM (SELECT *, substr(staff_id, 2)::integer AS n FROM staff) AS people
CROSS JOIN generate_series(0, 27) AS d
WHERE unit IN ('Airfield inspection', 'Wildlife control') AND (n + d) % 3 < 2
ORDER BY d, base_airport, staff_id;

CREATE ROLE roster_reader LOGIN PASSWORD :'password';
GRANT USAGE ON SCHEMA roster TO roster_reader;
GRANT SELECT ON roster.duty_roster TO roster_reader;

COMMIT;
