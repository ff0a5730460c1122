#include "catalog/store/authored.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "catalog/store/stmt.h"

int authored_digest(const struct authored_file *f, char out[DIGEST_HEX_CAP], struct mesh_err *err)
{
	struct buf b;

	buf_init(&b);
	buf_printf(&b, "%s\n%s\n%s", f->kind, f->product, f->hash);

	int rc = buf_error(&b);

	if (rc == 0)
		rc = digest_hex(b.data, b.len, out);
	buf_clear(&b);
	return rc < 0 ? mesh_err_nomem(err) : 0;
}

static int write_blob(struct db *db, const struct authored_file *f, struct mesh_err *err)
{
	static const char sql[] =
	    "INSERT INTO blob (hash, bytes) VALUES (?1, ?2) ON CONFLICT (hash) DO NOTHING";
	struct stmt q = {.db = db, .err = err};
	int rc = stmt_begin(&q, sql, "t", f->hash);

	if (rc < 0)
		return rc;
	rc = sqlite3_bind_blob64(q.handle, 2, f->len ? f->bytes : "", f->len, SQLITE_STATIC);
	rc = rc == SQLITE_OK ? stmt_next(&q) : db_fail(db, rc, err);
	stmt_end(&q);
	return rc;
}

int authored_write(
    struct db *db, const struct authored_file *f, int64_t *ret_fid, struct mesh_err *err)
{
	struct stmt q = {.db = db, .err = err};
	int rc = write_blob(db, f, err);

	if (rc == 0)
		rc = stmt_run(&q,
		    "INSERT INTO file (path, domain, product, kind, blob, mtime_ns)"
		    " VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
		    "ttttti", f->path, f->domain, f->product, f->kind, f->hash, f->mtime_ns);
	if (rc == 0)
		*ret_fid = sqlite3_last_insert_rowid(db->handle);
	return rc;
}

int authored_blob(struct db *db, const char *hash, struct buf *out, struct mesh_err *err)
{
	struct stmt q = {.db = db, .err = err};
	int rc = stmt_begin(&q, "SELECT bytes FROM blob WHERE hash = ?1", "t", hash);

	if (rc == 0)
		rc = stmt_next(&q);
	if (rc < 0)
		return rc;
	if (rc == 0) {
		stmt_end(&q);
		return mesh_err_set(err, -ENOENT, "nothing was kept under the hash %s", hash);
	}

	const void *bytes = sqlite3_column_blob(q.handle, 0);
	size_t len = (size_t)sqlite3_column_bytes(q.handle, 0);

	if (bytes)
		buf_add(out, bytes, len);
	rc = buf_error(out) || (!bytes && len > 0) ? mesh_err_nomem(err) : 0;
	stmt_end(&q);
	return rc;
}

int authored_describe(struct db *db, int64_t fid,
    int (*fn)(void *arg, const char *kind, const char *product), void *arg, struct mesh_err *err)
{
	struct stmt q = {.db = db, .err = err};
	const char *kind, *product;
	int rc = stmt_begin(&q, "SELECT kind, product FROM file WHERE fid = ?1", "i", fid);

	if (rc == 0)
		rc = stmt_next(&q);
	if (rc == 0)
		rc = db_corrupt(db, "a file is not there", err);
	if (rc > 0)
		rc = stmt_need(&q, 0, &kind);
	if (rc == 0)
		rc = stmt_need(&q, 1, &product);
	if (rc == 0)
		rc = fn(arg, kind, product);
	stmt_end(&q);
	return rc;
}

/* A NULL of the driver is an empty blob, or lack of memory. */
static int read_file(struct stmt *q, struct authored_file *ret)
{
	int rc = stmt_need(q, 0, &ret->path);

	if (rc < 0)
		return rc;
	ret->bytes = sqlite3_column_blob(q->handle, 1);
	ret->len = (size_t)sqlite3_column_bytes(q->handle, 1);
	if (!ret->bytes && sqlite3_errcode(q->db->handle) == SQLITE_NOMEM)
		return mesh_err_nomem(q->err);
	if (!ret->bytes)
		ret->bytes = "";
	return 0;
}

int authored_list(struct db *db, const struct authored_scope *scope,
    int (*fn)(void *arg, const struct authored_file *f), void *arg, struct mesh_err *err)
{
	struct stmt q = {.db = db, .err = err};
	int stop = 0;
	int rc = stmt_begin(&q,
	    "SELECT f.path, b.bytes FROM file f JOIN file_span s ON s.ref = f.fid"
	    " JOIN blob b ON b.hash = f.blob"
	    " WHERE f.domain = ?1 AND f.product = ?2 AND f.kind = ?3 AND s.since <= ?4 AND ?4 < s.until"
	    " ORDER BY f.path",
	    "ttti", scope->domain, scope->product, scope->kind, scope->epoch);

	while (rc == 0 && !stop && (rc = stmt_next(&q)) > 0) {
		struct authored_file file = {
		    .domain = scope->domain, .product = scope->product, .kind = scope->kind};

		rc = read_file(&q, &file);
		if (rc == 0)
			stop = fn(arg, &file);
	}
	stmt_end(&q);
	return rc < 0 ? rc : stop;
}
