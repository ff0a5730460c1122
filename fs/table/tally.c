#include "fs/table/tally.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK 2048 /* things read or written at once */
#define SLOTS ((size_t)1 << 18) /* of the table that counts; half of them are to be used */
#define WINDOW_BYTES ((size_t)1 << 20)
#define WINDOW_BITS (WINDOW_BYTES * 8)

struct placed {
	struct tally_print print;
	uint64_t place;
};

struct slot {
	struct tally_print print;
	uint64_t count; /* 0: free */
};

int tally_init(struct tally *t, struct mesh_err *err)
{
	int rc;

	*t = (struct tally){.window = UINT64_MAX};
	rc = spill_init(&t->prints, err);
	if (rc == 0)
		rc = spill_init(&t->sorted, err);
	if (rc == 0)
		rc = spill_init(&t->marks, err);
	if (rc == 0) {
		t->bits = malloc(WINDOW_BYTES);
		rc = t->bits ? 0 : mesh_err_nomem(err);
	}
	return rc;
}

void tally_clear(struct tally *t)
{
	spill_clear(&t->prints);
	spill_clear(&t->sorted);
	spill_clear(&t->marks);
	free(t->bits);
	*t = (struct tally){0};
}

static size_t bucket_of(const struct tally_print *p)
{
	return (size_t)(p->high >> 56);
}

int tally_add(struct tally *t, const struct tally_print *p, struct mesh_err *err)
{
	int rc = spill_add(&t->prints, p, sizeof(*p), err);

	if (rc == 0) {
		t->in_bucket[bucket_of(p)]++;
		t->len++;
	}
	return rc;
}

static int check_cancel(const table_cancel *cancel, struct mesh_err *err)
{
	if (cancel && atomic_load_explicit(cancel, memory_order_relaxed))
		return mesh_err_set(err, -EINTR, "the rendering was cancelled");
	return 0;
}

/* ---- marks ---- */

static int show_window(struct tally *t, uint64_t window, struct mesh_err *err)
{
	uint64_t at = window * WINDOW_BYTES;
	int rc = 0;

	if (window == t->window)
		return 0;
	if (t->changed)
		rc = spill_write(&t->marks, t->window * WINDOW_BYTES, t->bits, WINDOW_BYTES, err);
	t->changed = false;
	if (rc == 0 && t->marks.len >= at + WINDOW_BYTES)
		rc = spill_read(&t->marks, at, t->bits, WINDOW_BYTES, err);
	else if (rc == 0)
		memset(t->bits, 0, WINDOW_BYTES);
	t->window = window;
	return rc;
}

/* The file has every window before any is marked, so that each can be read back. */
static int make_windows(struct tally *t, struct mesh_err *err)
{
	uint64_t windows = (t->len + WINDOW_BITS - 1) / WINDOW_BITS;
	int rc = 0;

	memset(t->bits, 0, WINDOW_BYTES);
	for (uint64_t i = 0; rc == 0 && windows > 1 && i < windows; i++)
		rc = spill_add(&t->marks, t->bits, WINDOW_BYTES, err);
	return rc == 0 ? spill_flush(&t->marks, err) : rc;
}

static int mark(struct tally *t, uint64_t place, struct mesh_err *err)
{
	int rc = show_window(t, place / WINDOW_BITS, err);

	if (rc == 0) {
		t->bits[place % WINDOW_BITS / 8] |= (unsigned char)(1u << place % 8);
		t->changed = true;
	}
	return rc;
}

int tally_enough(struct tally *t, uint64_t place, struct mesh_err *err)
{
	int rc = show_window(t, place / WINDOW_BITS, err);

	return rc < 0 ? rc : t->bits[place % WINDOW_BITS / 8] >> place % 8 & 1;
}

/* ---- sorting by bucket ---- */

struct sorter {
	uint64_t next[TALLY_BUCKETS]; /* where the bucket goes on, counted in things */
	size_t held[TALLY_BUCKETS];
	struct placed (*things)[64];
};

static int put_bucket(struct tally *t, struct sorter *s, size_t b, struct mesh_err *err)
{
	int rc = spill_write(&t->sorted, s->next[b] * sizeof(struct placed), s->things[b],
	    s->held[b] * sizeof(struct placed), err);

	s->next[b] += s->held[b];
	s->held[b] = 0;
	return rc;
}

static int sort_chunk(struct tally *t, struct sorter *s, const struct tally_print *prints, size_t n,
    uint64_t first, struct mesh_err *err)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < n; i++) {
		size_t b = bucket_of(&prints[i]);

		s->things[b][s->held[b]++] = (struct placed){prints[i], first + i};
		if (s->held[b] == sizeof(s->things[b]) / sizeof(s->things[b][0]))
			rc = put_bucket(t, s, b, err);
	}
	return rc;
}

