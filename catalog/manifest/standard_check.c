/*
 * Checks of single values in the standards' tables, and the hunt for secrets.
 */

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "catalog/base/str.h"
#include "catalog/base/when.h"
#include "catalog/manifest/standard_shapes.h"

#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
#define DIGITS "0123456789"
/* Items of longer lists are not compared with each other, which takes quadratic time and guards nothing. */
#define MAX_COMPARED 1000

void standard_check_id(struct shape_run *run, const struct yaml_pair *pair)
{
	const char *id = pair->value->text;

	if (*id == '\0' || id[strspn(id, LETTERS DIGITS "_-")] != '\0')
		shape_error(run, pair->value, "standard-id",
		    "the id `%.80s` may have letters, digits, `_` and `-` only; rename it", id);
}

void standard_check_date(struct shape_run *run, const struct yaml_pair *pair)
{
	if (!when_is_date(pair->value->text))
		shape_warn(run, pair->value, "lint-date",
		    "`%.80s` is no date; write it as 2026-01-31", pair->value->text);
}

void standard_check_date_time(struct shape_run *run, const struct yaml_pair *pair)
{
	int64_t ns;

	if (when_parse(pair->value->text, &ns) < 0)
		shape_warn(run, pair->value, "lint-date",
		    "`%.80s` is no point in time; write it as 2026-01-31T12:00:00Z",
		    pair->value->text);
}

void standard_check_filled(struct shape_run *run, const struct yaml_pair *pair)
{
	if (pair->value->len == 0)
		shape_error(run, pair->value, "standard-empty",
		    "`%.80s` is an empty list; add an item or take the key out", pair->key);
}

void standard_check_set(struct shape_run *run, const struct yaml_pair *pair)
{
	const struct yaml_node *list = pair->value;

	standard_check_filled(run, pair);
	for (size_t i = 1; i < list->len && list->len <= MAX_COMPARED; i++) {
		for (size_t j = 0; j < i; j++) {
			if (!shape_equal(list->items[i], list->items[j]))
				continue;
			shape_error(run, list->items[i], "standard-twice",
			    "this item of `%.80s` stands already on line %d; take one of them out",
			    pair->key, list->items[j]->line);
			break;
		}
	}
}

void standard_check_pair(struct shape_run *run, const struct yaml_pair *pair)
{
	const struct yaml_node *list = pair->value;

	if (list->len != 2 || shape_equal(list->items[0], list->items[1]))
		shape_error(run, list, "standard-range",
		    "`%.80s` needs two different numbers; write [lowest, highest]", pair->key);
}

void standard_check_not_negative(struct shape_run *run, const struct yaml_pair *pair)
{
	if (pair->value->f < 0)
		shape_error(run, pair->value, "standard-range",
		    "`%.80s` is %.80s and must not be less than 0; mend the value", pair->key,
		    pair->value->text);
}

void standard_check_positive(struct shape_run *run, const struct yaml_pair *pair)
{
	if (pair->value->f <= 0)
		shape_error(run, pair->value, "standard-range",
		    "`%.80s` is %.80s and must be greater than 0; mend the value", pair->key,
		    pair->value->text);
}

void standard_check_unit(struct shape_run *run, const struct yaml_pair *pair)
{
	if (strcmp(pair->value->text, "m") == 0)
		shape_warn(run, pair->value, "lint-unit-m",
		    "the unit `m` may mean minutes or months and is not measured; write `min` or `month`");
}

/* ---- references to elements ---- */

/* Skips [A-Za-z_][A-Za-z0-9_]*; NULL where `s` begins otherwise. */
static const char *skip_name(const char *s)
{
	if (*s == '\0' || !strchr(LETTERS "_", *s))
		return NULL;
	return s + strspn(s, LETTERS DIGITS "_");
}

/* `object.property`; from v3.2.0 on nested properties too. */
static bool is_shorthand(const char *s, int version)
{
	int dots = 0;

	for (s = skip_name(s); s && *s == '.'; s = skip_name(s + 1))
		dots++;
	return s && *s == '\0' && dots >= 1 && (dots == 1 || version >= STANDARD_V32);
}

