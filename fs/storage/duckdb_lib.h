#ifndef FS_STORAGE_DUCKDB_LIB_H
#define FS_STORAGE_DUCKDB_LIB_H

/*
 * libduckdb, found and opened when it is first asked for: meshfs neither links it nor needs it to mount. The calls of its stable C
 * API that meshfs uses, and the few structs that they pass, are declared here, so that building needs no header of DuckDB's. Knows
 * nothing of tables.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "catalog/base/err.h"

/* Handles of the library's; each is destroyed by the call named after it. */
struct duckdb_database;
struct duckdb_connection;
struct duckdb_config;
struct duckdb_statement;
struct duckdb_pending;
struct duckdb_chunk;
struct duckdb_vector;
struct duckdb_type;
struct duckdb_function;
struct duckdb_info;

/* duckdb_result of the C API, passed by value too. */
struct duckdb_result {
	uint64_t deprecated[3];
	void *deprecated_pointers[2];
	void *internal;
};

/* duckdb_string_t: the first 4 bytes of the text and where all of it is; up to 12 bytes lie in place of both. */
#define DUCKDB_INLINE_BYTES 12
struct duckdb_string {
	uint32_t len;
	char prefix[4];
	const char *s;
};

/* duckdb_type */
enum duckdb_type_id {
	DUCKDB_BOOLEAN = 1,
	DUCKDB_TINYINT = 2,
	DUCKDB_SMALLINT = 3,
	DUCKDB_INTEGER = 4,
	DUCKDB_BIGINT = 5,
	DUCKDB_UTINYINT = 6,
	DUCKDB_USMALLINT = 7,
	DUCKDB_UINTEGER = 8,
	DUCKDB_DOUBLE = 11,
	DUCKDB_TIMESTAMP = 12,
	DUCKDB_DATE = 13,
	DUCKDB_VARCHAR = 17,
	DUCKDB_BLOB = 18,
	DUCKDB_TIMESTAMP_S = 20,
	DUCKDB_TIMESTAMP_MS = 21,
	DUCKDB_TIMESTAMP_NS = 22,
	DUCKDB_TIMESTAMP_TZ = 31,
};

typedef void (*duckdb_info_call)(struct duckdb_info *info);
typedef void (*duckdb_rows_call)(struct duckdb_info *info, struct duckdb_chunk *output);

