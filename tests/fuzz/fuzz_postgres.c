/*
 * A table of a server that answers with arbitrary bytes: to the startup message or to COPY, as the first byte says. Whatever they are, reading ends,
 * by an error or with as many rows as the server says there are.
 */

#include <stdio.h>
#include <stdlib.h>

#include "fs/storage/postgres_source.h"
#include "tests/lib/postgres_fake.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define COLUMNS 3

static struct postgres_fake fake = {.columns = COLUMNS};

static void stop(void)
{
	postgres_fake_stop(&fake);
}

static void start(void)
{
	if (fake.dir[0])
		return;
	if (postgres_fake_start(&fake) < 0)
		abort();
	(void)atexit(stop);
}

static void look_at(const struct cell *c)
{
	volatile char last;

	if (c->type < CELL_NULL || c->type > CELL_BLOB)
		abort();
	if (c->len > 0 && (c->type == CELL_TEXT || c->type == CELL_JSON || c->type == CELL_BLOB))
		last = c->s[c->len - 1];
	(void)last;
}

static void read_all(struct table_source *s)
{
	static const size_t columns[COLUMNS] = {0, 1, 2};
	const struct table_request rq = {.columns = columns, .columns_len = COLUMNS};
	struct cell cells[COLUMNS];
	struct table_reader *r;

	if (s->schema.len != COLUMNS || s->ops->read(s, &rq, &r, NULL) < 0)
		return;
	while (r->ops->next(r, cells, NULL) == 1) {
		for (size_t i = 0; i < COLUMNS; i++)
			look_at(&cells[i]);
	}
	r->ops->close(r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct server server = {.host = fake.dir, .port = "5432", .database = "db"};
	const struct postgres_place at = {.server = &server, .table = "t", .deadline_sec = 1};
	struct table_source *s;

	if (size == 0)
		return 0;
	start();
	postgres_fake_say(&fake,
	    (struct postgres_fake_say){
		.point = data[0] % 4 == 0 ? POSTGRES_FAKE_STARTUP : POSTGRES_FAKE_COPY,
		.bytes = data + 1,
		.len = size - 1,
	    });
	if (source_postgres_open(&at, &s, NULL) < 0)
		return 0;
	read_all(s);
	s->ops->close(s);
	return 0;
}
