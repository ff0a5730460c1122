/*
 * A table source on arbitrary bytes as a SQLite database, and its write-ahead log: two bytes that say how long the log is (little-endian,
 * in units of 8 bytes), the log, the database. Opening and reading the table `t` ends, within bounds, and makes no file.
 */

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fs/storage/sqlite_source.h"
#include "fs/table/plan.h"

#define MAX_ROWS 2000
#define MAX_COLUMNS 64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char dir[64];

static const char *at(const char *name)
{
	static char path[96];

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

static void remove_dir(void)
{
	(void)unlink(at("a.db"));
	(void)unlink(at("a.db-wal"));
	(void)rmdir(dir);
}

static void make_dir(void)
{
	(void)snprintf(dir, sizeof(dir), "%s/meshfs-fuzz-XXXXXX",
	    access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	if (!mkdtemp(dir) || atexit(remove_dir) != 0)
		abort();
}

static void put(const char *name, const uint8_t *data, size_t size)
{
	int fd = open(at(name), O_WRONLY | O_CREAT | O_TRUNC, 0600);

	if (fd < 0 || write(fd, data, size) != (ssize_t)size || close(fd) < 0)
		abort();
}

static void read_rows(struct table_source *s, const struct cond *keep)
{
	size_t columns[MAX_COLUMNS], n = s->schema.len < MAX_COLUMNS ? s->schema.len : MAX_COLUMNS;
	struct table_request rq = {.columns = columns, .columns_len = n, .keep = keep};
	struct cell cells[MAX_COLUMNS];
	struct table_reader *r;
	struct mesh_err err;
	struct arena a;

	for (size_t i = 0; i < n; i++)
		columns[i] = i;
	if (s->ops->read(s, &rq, &r, &err) < 0)
		return;
	arena_init(&a);
	for (int row = 0; row < MAX_ROWS && r->ops->next(r, cells, &err) == 1; row++) {
		for (size_t i = 0; i < n; i++)
			(void)plan_value(&cells[i], i % 2 ? "string" : "number", &a);
		arena_clear(&a);
	}
	r->ops->close(r);
}

static void read_table(void)
{
	static const struct cond keep = {.kind = COND_ATOM,
	    .left = {OPERAND_ROW, "a"},
	    .op = OP_NE,
	    .literal = {.type = VALUE_STRING, .s = "EU"}};
	struct sqlite_place place = {.prefix = dir, .rel = "a.db", .timeout_ns = 15 * 1000 * 1000};
	struct table_source *s;
	struct mesh_err err = {0};

	if (sqlite_source_open(&place, "t", NULL, &s, &err) < 0)
		return;
	read_rows(s, NULL);
	read_rows(s, &keep);
	s->ops->close(s);
}

static void check_dir(bool log)
{
	if (access(at("a.db-shm"), F_OK) == 0 || access(at("a.db-journal"), F_OK) == 0 ||
	    (access(at("a.db-wal"), F_OK) == 0) != log)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t log_len = size < 2 ? 0 : ((size_t)data[0] | (size_t)data[1] << 8) * 8;

	if (!dir[0])
		make_dir();
	if (size < 2 || log_len > size - 2)
		return 0;
	(void)unlink(at("a.db"));
	(void)unlink(at("a.db-wal"));
	if (log_len > 0)
		put("a.db-wal", data + 2, log_len);
	put("a.db", data + 2 + log_len, size - 2 - log_len);
	read_table();
	check_dir(log_len > 0);
	return 0;
}
