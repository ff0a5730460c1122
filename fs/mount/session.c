#include "fs/mount/session.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <time.h>

#include "catalog/base/buf.h"
#include "fs/log.h"
#include "fs/mount/mountpoint.h"
#include "fs/mount/pin.h"
#include "fs/workers.h"
#include "fs/storage/local.h"

/* ---- signals: one thread takes them all ---- */

struct signals {
	pthread_t thread;
	pthread_t loop; /* who runs the session */
	struct fuse_session *session;
	struct pin *pin; /* borrowed; NULL: none */
	struct reload *reload; /* owned; take_signals' while it runs */
	atomic_bool over;
};

static void no_op(int sig)
{
	(void)sig;
}

static void our_signals(sigset_t *set)
{
	(void)sigemptyset(set);
	(void)sigaddset(set, SIGTERM);
	(void)sigaddset(set, SIGINT);
	(void)sigaddset(set, SIGHUP);
}

/* The loop sleeps in a semaphore or a read: SIGUSR1 makes it look at the session again. Repeated, since a single one may come just before it
 * falls asleep. */
static void end_loop(struct signals *s)
{
	struct timespec pause = {.tv_nsec = 20 * 1000000L};

	fuse_session_exit(s->session);
	while (!atomic_load(&s->over)) {
		(void)pthread_kill(s->loop, SIGUSR1);
		(void)nanosleep(&pause, NULL);
	}
}

static void *take_signals(void *arg)
{
	struct timespec wait = {.tv_nsec = 200 * 1000000L};
	struct signals *s = arg;
	sigset_t set;

	our_signals(&set);
	while (!atomic_load(&s->over)) {
		int sig = sigtimedwait(&set, NULL, &wait);

		if (sig == SIGHUP && s->reload)
			reload_kick(s->reload);
		if (sig != SIGTERM && sig != SIGINT)
			continue;
		/* These threads may be waiting for the kernel, which may be waiting for an answer: the loop must still be there. */
		pin_stop(s->pin);
		reload_stop(s->reload);
		s->reload = NULL;
		end_loop(s);
	}
	return NULL;
}

/* Every thread made from here on leaves these signals to take_signals. */
static void signals_block(void)
{
	struct sigaction sa = {.sa_handler = no_op};
	sigset_t set;

	(void)sigaction(SIGUSR1, &sa, NULL);
	sa.sa_handler = SIG_IGN;
	(void)sigaction(SIGPIPE, &sa, NULL);
	(void)sigaction(SIGXFSZ, &sa, NULL); /* the audit gets EFBIG instead */
	our_signals(&set);
	(void)pthread_sigmask(SIG_BLOCK, &set, NULL);
}

static int signals_start(struct signals *s)
{
	s->loop = pthread_self();
	return -pthread_create(&s->thread, NULL, take_signals, s);
}

static void signals_stop(struct signals *s)
{
	atomic_store(&s->over, true);
	(void)pthread_join(s->thread, NULL);
}

/* ---- the session ---- */

/* A comma or backslash in a value would end it. */
static void add_value(struct buf *b, const char *key, const char *value)
{
	buf_printf(b, ",%s=", key);
	for (; *value; value++) {
		if (*value == ',' || *value == '\\')
			buf_addc(b, '\\');
		buf_addc(b, *value);
	}
}

static struct fuse_session *new_session(struct mount *m, const struct session_options *opt, struct mesh_err *err)
{
	struct fuse_args args = FUSE_ARGS_INIT(0, NULL);
	struct fuse_session *se = NULL;
	struct buf o;

	buf_init(&o);
	buf_puts(&o, "ro,nosuid,nodev,subtype=meshfs");
	add_value(&o, "fsname", opt->source);
	if (opt->allow_other)
		buf_puts(&o, ",allow_other");
	if (opt->debug)
		buf_puts(&o, ",debug");
	if (buf_error(&o) == 0 && fuse_opt_add_arg(&args, "meshfs") == 0 && fuse_opt_add_arg(&args, "-o") == 0 &&
	    fuse_opt_add_arg(&args, o.data) == 0)
		se = fuse_session_new(&args, &ops_table, sizeof(ops_table), m);
	if (!se)
		(void)mesh_err_set(err, -EINVAL, "libfuse refused the session; its message stands above");
	fuse_opt_free_args(&args);
	buf_clear(&o);
	return se;
}

static int serve(struct mount *m, const struct session_options *opt, struct mesh_err *err)
{
	struct fuse_loop_config *cfg = fuse_loop_cfg_create();
	struct reload_options reload = opt->reload;
	struct signals signals = {.session = m->session};
	int rc;

	if (!cfg)
		return mesh_err_nomem(err);
	m->workers = workers_new();
	if (!m->workers) {
		rc = -ENOMEM;
		goto destroy_cfg;
	}
	fuse_loop_cfg_set_clone_fd(cfg, 0);
	fuse_loop_cfg_set_max_threads(cfg, opt->max_threads);
	reload.mount = m;
	signals_block();
	if (opt->allow_other)
		m->pin = signals.pin = pin_start(&m->tree, opt->mountpoint);
	rc = reload_start(&reload, &signals.reload);
	if (rc == 0)
		rc = signals_start(&signals);
	if (rc == 0) {
		rc = fuse_session_loop_mt(m->session, cfg);
		signals_stop(&signals);
	}
	if (rc > 0)
		rc = 0; /* ended by a signal */
	reload_stop(signals.reload);
	/* Its jobs reply to requests of this session: they end before it does. */
	workers_free(m->workers);
	m->workers = NULL;
	pin_free(m->pin);
	m->pin = NULL;
destroy_cfg:
	fuse_loop_cfg_destroy(cfg);
	if (rc < 0)
		return mesh_err_set(err, rc, "the FUSE session ended: %s", strerror(-rc));
	return 0;
}

int session_run(struct mount *m, const struct session_options *opt, struct mesh_err *err)
{
	int rc;

	m->session = new_session(m, opt, err);
	if (!m->session)
		return err ? err->code : -EINVAL;
	if (fuse_session_mount(m->session, opt->mountpoint) != 0) {
		rc = mesh_err_set(err, -EIO, "%s could not be mounted on; libfuse's message stands above", opt->mountpoint);
	} else {
		local_avoid(mountpoint_dev(opt->mountpoint));
		rc = serve(m, opt, err);
		fuse_session_unmount(m->session);
	}
	fuse_session_destroy(m->session);
	return rc;
}
