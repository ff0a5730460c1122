#include "tests/lib/mesh_dir.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static void run(const char *const *argv)
{
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (pid == 0) {
		execvp(argv[0], (char *const *)argv);
		_exit(127);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

void mesh_dir_init(struct mesh_dir *d)
{
	const char *under = getenv("T");
	char template[3072];

	(void)snprintf(template, sizeof(template), "%s/mesh-XXXXXX", under ? under : "/tmp");
	assert_non_null(mkdtemp(template));
	assert_non_null(realpath(template, d->path));
}

void mesh_dir_clear(struct mesh_dir *d)
{
	const char *const argv[] = {"rm", "-rf", "--", d->path, NULL};

	run(argv);
}

void mesh_dir_add(struct mesh_dir *d, const char *name)
{
	char from[512];
	const char *const argv[] = {"cp", "-aT", "--", from, d->path, NULL};

	(void)snprintf(from, sizeof(from), "tests/fixtures/meshes/%s", name);
	run(argv);
}

const char *mesh_dir_at(struct mesh_dir *d, const char *path)
{
	static char at[8192];

	(void)snprintf(at, sizeof(at), "%s/%s", d->path, path);
	return at;
}

void mesh_dir_write(struct mesh_dir *d, const char *path, const void *bytes, size_t len)
{
	char at[8192];
	FILE *f;

	(void)snprintf(at, sizeof(at), "%s", mesh_dir_at(d, path));
	for (char *slash = at + strlen(d->path) + 1; (slash = strchr(slash, '/')); slash++) {
		*slash = '\0';
		(void)mkdir(at, 0755);
		*slash = '/';
	}
	f = fopen(at, "w");
	assert_non_null(f);
	assert_int_equal(fwrite(bytes, 1, len, f), len);
	assert_int_equal(fclose(f), 0);
}

void mesh_dir_text(struct mesh_dir *d, const char *path, const char *text)
{
	mesh_dir_write(d, path, text, strlen(text));
}
