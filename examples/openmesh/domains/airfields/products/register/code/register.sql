-- The register as one SQLite file; run with the sqlite3 shell in the directory of the three CSV sources.
.bail on
.mode csv
.import airports-2.csv raw_airports
.import flights-airport.csv raw_routes
.import capitals.csv raw_states

CREATE TABLE states (
  state TEXT PRIMARY KEY,
  capital TEXT NOT NULL,
  latitude REAL NOT NULL,
  longitude REAL NOT NULL
) WITHOUT ROWID;
INSERT INTO states SELECT state, city, lat, lon FROM raw_states ORDER BY state;

CREATE TABLE airports (
  iata TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  city TEXT,
  state_code TEXT,
  latitude REAL NOT NULL,
  longitude REAL NOT NULL
) WITHOUT ROWID;
INSERT INTO airports
SELECT iata, name, nullif(city, ''), nullif(state_code, ''), latitude, longitude
FROM raw_airports
WHERE iata IN (SELECT origin FROM raw_routes UNION SELECT destination FROM raw_routes)
ORDER BY iata;

CREATE TABLE connections (
  origin TEXT NOT NULL REFERENCES airports (iata),
  destination TEXT NOT NULL REFERENCES airports (iata),
  flights INTEGER NOT NULL CHECK (flights > 0),
  PRIMARY KEY (origin, destination)
) WITHOUT ROWID;
INSERT INTO connections SELECT origin, destination, count FROM raw_routes ORDER BY 1, 2;

DROP TABLE raw_airports;
DROP TABLE raw_routes;
DROP TABLE raw_states;
VACUUM;
