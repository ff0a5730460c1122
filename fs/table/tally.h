#ifndef FS_TABLE_TALLY_H
#define FS_TABLE_TALLY_H

/*
 * How often equal things occur among very many, in constant memory: prints of 128 bits are
 * gathered, then for each one it can be asked whether there are enough like it. Two things with one
 * print count as equal: with prints of a cryptographic hash there are none.
 */

#include <stdbool.h>

#include "fs/table/spill.h"
#include "fs/table/table.h"

#define TALLY_BUCKETS 256

struct tally_print {
	uint64_t high, low;
};

struct tally {
	uint64_t len;
	uint64_t in_bucket[TALLY_BUCKETS]; /* by the top bits of `high` */
	struct spill prints; /* in order */
	struct spill sorted; /* by bucket, each with its place */
	struct spill marks; /* a bit for each: there are enough */
	uint64_t window; /* the part of the marks in memory */
	bool changed;
	unsigned char *bits; /* owned */
};

/* 0; -ENOMEM or what a temporary file failed with. To be cleared in any case. */
int tally_init(struct tally *t, struct mesh_err *err);
void tally_clear(struct tally *t);

int tally_add(struct tally *t, const struct tally_print *p, struct mesh_err *err);

/* Counts, once, when all are there: those that occur `min` times at least have enough. -EINTR:
 * cancelled. */
int tally_count(struct tally *t, uint64_t min, const table_cancel *cancel, struct mesh_err *err);

/* Whether there are enough like the one added at this place. 1, 0, negative errno. Cheap in
 * ascending order. */
int tally_enough(struct tally *t, uint64_t place, struct mesh_err *err);

#endif
