#include "fs/storage/postgres_credential.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "catalog/base/cleanup.h"
#include "catalog/base/str.h"

#define CONTENT_MAX_BYTES (64 << 10)

static const char *const allowed[] = {"user", "password", "passfile", "sslmode", "sslrootcert",
    "sslcert", "sslkey", "sslpassword", "sslcrl", "ssl_min_protocol_version", "channel_binding",
    "gssencmode", "krbsrvname", "require_auth"};

static void wipe(char *s)
{
	if (s)
		explicit_bzero(s, strlen(s));
}

void postgres_credential_clear(struct postgres_credential *c)
{
	for (PQconninfoOption *o = c->parsed; o && o->keyword; o++)
		wipe(o->val);
	PQconninfoFree(c->parsed);
	wipe(c->text);
	free(c->text);
	*c = (struct postgres_credential){.len = 0};
}

static void add(struct postgres_credential *c, const char *keyword, const char *value)
{
	if (c->len < POSTGRES_PARAMETERS_MAX)
		c->parameters[c->len++] = (struct postgres_parameter){keyword, value};
}

static bool is_allowed(const char *keyword)
{
	for (size_t i = 0; i < ARRAY_LEN(allowed); i++) {
		if (strcmp(keyword, allowed[i]) == 0)
			return true;
	}
	return false;
}

/* ---- content ---- */

/* What libpq says of a string that it cannot parse quotes from it. */
static int parse_parameters(
    struct postgres_credential *c, const char *ref, const char *text, struct mesh_err *err)
{
	char *said = NULL;

	c->parsed = PQconninfoParse(text, &said);
	wipe(said);
	PQfreemem(said);
	if (!c->parsed)
		return mesh_err_set(err, -EACCES,
		    "the credentials at '%s' are neither user:password nor connection parameters of libpq",
		    ref);
	for (const PQconninfoOption *o = c->parsed; o->keyword; o++) {
		if (!o->val)
			continue;
		if (!is_allowed(o->keyword))
			return mesh_err_set(err, -EACCES,
			    "the credentials at '%s' set '%s', which is not theirs to say", ref,
			    o->keyword);
		add(c, o->keyword, o->val);
	}
	return 0;
}

/* A user name with '=' would be taken for a parameter; the other form can say it. */
static int parse_content(
    struct postgres_credential *c, const char *ref, char *text, struct mesh_err *err)
{
	char *end = text + strcspn(text, "\r\n");
	char *colon = strchr(text, ':'), *equals = strchr(text, '=');

	if (equals && (!colon || equals < colon))
		return parse_parameters(c, ref, text, err);
	if (!colon || colon == text || colon > end || end[strspn(end, "\r\n")] ||
	    str_starts(text, "postgres://") || str_starts(text, "postgresql://"))
		return mesh_err_set(err, -EACCES,
		    "the credentials at '%s' are neither user:password nor connection parameters of libpq",
		    ref);
	*colon = *end = '\0';
	add(c, "user", text);
	add(c, "password", colon + 1);
	return 0;
}

/* ---- where it is ---- */

static int check_file(int fd, const char *path, struct mesh_err *err)
{
	struct stat st;

	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return mesh_err_set(err, -EACCES, "'%s' is not a file", path);
	if (st.st_uid != geteuid())
		return mesh_err_set(
		    err, -EACCES, "'%s' does not belong to the user that meshfs runs as", path);
	if (st.st_mode & 077)
		return mesh_err_set(err, -EACCES,
		    "'%s' is open to other users; it must have mode 0600 or less", path);
	if (st.st_size > CONTENT_MAX_BYTES)
		return mesh_err_set(err, -EACCES, "'%s' is too large to be credentials", path);
	return 0;
}

static int read_fd(int fd, const char *path, struct postgres_credential *c, struct mesh_err *err)
{
	size_t len = 0;
	ssize_t n;

	c->text = calloc(1, CONTENT_MAX_BYTES + 1);
	if (!c->text)
		return mesh_err_nomem(err);
	while ((n = read(fd, c->text + len, CONTENT_MAX_BYTES - len)) > 0)
		len += (size_t)n;
	if (n < 0)
		return mesh_err_set(err, -EACCES, "'%s' cannot be read: %s", path, strerror(errno));
	if (memchr(c->text, '\0', len)) {
		explicit_bzero(c->text, len);
		return mesh_err_set(err, -EACCES, "'%s' is not a text file", path);
	}
	return 0;
}

static int read_file(const char *path, struct postgres_credential *c, struct mesh_err *err)
{
	AUTOFD int fd = -1;
	int rc;

	if (path[0] != '/')
		return mesh_err_set(
		    err, -EACCES, "the credentials' file '%s' needs an absolute path", path);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return mesh_err_set(err, -EACCES, "the credentials' file '%s' cannot be opened: %s",
		    path, strerror(errno));
	rc = check_file(fd, path, err);
	return rc < 0 ? rc : read_fd(fd, path, c, err);
}

static int read_env(const char *name, struct postgres_credential *c, struct mesh_err *err)
{
	const char *value = getenv(name);

	if (!value || strlen(value) > CONTENT_MAX_BYTES)
		return mesh_err_set(err, -EACCES,
		    "the environment of meshfs has no variable '%s' with credentials", name);
	c->text = strdup(value);
	return c->text ? 0 : mesh_err_nomem(err);
}

int postgres_credential_read(const char *ref, struct postgres_credential *ret, struct mesh_err *err)
{
	int rc;

	*ret = (struct postgres_credential){.len = 0};
	if (!ref || strcmp(ref, "pgpass") == 0)
		return 0;
	if (str_starts(ref, "profile:")) {
		add(ret, "service", ref + strlen("profile:"));
		return 0;
	}
	if (str_starts(ref, "file:"))
		rc = read_file(ref + strlen("file:"), ret, err);
	else if (str_starts(ref, "env:"))
		rc = read_env(ref + strlen("env:"), ret, err);
	else
		rc = mesh_err_set(err, -EACCES,
		    "the contract's credentialRef is none of file:PATH, env:NAME, profile:NAME and pgpass");
	return rc < 0 ? rc : parse_content(ret, ref, ret->text, err);
}

bool postgres_credential_in(const struct postgres_credential *c, const char *text)
{
	for (size_t i = 0; i < c->len; i++) {
		const struct postgres_parameter *p = &c->parameters[i];

		if (str_ends(p->keyword, "password") && p->value[0] && strstr(text, p->value))
			return true;
	}
	return false;
}