static int sort_all(
    struct tally *t, struct sorter *s, const table_cancel *cancel, struct mesh_err *err)
{
	struct tally_print prints[CHUNK];
	int rc = spill_flush(&t->prints, err);

	for (size_t b = 1; b < TALLY_BUCKETS; b++)
		s->next[b] = s->next[b - 1] + t->in_bucket[b - 1];
	for (uint64_t at = 0; rc == 0 && at < t->len; at += CHUNK) {
		size_t n = t->len - at < CHUNK ? (size_t)(t->len - at) : CHUNK;

		rc = spill_read(&t->prints, at * sizeof(*prints), prints, n * sizeof(*prints), err);
		if (rc == 0)
			rc = sort_chunk(t, s, prints, n, at, err);
		if (rc == 0)
			rc = check_cancel(cancel, err);
	}
	for (size_t b = 0; rc == 0 && b < TALLY_BUCKETS; b++)
		rc = put_bucket(t, s, b, err);
	return rc;
}

static int sort_into_buckets(struct tally *t, const table_cancel *cancel, struct mesh_err *err)
{
	struct sorter *s = calloc(1, sizeof(*s));
	int rc = -ENOMEM;

	if (s)
		s->things = calloc(TALLY_BUCKETS, sizeof(*s->things));
	if (s && s->things)
		rc = sort_all(t, s, cancel, err);
	else
		(void)mesh_err_nomem(err);
	if (s)
		free(s->things);
	free(s);
	return rc;
}

/* ---- counting ---- */

/* The part of a bucket that is counted at once. */
struct part {
	struct tally *t;
	struct slot *slots;
	size_t used;
	uint64_t first, len; /* the bucket */
	uint64_t passes, pass;
	uint64_t min;
	const table_cancel *cancel;
};

static struct slot *find_slot(struct part *p, const struct tally_print *print)
{
	size_t i = (size_t)print->low & (SLOTS - 1);

	while (p->slots[i].count > 0 &&
	    (p->slots[i].print.high != print->high || p->slots[i].print.low != print->low))
		i = (i + 1) & (SLOTS - 1);
	return &p->slots[i];
}

static int count_thing(struct part *p, const struct placed *thing, struct mesh_err *err)
{
	struct slot *slot = find_slot(p, &thing->print);

	if (slot->count == 0 && ++p->used == SLOTS)
		return mesh_err_set(err, -EIO, "too many groups of rows fall together");
	slot->print = thing->print;
	slot->count++;
	return 0;
}

static int mark_thing(struct part *p, const struct placed *thing, struct mesh_err *err)
{
	return find_slot(p, &thing->print)->count >= p->min ? mark(p->t, thing->place, err) : 0;
}

typedef int (*visit)(struct part *p, const struct placed *thing, struct mesh_err *err);

static int each_thing(struct part *p, visit fn, struct mesh_err *err)
{
	struct placed things[CHUNK];
	int rc = 0;

	for (uint64_t at = 0; rc == 0 && at < p->len; at += CHUNK) {
		size_t n = p->len - at < CHUNK ? (size_t)(p->len - at) : CHUNK;

		rc = spill_read(&p->t->sorted, (p->first + at) * sizeof(*things), things,
		    n * sizeof(*things), err);
		for (size_t i = 0; rc == 0 && i < n; i++)
			if ((uint32_t)things[i].print.high % p->passes == p->pass)
				rc = fn(p, &things[i], err);
		if (rc == 0)
			rc = check_cancel(p->cancel, err);
	}
	return rc;
}

static int count_bucket(struct part *p, struct mesh_err *err)
{
	int rc = 0;

	p->passes = p->len / (SLOTS / 2) + 1;
	for (p->pass = 0; rc == 0 && p->pass < p->passes; p->pass++) {
		memset(p->slots, 0, SLOTS * sizeof(*p->slots));
		p->used = 0;
		rc = each_thing(p, count_thing, err);
		if (rc == 0)
			rc = each_thing(p, mark_thing, err);
	}
	return rc;
}

int tally_count(struct tally *t, uint64_t min, const table_cancel *cancel, struct mesh_err *err)
{
	struct part p = {.t = t, .min = min, .cancel = cancel};
	int rc = sort_into_buckets(t, cancel, err);

	if (rc == 0)
		rc = make_windows(t, err);
	if (rc < 0)
		return rc;
	p.slots = malloc(SLOTS * sizeof(*p.slots));
	if (!p.slots)
		return mesh_err_nomem(err);
	for (size_t b = 0; rc == 0 && b < TALLY_BUCKETS; b++) {
		p.first += p.len;
		p.len = t->in_bucket[b];
		if (p.len > 0)
			rc = count_bucket(&p, err);
	}
	free(p.slots);
	return rc;
}
