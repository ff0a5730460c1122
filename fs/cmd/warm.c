#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "catalog/base/cleanup.h"
#include "catalog/base/when.h"
#include "fs/cmd/cmd.h"
#include "fs/cmd/look.h"
#include "fs/cmd/opts.h"
#include "fs/cmd/term.h"
#include "fs/cmd/probe.h"
#include "fs/cmd/progress.h"
#include "fs/cmd/target.h"
#include "fs/cmd/warm_walk.h"

#define DRAW_MS 200
#define ASK_NS WHEN_NS_PER_SEC
#define DEFAULT_JOBS 2

/* For whom is rendered. */
struct user {
	bool other;
	char *name; /* owned; NULL: a number without a name */
	uid_t uid;
	gid_t gid;
};

struct warm {
	const char *as;
	struct user user;
	struct target *targets; /* owned; of `len` paths */
	struct warm_path *paths; /* owned; into the targets */
	size_t len, jobs;
	struct buf said; /* what came from the child and was not read yet */
	struct progress progress;
	size_t done, failed, total;
	bool counted; /* the child has told the total */
	char last[256]; /* the file that was ready last */
	char current[320]; /* what the mount says it renders */
	int64_t asked_ns;
};

/* ---- for whom ---- */

static int find_user(struct warm *w, struct mesh_err *err)
{
	const struct passwd *pw;

	if (!w->as)
		return 0;
	if (geteuid() != 0)
		return mesh_err_set(
		    err, -EPERM, "--as needs root: files are rendered as the user who reads them");
	w->user.other = true;
	errno = 0;
	pw = getpwnam(w->as);
	if (!pw && look_uid(w->as, &w->user.uid)) {
		pw = getpwuid(w->user.uid);
		w->user.gid = (gid_t)w->user.uid;
		if (!pw)
			return 0;
	}
	if (!pw)
		return mesh_err_set(err, -ENOENT, "there is no user %s on this machine", w->as);
	w->user.uid = pw->pw_uid;
	w->user.gid = pw->pw_gid;
	w->user.name = strdup(pw->pw_name);
	return w->user.name ? 0 : mesh_err_nomem(err);
}

static int become(const struct user *u)
{
	if (!u->other)
		return 0;
	if ((u->name ? initgroups(u->name, u->gid) : setgroups(0, NULL)) < 0)
		return -errno;
	if (setresgid(u->gid, u->gid, u->gid) < 0 || setresuid(u->uid, u->uid, u->uid) < 0)
		return -errno;
	return 0;
}

/* ---- what ---- */

static int find_path(
    struct warm *w, size_t i, const char *mesh, const char *path, struct mesh_err *err)
{
	struct target *t = &w->targets[i];
	int rc = target_find(mesh, path, t, err);

	if (rc < 0)
		return rc;
	if (!t->mountpoint || !t->file)
		return mesh_err_set(
		    err, -EINVAL, "%s is in no mount, and only a mount renders", path);
	if (warm_depth(t->path) < 0)
		return mesh_err_set(
		    err, -EINVAL, "%s: only what is below data/ is rendered ahead", path);
	w->paths[i] = (struct warm_path){.file = t->file, .path = t->path};
	return 0;
}

static int find_paths(
    struct warm *w, const char *mesh, const struct operands *paths, struct mesh_err *err)
{
	int rc = 0;

	w->len = (size_t)paths->len;
	w->targets = calloc(w->len, sizeof(*w->targets));
	w->paths = calloc(w->len, sizeof(*w->paths));
	if (!w->targets || !w->paths)
		return mesh_err_nomem(err);
	for (size_t i = 0; rc == 0 && i < w->len; i++)
		rc = find_path(w, i, mesh, paths->items[i], err);
	return rc;
}

static void clear(struct warm *w)
{
	for (size_t i = 0; w->targets && i < w->len; i++)
		target_clear(&w->targets[i]);
	free(w->targets);
	free(w->paths);
	free(w->user.name);
	buf_clear(&w->said);
}

/* ---- what the child says ---- */

/* The path as somebody thinks of it: without the mount point. */
static const char *shown(const struct warm *w, const char *path)
{
	for (size_t i = 0; i < w->len; i++) {
		size_t n = strlen(w->targets[i].mountpoint);

		if (strncmp(path, w->targets[i].mountpoint, n) == 0 && path[n] == '/')
			return path + n + 1;
	}
	return path;
}

static void hear(struct warm *w, const char *text)
{
	char *end = NULL;
	long error;

	switch (text[0]) {
	case WARM_TOTAL:
		w->total = strtoul(text + 1, NULL, 10);
		w->counted = true;
		return;
	case WARM_DONE:
		w->done++;
		(void)snprintf(w->last, sizeof(w->last), "%s", shown(w, text + 1));
		if (!w->progress.active)
			term_note("%zu/%zu %s", w->done + w->failed, w->total, w->last);
		return;
	case WARM_FAILED:
		w->failed++;
		error = strtol(text + 1, &end, 10);
		progress_clear(&w->progress);
		(void)fprintf(
		    stderr, "meshfs warm: %s: %s\n", *end ? end + 1 : end, strerror((int)error));
		return;
	}
}

/* Takes the messages that are complete. */
static void hear_all(struct warm *w)
{
	size_t at = 0;
	const char *end;

	while (at < w->said.len && (end = memchr(w->said.data + at, '\0', w->said.len - at))) {
		hear(w, w->said.data + at);
		at = (size_t)(end - w->said.data) + 1;
	}
	if (at > 0) {
		memmove(w->said.data, w->said.data + at, w->said.len - at);
		w->said.len -= at;
	}
}

