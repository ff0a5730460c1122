-- airports 2.0.0 from the national register extract, with DuckDB: run in the directory of the source file.
CREATE TABLE airports AS
SELECT iata,
       trim(name) AS name,
       nullif(city, 'NA') AS city,
       nullif(state, 'NA') AS state_code,
       CASE country
            WHEN 'USA' THEN 'USA'
            WHEN 'Thailand' THEN 'THA'
            WHEN 'Palau' THEN 'PLW'
            WHEN 'N Mariana Islands' THEN 'MNP'
            WHEN 'Federated States of Micronesia' THEN 'FSM'
       END AS country_code,
       round(latitude, 5) AS latitude,
       round(longitude, 5) AS longitude
FROM read_csv('airports.csv', all_varchar = false, types = {'iata': 'VARCHAR'})
ORDER BY iata;

COPY airports TO 'airports-2.csv' (FORMAT csv, HEADER);
COPY airports TO 'airports.parquet' (FORMAT parquet, COMPRESSION zstd);
