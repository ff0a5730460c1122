#include "catalog/store/migrate.h"

#include <errno.h>
#include <stdio.h>

#include "catalog/base/cleanup.h"
#include "catalog/store/stmt.h"
#include "schema.sql.h"
#include "schema_2.sql.h"

/* PRAGMA application_id, so that file(1) and we know a catalog: "mesh". */
#define APPLICATION_ID 0x6d657368

/* steps[v] takes a catalog from version v to v + 1; an empty file has version 0. A step that was
 * released is never edited: changes of the schema are further steps. */
static const char *const steps[] = {
    schema_sql,
    schema_2_sql,
};

#define SCHEMA_VERSION ((int64_t)ARRAY_LEN(steps))

struct facts {
	int64_t application, version, tables;
};

static int read_facts(struct db *db, struct facts *ret, struct mesh_err *err)
{
	struct stmt q = {.db = db, .err = err};
	int rc = stmt_begin(&q,
	    "SELECT (SELECT application_id FROM pragma_application_id),"
	    " (SELECT user_version FROM pragma_user_version), (SELECT count(*) FROM sqlite_schema)",
	    "");

	if (rc == 0)
		rc = stmt_next(&q);
	if (rc > 0)
		*ret = (struct facts){stmt_int(&q, 0), stmt_int(&q, 1), stmt_int(&q, 2)};
	stmt_end(&q);
	return rc < 0 ? rc : 0;
}

static int judge(struct db *db, const struct facts *f, struct mesh_err *err)
{
	if (f->application == 0 && f->version == 0 && f->tables == 0)
		return mesh_err_set(
		    err, -ENODATA, "the catalog %s is empty; apply a mesh to it", db->path);
	if (f->application != APPLICATION_ID)
		return mesh_err_set(
		    err, -EINVAL, "%s is a SQLite file, but not a catalog", db->path);
	if (f->version > SCHEMA_VERSION)
		return mesh_err_set(err, -EINVAL,
		    "the catalog %s was made by a newer meshfs (schema %lld, this one knows %lld); use that one,"
		    " or move the file away and apply the mesh again",
		    db->path, (long long)f->version, (long long)SCHEMA_VERSION);
	if (f->version < 1 || f->tables == 0)
		return db_corrupt(db, "its tables are missing", err);
	return 0;
}

int migrate_check(struct db *db, struct mesh_err *err)
{
	struct facts facts = {0};
	int rc = read_facts(db, &facts, err);

	if (rc == 0)
		rc = judge(db, &facts, err);
	if (rc == 0 && facts.version < SCHEMA_VERSION)
		rc = mesh_err_set(err, -EINVAL,
		    "the catalog %s was made by an older meshfs; `meshfs apply` brings it up to date",
		    db->path);
	return rc;
}

static int run_step(struct db *db, int64_t version, struct mesh_err *err)
{
	char marks[96];
	int rc = db_exec(db, steps[version], err);

	(void)snprintf(marks, sizeof(marks),
	    "PRAGMA application_id = %d; PRAGMA user_version = %lld", APPLICATION_ID,
	    (long long)version + 1);
	return rc < 0 ? rc : db_exec(db, marks, err);
}

/* In one transaction, so that two processes that open a new file do not both make the tables. */
static int run_steps(struct db *db, struct mesh_err *err)
{
	struct facts facts = {0};
	int rc = db_exec(db, "BEGIN IMMEDIATE", err);

	if (rc == 0)
		rc = read_facts(db, &facts, err);
	if (rc == 0)
		rc = judge(db, &facts, err);
	if (rc == -ENODATA)
		rc = 0;
	for (int64_t v = facts.version; rc == 0 && v < SCHEMA_VERSION; v++)
		rc = run_step(db, v, err);
	if (rc == 0)
		rc = db_exec(db, "COMMIT", err);
	db_rollback(db);
	return rc;
}

int migrate_run(struct db *db, struct mesh_err *err)
{
	struct facts facts = {0};
	int rc = read_facts(db, &facts, err);

	if (rc == 0)
		rc = judge(db, &facts, err);
	if (rc < 0 && rc != -ENODATA)
		return rc;
	if (rc == 0 && facts.version == SCHEMA_VERSION)
		return 0;

	/* Cannot be set inside a transaction; kept in the file. */
	rc = db_exec(db, "PRAGMA journal_mode = WAL", err);
	return rc < 0 ? rc : run_steps(db, err);
}
