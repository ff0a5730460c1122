-- Flights per route in 2008, one directory per state of origin, with DuckDB.
COPY (
  SELECT r.origin, r.destination, r.count::INTEGER AS flights, a.state_code AS state
  FROM read_csv('flights-airport.csv') r
  JOIN read_csv('airports-2.csv', types = {'iata': 'VARCHAR'}) a ON a.iata = r.origin
  ORDER BY state, r.origin, r.destination
) TO 'routes' (FORMAT parquet, COMPRESSION zstd, PARTITION_BY (state), FILENAME_PATTERN 'routes-{i}');