/* X(what it returns, name without duckdb_, what it takes). An `int` returned is duckdb_state: 0 is success. */
#define DUCKDB_LIB_CALLS(X)                                                                        \
	X(const char *, library_version, (void))                                                   \
	X(uint64_t, vector_size, (void))                                                           \
	X(void, free, (void *))                                                                    \
	X(int, create_config, (struct duckdb_config **))                                           \
	X(int, set_config, (struct duckdb_config *, const char *name, const char *value))          \
	X(void, destroy_config, (struct duckdb_config **))                                         \
	X(int, open_ext,                                                                           \
	    (const char *path, struct duckdb_database **, struct duckdb_config *, char **error))   \
	X(void, close, (struct duckdb_database **))                                                \
	X(int, connect, (struct duckdb_database *, struct duckdb_connection **))                   \
	X(void, disconnect, (struct duckdb_connection **))                                         \
	X(void, interrupt, (struct duckdb_connection *))                                           \
	X(int, query, (struct duckdb_connection *, const char *sql, struct duckdb_result *))       \
	X(void, destroy_result, (struct duckdb_result *))                                          \
	X(const char *, result_error, (struct duckdb_result *))                                    \
	X(uint64_t, column_count, (struct duckdb_result *))                                        \
	X(int, column_type, (struct duckdb_result *, uint64_t column))                             \
	X(struct duckdb_chunk *, fetch_chunk, (struct duckdb_result))                              \
	X(int, prepare, (struct duckdb_connection *, const char *sql, struct duckdb_statement **)) \
	X(const char *, prepare_error, (struct duckdb_statement *))                                \
	X(void, destroy_prepare, (struct duckdb_statement **))                                     \
	X(int, bind_boolean, (struct duckdb_statement *, uint64_t index, bool))                    \
	X(int, bind_int64, (struct duckdb_statement *, uint64_t index, int64_t))                   \
	X(int, bind_varchar_length,                                                                \
	    (struct duckdb_statement *, uint64_t index, const char *, uint64_t len))               \
	X(int, pending_prepared_streaming, (struct duckdb_statement *, struct duckdb_pending **))  \
	X(int, execute_pending, (struct duckdb_pending *, struct duckdb_result *))                 \
	X(const char *, pending_error, (struct duckdb_pending *))                                  \
	X(void, destroy_pending, (struct duckdb_pending **))                                       \
	X(struct duckdb_type *, create_logical_type, (int id))                                     \
	X(void, destroy_logical_type, (struct duckdb_type **))                                     \
	X(struct duckdb_chunk *, create_data_chunk, (struct duckdb_type **, uint64_t len))         \
	X(void, destroy_data_chunk, (struct duckdb_chunk **))                                      \
	X(void, data_chunk_reset, (struct duckdb_chunk *))                                         \
	X(uint64_t, data_chunk_get_size, (struct duckdb_chunk *))                                  \
	X(void, data_chunk_set_size, (struct duckdb_chunk *, uint64_t))                            \
	X(struct duckdb_vector *, data_chunk_get_vector, (struct duckdb_chunk *, uint64_t column)) \
	X(void *, vector_get_data, (struct duckdb_vector *))                                       \
	X(uint64_t *, vector_get_validity, (struct duckdb_vector *))                               \
	X(void, vector_ensure_validity_writable, (struct duckdb_vector *))                         \
	X(void, vector_assign_string_element_len,                                                  \
	    (struct duckdb_vector *, uint64_t row, const char *, uint64_t len))                    \
	X(void, vector_reference_vector, (struct duckdb_vector * to, struct duckdb_vector * from)) \
	X(struct duckdb_function *, create_table_function, (void))                                 \
	X(void, destroy_table_function, (struct duckdb_function **))                               \
	X(void, table_function_set_name, (struct duckdb_function *, const char *))                 \
	X(void, table_function_set_extra_info,                                                     \
	    (struct duckdb_function *, void *, void (*destroy)(void *)))                           \
	X(void, table_function_set_bind, (struct duckdb_function *, duckdb_info_call))             \
	X(void, table_function_set_init, (struct duckdb_function *, duckdb_info_call))             \
	X(void, table_function_set_function, (struct duckdb_function *, duckdb_rows_call))         \
	X(int, register_table_function, (struct duckdb_connection *, struct duckdb_function *))    \
	X(void *, bind_get_extra_info, (struct duckdb_info *))                                     \
	X(void, bind_add_result_column,                                                            \
	    (struct duckdb_info *, const char *, struct duckdb_type *))                            \
	X(void, init_set_max_threads, (struct duckdb_info *, uint64_t))                            \
	X(void *, function_get_extra_info, (struct duckdb_info *))                                 \
	X(void, function_set_error, (struct duckdb_info *, const char *))

struct duckdb_lib {
#define DUCKDB_LIB_MEMBER(type, name, args) type(*name) args;
	DUCKDB_LIB_CALLS(DUCKDB_LIB_MEMBER)
#undef DUCKDB_LIB_MEMBER
};

/*
 * The library; NULL, with -EOPNOTSUPP and where it was looked for in `err`, where there is none. $MESHFS_LIBDUCKDB, where set and the
 * program is not set-user-id (secure_getenv(3)), is the only place looked at; else the loader's path, then the places where one
 * is put by hand. Found or not, the answer stays for the life of the process. Any thread.
 */
const struct duckdb_lib *duckdb_lib_get(struct mesh_err *err);

/* Whether it is there. Where it is not, *ret_why (may be NULL) says so in a sentence that lives as long as the process. */
bool duckdb_lib_available(const char **ret_why);

#endif
