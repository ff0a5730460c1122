-- The directory as Parquet; run with DuckDB in the directory of directory.csv.
COPY (
  SELECT staff_id, full_name, work_email, unit, base_airport, hired_on, birth_date
  FROM read_csv('directory.csv', header = true, types = {'hired_on': 'DATE', 'birth_date': 'DATE'})
  ORDER BY staff_id
) TO 'directory.parquet' (FORMAT parquet, COMPRESSION zstd);
