#ifndef CATALOG_AUDIT_CHAIN_H
#define CATALOG_AUDIT_CHAIN_H

/*
 * One line of the log and what binds it to the line before. Pure: knows bytes, neither files nor what a record says.
 *
 * A line, without its newline, is
 *
 *	{"seq":N,"prev":"P","hash":"H",BODY}
 *
 * N counts from 1 without gaps, in decimal without leading zeros; P is the H of the line before (64 zeros for seq 1); H
 * is the SHA-256, as 64 lowercase hex digits, of the line without its hash member, that is of these bytes as they
 * stand in the file:
 *
 *	{"seq":N,"prev":"P",BODY}
 *
 * so that checking a line needs no JSON parser and no second serialisation, and can be done with sed and sha256sum.
 * The chain has no key: it shows every fault and every edit, unless all lines from there to the end and the head
 * file are written anew. Who must exclude that too keeps a copy of the head elsewhere.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "catalog/base/buf.h"
#include "catalog/base/digest.h"

/* The longest line, newline included; a group list of the kernel's maximum fits. */
#define CHAIN_LINE_MAX_BYTES ((size_t)16 << 20)

/* Where a chain stands: its last record. */
struct chain_point {
	uint64_t seq; /* 0: no record yet */
	char hash[DIGEST_HEX_CAP];
};

/* The point before the first record: seq 0, 64 zeros. */
void chain_genesis(struct chain_point *p);

/* Writes the members that open the line after `last`; the caller then appends BODY and calls chain_close. `b` must
 * be empty. A failed allocation is kept in `b`. */
void chain_open(struct buf *b, const struct chain_point *last);

/* Closes the line: brace, hash, newline. *ret_point is then the line's own point. Returns 0; -EMSGSIZE for a
 * line over CHAIN_LINE_MAX_BYTES; -ENOMEM; -EIO where libcrypto failed (do not use `d` again). */
int chain_close(struct buf *b, struct digest *d, struct chain_point *ret_point);

/* The parts of a line, borrowed from it. */
struct chain_line {
	struct chain_point self;
	char prev[DIGEST_HEX_CAP];
	const char *bytes; /* the whole line */
	size_t len;
	size_t hash_at; /* where the hash member begins */
	const char *body; /* BODY and the closing brace */
	size_t body_len;
};

/* Takes a line (without its newline) apart; false, and *ret undefined, where it has not the form above. Says nothing
 * of whether the hash is right. */
bool chain_parse(const char *line, size_t len, struct chain_line *ret);

/* Recomputes the hash: *ret_fits says whether it is the one that the line carries. 0 or -EIO. */
int chain_rehash(const struct chain_line *l, struct digest *d, bool *ret_fits);

/* Reads a number as chain lines write it: no sign, no leading zero, below 2^64. Returns the number of digits,
 * or 0 where there is none. `s` need not be terminated. */
size_t chain_number(const char *s, size_t len, uint64_t *ret);

/* True where the first 64 of `len` bytes are lowercase hex digits. */
bool chain_is_hash(const char *s, size_t len);

/* Appends `n` in decimal; printf is too slow here, once per record and field. */
void chain_add_number(struct buf *b, uint64_t n);

#endif
