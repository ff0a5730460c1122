#include "fs/render/layout.h"

#include <errno.h>
#include <string.h>

#include "fs/render/names.h"

#define MAX_STEM_BYTES \
	200 /* what is left of the 255 bytes of a name is for a number and the ending */

struct builder {
	const struct product *product;
	struct arena *arena;
	struct names taken; /* path -> how often it was wanted */
	struct names objects; /* "contract name" -> the object that has it */
	struct layout layout;
};

bool layout_is_path(const char *path)
{
	const char *s = path;

	for (const char *c = path; *c; c++)
		if ((unsigned char)*c < 0x20 || *c == 0x7f)
			return false;
	for (;;) {
		size_t len = strcspn(s, "/");

		if (len == 0 || len > 255 || (len == 1 && s[0] == '.') ||
		    (len == 2 && s[0] == '.' && s[1] == '.'))
			return false;
		if (!s[len])
			return true;
		s += len + 1;
	}
}

static bool is_name_byte(uint32_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	    c == '.' || c == '_' || c == '-';
}

/* A valid name that resembles `s`: one '_' for each character that no name may have. */
static const char *safe_name(struct arena *a, const char *s)
{
	size_t len = strlen(s), at = 0;
	char *out;

	if (str_is_name(s) && len <= MAX_STEM_BYTES)
		return s;
	out = arena_alloc(a, MAX_STEM_BYTES + 1);
	for (size_t i = 0, n; out && i < len && at < MAX_STEM_BYTES; i += n) {
		uint32_t code = 0;

		n = str_utf8_next(s + i, len - i, &code);
		n = n ? n : 1;
		out[at++] = (char)(is_name_byte(code) ? code : '_');
	}
	if (out && (at == 0 || !str_is_name(out)))
		out[0] = 'x';
	return out;
}

struct file_name {
	const char *dir, *stem, *ending;
};

/*
 * The path, with a number behind the stem where others have it already. NULL when memory is short.
 */
static const char *take_path(struct builder *b, struct file_name f)
{
	const char *path = arena_printf(b->arena, "%s/%s%s", f.dir, f.stem, f.ending);
	size_t *wanted = path ? names_get(&b->taken, path, strlen(path)) : NULL;

	while (path && wanted) {
		path = arena_printf(b->arena, "%s/%s-%zu%s", f.dir, f.stem, ++*wanted, f.ending);
		if (path && !names_get(&b->taken, path, strlen(path)))
			break;
	}
	wanted = arena_alloc(b->arena, sizeof(*wanted));
	if (!path || !wanted)
		return NULL;
	*wanted = 1;
	return names_put(&b->taken, path, strlen(path), wanted) < 0 ? NULL : path;
}

static int name_contract(struct builder *b, size_t i)
{
	const char *name = b->product->contracts[i].file_name;
	const char *dot = name ? strchr(name + (name[0] != '\0'), '.') : NULL;
	struct file_name f = {"contracts", "contract", ".odcs.yaml"};
	size_t len;

	if (name) {
		len = dot ? (size_t)(dot - name) : strlen(name);
		f.stem = arena_strndup(b->arena, name, len);
		f.stem = f.stem ? safe_name(b->arena, f.stem) : NULL;
		f.ending = dot ? dot : "";
	}
	/* An ending may be anything a file can have; what cannot be shown is not kept. */
	if (!layout_is_path(f.ending[0] ? f.ending : "x") || strchr(f.ending, '/') ||
	    strlen(f.ending) > 32)
		f.ending = ".odcs.yaml";
	b->layout.contracts[i] = f.stem ? take_path(b, f) : NULL;
	return b->layout.contracts[i] ? 0 : -ENOMEM;
}

static int add_object(
    struct builder *b, const struct object *o, const struct port *port, int contract)
{
	struct layout_object *slot = &b->layout.objects[b->layout.objects_len];
	const char *key = arena_printf(b->arena, "%d %s", contract, o->name);
	/* An older version's port, orders@1.0.0, gives its objects' schemas the same ending. */
	const char *at = port && port->entry ? strchr(port->entry, '@') : NULL;
	const char *stem;

	if (!key)
		return -ENOMEM;
	if (contract >= 0 && names_get(&b->objects, key, strlen(key)))
		return 0;
	stem = safe_name(b->arena, o->name);
	if (stem && at && strlen(at) <= 32)
		stem = arena_printf(b->arena, "%s%s", stem, at);
	*slot = (struct layout_object){
	    .object = o,
	    .port = port,
	    .contract = contract >= 0 ? &b->product->contracts[contract] : NULL,
	    .path = stem ? take_path(b, (struct file_name){"schema", stem, ".schema.json"}) : NULL,
	};
	if (!slot->path || (contract >= 0 && names_put(&b->objects, key, strlen(key), slot) < 0))
		return -ENOMEM;
	b->layout.objects_len++;
	return 0;
}

static int add_port_objects(struct builder *b, const struct port *port)
{
	int contract = port->contract >= 0 && (size_t)port->contract < b->product->contracts_len
	    ? port->contract
	    : -1;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < port->objects_len; i++)
		rc = add_object(b, &port->objects[i], port, contract);
	return rc;
}

static int add_contract_objects(struct builder *b, size_t contract)
{
	const struct contract *c = &b->product->contracts[contract];
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < c->objects_len; i++)
		rc = add_object(b, &c->objects[i], NULL, (int)contract);
	return rc;
}

static size_t count_objects(const struct product *p)
{
	size_t n = 0;

	for (size_t i = 0; i < p->ports_len; i++)
		n += p->ports[i].objects_len;
	for (size_t i = 0; i < p->contracts_len; i++)
		n += p->contracts[i].objects_len;
	return n;
}

int layout_build(const struct product *p, struct arena *a, struct layout *ret)
{
	struct builder b = {
	    .product = p, .arena = a, .taken = {.arena = a}, .objects = {.arena = a}};
	int rc = 0;

	b.layout.contracts = arena_array(a, p->contracts_len, sizeof(*b.layout.contracts));
	b.layout.objects = arena_array(a, count_objects(p), sizeof(*b.layout.objects));
	if (!b.layout.contracts || !b.layout.objects)
		return -ENOMEM;
	for (size_t i = 0; rc == 0 && i < p->contracts_len; i++)
		rc = name_contract(&b, i);
	for (size_t i = 0; rc == 0 && i < p->ports_len; i++)
		rc = add_port_objects(&b, &p->ports[i]);
	for (size_t i = 0; rc == 0 && i < p->contracts_len; i++)
		rc = add_contract_objects(&b, i);
	if (rc == 0)
		*ret = b.layout;
	return rc;
}