/* 1: more may come; 0: that was all; negative errno. */
static int listen_once(struct warm *w, int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	char block[16384];
	ssize_t n;

	if (poll(&p, 1, DRAW_MS) <= 0)
		return 1;
	n = read(fd, block, sizeof(block));
	if (n <= 0)
		return n < 0 && errno == EINTR ? 1 : 0;
	buf_add(&w->said, block, (size_t)n);
	if (buf_error(&w->said) < 0)
		return -ENOMEM;
	hear_all(w);
	return 1;
}

/* ---- the bar ---- */

/* The first thing that the mount renders, with the rows so far; only whoever runs the mount is told. */
static void ask_mount(struct warm *w)
{
	int64_t now_ns = when_now_ns();
	const struct json *first;
	struct probe p;

	if (now_ns - w->asked_ns < ASK_NS)
		return;
	w->asked_ns = now_ns;
	w->current[0] = '\0';
	probe_mount(&p, w->targets[0].mountpoint);
	first = json_at(json_get(p.json, "renderings"), 0);
	if (json_text(json_get(first, "path")))
		(void)snprintf(w->current, sizeof(w->current), "%s, %lld rows",
		    json_text(json_get(first, "path")),
		    (long long)json_int(json_get(first, "rows"), 0));
	probe_clear(&p);
}

static void draw(struct warm *w)
{
	if (!w->progress.active || !w->counted)
		return;
	ask_mount(w);
	progress_draw(
	    &w->progress, w->done + w->failed, w->total, w->current[0] ? w->current : w->last);
}

/* ---- both processes ---- */

static volatile sig_atomic_t caught;

static void catch (int number)
{
	caught = number;
}

_Noreturn static void child(const struct warm *w, pid_t parent, int out)
{
	struct warm_job job = {.paths = w->paths, .paths_len = w->len, .jobs = w->jobs, .out = out};
	int rc;

	(void)signal(SIGINT, SIG_DFL);
	(void)signal(SIGTERM, SIG_DFL);
	rc = become(&w->user);
	/* After the change of user, which takes the setting away. */
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (rc < 0 || getppid() != parent) {
		(void)fprintf(
		    stderr, "meshfs warm: becoming %s: %s\n", w->as ? w->as : "-", strerror(-rc));
		_exit(EXIT_ENVIRONMENT);
	}
	_exit(warm_walk(&job));
}

static pid_t start(const struct warm *w, int *ret_fd)
{
	pid_t pid, self = getpid();
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) < 0)
		return -errno;
	(void)fflush(NULL);
	pid = fork();
	if (pid == 0) {
		(void)close(fds[0]);
		child(w, self, fds[1]);
	}
	(void)close(fds[1]);
	if (pid < 0) {
		(void)close(fds[0]);
		return -EAGAIN;
	}
	*ret_fd = fds[0];
	return pid;
}

static void catch_signals(void)
{
	struct sigaction sa = {.sa_handler = catch};

	(void)sigaction(SIGINT, &sa, NULL);
	(void)sigaction(SIGTERM, &sa, NULL);
}

/* Ends as the signal would have ended this process. */
static void end_by_signal(void)
{
	(void)signal(caught, SIG_DFL);
	(void)raise(caught);
}

static int finish(struct warm *w, pid_t pid)
{
	int status = 0;

	progress_clear(&w->progress);
	if (caught)
		(void)kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (caught)
		end_by_signal();
	if (!WIFEXITED(status) || WEXITSTATUS(status) > EXIT_NO)
		return EXIT_ENVIRONMENT;
	if (w->failed)
		term_note("%zu of %zu files are ready, %zu failed", w->done, w->total, w->failed);
	else
		term_note("%zu file%s ready", w->done, w->done == 1 ? " is" : "s are");
	return w->failed ? EXIT_NO : EXIT_DONE;
}

static int run(struct warm *w, struct mesh_err *err)
{
	int fd = -1, rc = 1;
	pid_t pid;

	catch_signals();
	pid = start(w, &fd);
	if (pid < 0)
		return mesh_err_set(
		    err, (int)pid, "a process cannot be started: %s", strerror(-(int)pid));
	progress_init(&w->progress);
	while (rc > 0 && !caught) {
		rc = listen_once(w, fd);
		draw(w);
	}
	(void)close(fd);
	return finish(w, pid);
}

int cmd_warm(int argc, char **argv)
{
	struct warm w = {.jobs = DEFAULT_JOBS};
	const char *mesh = NULL, *jobs = NULL;
	const struct opt list[] = {
	    {"as", 0, OPT_TEXT, &w.as},
	    {"jobs", 'j', OPT_TEXT, &jobs},
	    {"mesh", 0, OPT_TEXT, &mesh},
	    {0},
	};
	const struct opts opts = {
	    .command = "warm", .list = list, .min = 1, .max = OPTS_ANY_NUMBER};
	struct mesh_err err = {0};
	struct operands operands;
	int rc = opts_parse(&opts, argc, argv, &operands);

	if (rc == OPTS_RUN && jobs && !opts_number(jobs, 1, WARM_MAX_JOBS, &w.jobs))
		rc = cmd_wrong(
		    "warm", "-j is a number from 1 to %d, not '%s'", WARM_MAX_JOBS, jobs);
	if (rc != OPTS_RUN)
		return rc;
	buf_init(&w.said);
	rc = find_user(&w, &err);
	if (rc == 0)
		rc = find_paths(&w, mesh, &operands, &err);
	if (rc == 0)
		rc = run(&w, &err);
	clear(&w);
	return rc < 0 ? cmd_fail("warm", &err) : rc;
}