/* `https://host/dir/file.yaml`, with or without the scheme; the `len` bytes before the `#`. */
static bool is_file(const char *s, size_t len)
{
	static const char suffix[] = ".yaml";
	size_t scheme = strncmp(s, "https://", 8) == 0 ? 8 : strncmp(s, "http://", 7) == 0 ? 7 : 0;

	if (len < scheme + sizeof(suffix))
		return false;
	return strspn(s + scheme, LETTERS DIGITS "._-/") == len - scheme &&
	    memcmp(s + len - (sizeof(suffix) - 1), suffix, sizeof(suffix) - 1) == 0;
}

/* `file.yaml#/schema/<id>/properties/<id>`: names and ids in turn; the file and the first slash may be absent. */
static bool is_qualified(const char *s)
{
	const char *hash = strchr(s, '#');

	if (hash && !is_file(s, (size_t)(hash - s)))
		return false;
	s = hash ? hash + 1 : s;
	s += *s == '/';
	for (;;) {
		s = skip_name(s);
		if (!s || *s != '/')
			return false;

		size_t id = strspn(s + 1, LETTERS DIGITS "_-");

		s += 1 + id;
		if (id == 0 || (*s != '\0' && *s != '/'))
			return false;
		if (*s == '\0')
			return true;
		s++;
	}
}

static void check_reference(struct shape_run *run, const struct yaml_node *n)
{
	const char *s = yaml_str(n);

	if (s && !is_shorthand(s, run->version) && !is_qualified(s))
		shape_error(run, n, "standard-reference",
		    "`%.80s` names no element; write object.property or schema/<id>/properties/<id>",
		    s);
}

void standard_check_reference(struct shape_run *run, const struct yaml_pair *pair)
{
	if (pair->value->type != YAML_SEQ) {
		check_reference(run, pair->value);
		return;
	}
	standard_check_filled(run, pair);
	for (size_t i = 0; i < pair->value->len; i++)
		check_reference(run, pair->value->items[i]);
}

/* ---- secrets ---- */

bool standard_is_secret(const char *key)
{
	static const char *const words[] = {"password", "passwd", "passphrase", "secret", "token",
	    "accesskey", "privatekey", "apikey"};
	char plain[64];
	size_t len = 0;

	for (; *key && len + 1 < sizeof(plain); key++) {
		if (isalnum((unsigned char)*key))
			plain[len++] = (char)tolower((unsigned char)*key);
	}
	plain[len] = '\0';
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strstr(plain, words[i]))
			return true;
	}
	return false;
}

/* `scheme://user:password@host` */
static bool has_userinfo(const char *s)
{
	const char *host = strstr(s, "://");
	size_t len = host ? strcspn(host + 3, "/?#") : 0;
	const char *at = host ? memchr(host + 3, '@', len) : NULL;

	return at && memchr(host + 3, ':', (size_t)(at - host) - 3);
}

static void report_secret(struct shape_run *run, const struct yaml_pair *pair, const char *name)
{
	shape_error(run, pair, "standard-secret",
	    "`%.80s` is a secret, which a manifest must not hold; use the custom property `credentialRef`",
	    name);
}

static void check_pair(struct shape_run *run, const struct yaml_pair *pair)
{
	const char *text = yaml_str(pair->value);

	if (standard_is_secret(pair->key))
		report_secret(run, pair, pair->key);
	else if (text && strcmp(pair->key, "property") == 0 && standard_is_secret(text))
		report_secret(run, pair, text);
	else if (text && has_userinfo(text))
		report_secret(run, pair, pair->key);
}

static void check_secrets(struct shape_run *run, const struct yaml_node *n)
{
	if (n->type == YAML_MAP) {
		for (size_t i = 0; i < n->len; i++) {
			check_pair(run, &n->pairs[i]);
			check_secrets(run, n->pairs[i].value);
		}
	} else if (n->type == YAML_SEQ) {
		for (size_t i = 0; i < n->len; i++)
			check_secrets(run, n->items[i]);
	}
}

void standard_check_secrets(struct shape_run *run, const struct yaml_node *server)
{
	check_secrets(run, server);
}
