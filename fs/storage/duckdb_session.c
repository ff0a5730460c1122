#include "fs/storage/duckdb_session.h"

#include <errno.h>
#include <string.h>

#include "catalog/base/buf.h"
#include "catalog/base/cleanup.h"
#include "fs/storage/duckdb_sql.h"

/* ---- what went wrong ---- */

/* "Conversion Error: Could not ...": the kind of error stands in front. */
static int error_code(const char *text)
{
	static const struct {
		const char *kind;
		int code;
	} known[] = {
	    {"INTERRUPT Error", -EINTR},
	    {"Out of Memory Error", -ENOMEM},
	    {"Catalog Error", -ENOENT},
	};

	if (strstr(text, "No space left on device"))
		return -ENOSPC;
	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		if (str_starts(text, known[i].kind))
			return known[i].code;
	return -EIO;
}

/* Once rows are read, what DuckDB says may quote a cell: then the kind of error has to do. Before that, what follows the first quote is
 * the file's name, which is a descriptor's, or the statement. */
static int said_bytes(const char *text, bool rows)
{
	size_t len = strcspn(text, rows ? ":\n" : "\"'\n");

	while (len > 0 && strchr(" :", text[len - 1]))
		len--;
	return (int)len;
}

int duckdb_session_error(const struct duckdb_session *s, const char *text, struct mesh_err *err)
{
	if (!text || text[0] == '\0')
		return mesh_err_set(err, -EIO, "DuckDB failed without saying why");
	if (error_code(text) == -EINTR)
		return mesh_err_set(err, -EINTR, "the rendering was cancelled");
	return mesh_err_set(err, error_code(text), "DuckDB: %.*s", said_bytes(text, s->rows), text);
}

int duckdb_session_failed(
    struct duckdb_session *s, struct duckdb_result *result, struct mesh_err *err)
{
	return duckdb_session_error(s, s->lib->result_error(result), err);
}

int duckdb_session_run(struct duckdb_session *s, const char *sql, struct mesh_err *err)
{
	struct duckdb_result result = {0};
	int rc = 0;

	if (s->lib->query(s->connection, sql, &result) != 0)
		rc = duckdb_session_failed(s, &result, err);
	s->lib->destroy_result(&result);
	return rc;
}

/* ---- opening ---- */

/* Known to every version with the calls that duckdb_lib.h lists. What keeps rows in order is that there is one thread; without
 * preserve_insertion_order Parquet row groups can be bounded by bytes. */
static const struct {
	const char *name, *value;
} settings[] = {
    {"threads", "1"},
    {"memory_limit", "512MB"},
    {"temp_directory", ""},
    {"autoinstall_known_extensions", "false"},
    {"autoload_known_extensions", "false"},
    {"allow_community_extensions", "false"},
    {"allow_persistent_secrets", "false"},
    {"enable_external_file_cache", "false"},
    {"preserve_insertion_order", "false"},
};

static int configure(
    const struct duckdb_lib *lib, struct duckdb_config *config, struct mesh_err *err)
{
	for (size_t i = 0; i < ARRAY_LEN(settings); i++)
		if (lib->set_config(config, settings[i].name, settings[i].value) != 0)
			return mesh_err_set(err, -EOPNOTSUPP,
			    "DuckDB %s does not know the setting %s", lib->library_version(),
			    settings[i].name);
	return 0;
}

static int open_database(
    struct duckdb_session *s, struct duckdb_config *config, struct mesh_err *err)
{
	char *text = NULL;
	int rc = configure(s->lib, config, err);

	if (rc < 0)
		return rc;
	if (s->lib->open_ext(NULL, &s->db, config, &text) != 0)
		rc = duckdb_session_error(s, text, err);
	else if (s->lib->connect(s->db, &s->connection) != 0)
		rc = mesh_err_set(err, -EIO, "DuckDB cannot connect to a database of its own");
	if (text)
		s->lib->free(text);
	return rc;
}

static int attach_failed(struct duckdb_session *s, const char *text, struct mesh_err *err)
{
	if (text && strstr(text, ".wal"))
		return mesh_err_set(err, -EBUSY,
		    "the DuckDB file has changes that were not checkpointed into it yet (a .wal file lies beside it)");
	if (text && strstr(text, "Could not set lock"))
		return mesh_err_set(err, -EBUSY, "the DuckDB file is open for writing elsewhere");
	return duckdb_session_error(s, text, err);
}

static int attach(struct duckdb_session *s, const char *path, struct mesh_err *err)
{
	struct duckdb_result result = {0};
	struct buf sql;
	int rc;

	buf_init(&sql);
	buf_puts(&sql, "ATTACH ");
	duckdb_sql_text(&sql, path);
	buf_puts(&sql, " AS stored (TYPE duckdb, READ_ONLY)");
	rc = buf_error(&sql) ? mesh_err_nomem(err) : 0;
	if (rc == 0 && s->lib->query(s->connection, sql.data, &result) != 0)
		rc = attach_failed(s, s->lib->result_error(&result), err);
	s->lib->destroy_result(&result);
	buf_clear(&sql);
	return rc;
}

/* In this order: the list cannot be set any more once access is off, nor anything once the configuration is locked. */
static int lock_down(
    struct duckdb_session *s, const struct duckdb_session_file *file, struct mesh_err *err)
{
	struct buf sql;
	int rc;

	buf_init(&sql);
	buf_puts(&sql, "SET allowed_paths=[");
	if (!file->attach)
		duckdb_sql_text(&sql, file->path);
	buf_puts(&sql, "]; SET enable_external_access=false; SET lock_configuration=true");
	rc = buf_error(&sql) ? mesh_err_nomem(err) : duckdb_session_run(s, sql.data, err);
	buf_clear(&sql);
	return rc;
}

int duckdb_session_confine(
    struct duckdb_session *s, const struct duckdb_session_file *file, struct mesh_err *err)
{
	int rc = 0;

	/* Without the ICU extension there is no such setting, and no zone but UTC either. */
	(void)duckdb_session_run(s, "SET TimeZone='UTC'", NULL);
	if (file->attach)
		rc = attach(s, file->path, err);
	return rc == 0 ? lock_down(s, file, err) : rc;
}

int duckdb_session_open(struct duckdb_session *ret, struct mesh_err *err)
{
	struct duckdb_session s = {.lib = duckdb_lib_get(err)};
	struct duckdb_config *config = NULL;
	int rc;

	if (!s.lib)
		return -EOPNOTSUPP;
	if (s.lib->create_config(&config) != 0)
		return mesh_err_nomem(err);
	rc = open_database(&s, config, err);
	s.lib->destroy_config(&config);
	if (rc < 0)
		duckdb_session_close(&s);
	else
		*ret = s;
	return rc;
}

void duckdb_session_close(struct duckdb_session *s)
{
	if (s->connection)
		s->lib->disconnect(&s->connection);
	if (s->db)
		s->lib->close(&s->db);
}
