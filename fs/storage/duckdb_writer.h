#ifndef FS_STORAGE_DUCKDB_WRITER_H
#define FS_STORAGE_DUCKDB_WRITER_H

/*
 * Rows to a Parquet file (zstd), written by libduckdb in a confined thread of its own (duckdb_job.h) while the next rows are made. Memory is
 * bounded by one row group, the group by bytes.
 *
 * Columns are typed by duckdb_kind_target. A cell that its column's type cannot hold is null: Parquet has no room for it, and one cell must
 * not cost the file. Text that is not UTF-8 is null for the same reason.
 */

#include "fs/table/source.h"

/*
 * `fd` (borrowed) is a regular file that is written from its beginning, or a pipe. It is opened anew by the kernel's name for it, so that
 * what this process may not write, it cannot write. The schema is borrowed for the writer's life. `like` is where the rows come from, if
 * that has exact types to offer (a DuckDB or Parquet source); NULL: none. It is not kept. -EOPNOTSUPP: libduckdb is missing; -ENOMEM.
 */
int table_parquet_writer(int fd, const struct table_schema *schema, const struct table_source *like,
    struct table_writer **ret, struct mesh_err *err);

#endif
