#include "catalog/audit/chain.h"

#include <errno.h>
#include <string.h>

#define HASH_CHARS (DIGEST_HEX_CAP - 1)

static const char seq_key[] = "{\"seq\":";
static const char prev_key[] = ",\"prev\":\"";
static const char hash_key[] = "\"hash\":\"";
static const char member_end[] = "\",";

#define LITERAL_LEN(s) (sizeof(s) - 1)
/* "hash":"64 digits", */
#define HASH_MEMBER_LEN (LITERAL_LEN(hash_key) + HASH_CHARS + LITERAL_LEN(member_end))

void chain_genesis(struct chain_point *p)
{
	p->seq = 0;
	memset(p->hash, '0', HASH_CHARS);
	p->hash[HASH_CHARS] = '\0';
}

void chain_add_number(struct buf *b, uint64_t n)
{
	char digits[20];
	size_t at = sizeof(digits);

	do {
		digits[--at] = (char)('0' + n % 10);
		n /= 10;
	} while (n > 0);
	buf_add(b, digits + at, sizeof(digits) - at);
}

void chain_open(struct buf *b, const struct chain_point *last)
{
	buf_add(b, seq_key, LITERAL_LEN(seq_key));
	chain_add_number(b, last->seq + 1);
	buf_add(b, prev_key, LITERAL_LEN(prev_key));
	buf_add(b, last->hash, HASH_CHARS);
	buf_add(b, member_end, LITERAL_LEN(member_end));
	buf_add(b, hash_key, LITERAL_LEN(hash_key));
	/* Any digits; chain_close puts the right ones in their place. */
	buf_add(b, last->hash, HASH_CHARS);
	buf_add(b, member_end, LITERAL_LEN(member_end));
}

/* The hash of a line whose hash member begins at `hash_at`. */
static int hash_line(
    struct digest *d, const char *line, size_t len, size_t hash_at, char out[DIGEST_HEX_CAP])
{
	size_t rest = hash_at + HASH_MEMBER_LEN;

	if (digest_add(d, line, hash_at) < 0 || digest_add(d, line + rest, len - rest) < 0)
		return -EIO;
	return digest_finish(d, out);
}

int chain_close(struct buf *b, struct digest *d, struct chain_point *ret_point)
{
	struct chain_line parts;

	buf_add(b, "}\n", 2);
	if (buf_error(b) < 0)
		return buf_error(b);
	if (b->len > CHAIN_LINE_MAX_BYTES)
		return -EMSGSIZE;
	/* The line has been put together from parts: that it reads back is proved here, for each one. */
	if (!chain_parse(b->data, b->len - 1, &parts))
		return -EIO;

	int r = hash_line(d, b->data, b->len - 1, parts.hash_at, parts.self.hash);

	if (r < 0)
		return r;
	memcpy(b->data + parts.hash_at + LITERAL_LEN(hash_key), parts.self.hash, HASH_CHARS);
	*ret_point = parts.self;
	return 0;
}

size_t chain_number(const char *s, size_t len, uint64_t *ret)
{
	uint64_t n = 0;
	size_t i = 0;

	while (i < len && s[i] >= '0' && s[i] <= '9') {
		uint64_t digit = (uint64_t)(s[i] - '0');

		if (n > (UINT64_MAX - digit) / 10)
			return 0;
		n = n * 10 + digit;
		i++;
	}
	if (i > 1 && s[0] == '0')
		return 0;
	if (i > 0)
		*ret = n;
	return i;
}

bool chain_is_hash(const char *s, size_t len)
{
	if (len < HASH_CHARS)
		return false;
	for (size_t i = 0; i < HASH_CHARS; i++) {
		if (!((s[i] >= '0' && s[i] <= '9') || (s[i] >= 'a' && s[i] <= 'f')))
			return false;
	}
	return true;
}

/* A place in a line that is being taken apart. */
struct cursor {
	const char *s;
	size_t left;
};

static void advance(struct cursor *c, size_t n)
{
	c->s += n;
	c->left -= n;
}

static bool take_literal(struct cursor *c, const char *literal, size_t len)
{
	if (c->left < len || memcmp(c->s, literal, len) != 0)
		return false;
	advance(c, len);
	return true;
}

static bool take_hash(struct cursor *c, char out[DIGEST_HEX_CAP])
{
	if (!chain_is_hash(c->s, c->left))
		return false;
	memcpy(out, c->s, HASH_CHARS);
	out[HASH_CHARS] = '\0';
	advance(c, HASH_CHARS);
	return take_literal(c, member_end, LITERAL_LEN(member_end));
}

static bool take_seq(struct cursor *c, uint64_t *ret)
{
	size_t digits = chain_number(c->s, c->left, ret);

	if (digits == 0 || *ret == 0)
		return false;
	advance(c, digits);
	return true;
}

bool chain_parse(const char *line, size_t len, struct chain_line *ret)
{
	struct cursor c = {line, len};

	ret->bytes = line;
	ret->len = len;
	if (!take_literal(&c, seq_key, LITERAL_LEN(seq_key)) || !take_seq(&c, &ret->self.seq))
		return false;
	if (!take_literal(&c, prev_key, LITERAL_LEN(prev_key)) || !take_hash(&c, ret->prev))
		return false;
	ret->hash_at = len - c.left;
	if (!take_literal(&c, hash_key, LITERAL_LEN(hash_key)) || !take_hash(&c, ret->self.hash))
		return false;
	ret->body = c.s;
	ret->body_len = c.left;
	return c.left > 1 && line[len - 1] == '}' && !memchr(line, '\0', len);
}

int chain_rehash(const struct chain_line *l, struct digest *d, bool *ret_fits)
{
	char hash[DIGEST_HEX_CAP];
	int r = hash_line(d, l->bytes, l->len, l->hash_at, hash);

	if (r < 0)
		return r;
	*ret_fits = memcmp(hash, l->self.hash, HASH_CHARS) == 0;
	return 0;
}
