#include "fs/mount/passthrough.h"

#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>

#include "fs/log.h"

#ifdef FUSE_CAP_PASSTHROUGH

void passthrough_init(struct mount *m, struct fuse_conn_info *conn)
{
	if (!m->want_passthrough) {
		status_set_io(m->status, "cached reads: passthrough was turned off by -o no_passthrough");
		return;
	}
	if (m->status->uid != 0) {
		status_set_io(m->status, "cached reads: kernel passthrough needs a daemon with CAP_SYS_ADMIN, so a mount by root");
		return;
	}
	if (!fuse_set_feature_flag(conn, FUSE_CAP_PASSTHROUGH)) {
		status_set_io(m->status, "cached reads: this kernel has no FUSE passthrough (Linux 6.9 with CONFIG_FUSE_PASSTHROUGH)");
		return;
	}
	/* Files on a stacked filesystem (overlayfs, another mesh) fall back to cached reads one by one; in return an overlay can be mounted over
	 * this one. */
	conn->max_backing_stack_depth = FUSE_BACKING_STACKED_UNDER;
	atomic_store(&m->status->passthrough, true);
	status_set_io(m->status, "kernel passthrough for stored files that are read as they are");
}

/* A backing id for the node, or 0. The node's lock is held: the id and the count must not part. */
static int backing_locked(struct mount *m, fuse_req_t req, struct node *n, int fd)
{
	if (!atomic_load(&m->status->passthrough) || n->io == NODE_IO_CACHED)
		return 0;
	if (n->io == NODE_IO_PASSTHROUGH)
		return n->backing_id;
	return fuse_passthrough_open(req, fd);
}

/* FUSE_DEV_IOC_BACKING_CLOSE of the kernel's include/uapi/linux/fuse.h. fuse_passthrough_close would need the request, which is gone
 * already where an open was interrupted. */
#define BACKING_CLOSE _IOW(229, 2, uint32_t)

static void backing_close(struct mount *m, int id)
{
	uint32_t arg = (uint32_t)id;

	if (ioctl(fuse_session_fd(m->session), BACKING_CLOSE, &arg) < 0)
		log_warning("a backing file could not be given back: %s", strerror(errno));
}

static void use_backing(struct fuse_file_info *fi, int id)
{
	fi->backing_id = id;
}

#else /* libfuse before 3.17 */

void passthrough_init(struct mount *m, struct fuse_conn_info *conn)
{
	(void)conn;
	status_set_io(m->status, "cached reads: this build's libfuse has no passthrough (3.17 or later has)");
}

static int backing_locked(struct mount *m, fuse_req_t req, struct node *n, int fd)
{
	(void)m;
	(void)req;
	(void)n;
	(void)fd;
	return 0;
}

static void backing_close(struct mount *m, int id)
{
	(void)m;
	(void)id;
}

static void use_backing(struct fuse_file_info *fi, int id)
{
	(void)fi;
	(void)id;
}

#endif

void passthrough_open(struct mount *m, fuse_req_t req, struct file *f, struct fuse_file_info *fi)
{
	struct node *n = f->node;
	int id = 0;

	fi->noflush = 1;
	if (f->fd < 0) {
		fi->keep_cache = f->keep_cache;
		return;
	}
	if (f->recheck) {
		/* Every read must come here: no pages, no backing. */
		fi->direct_io = 1;
		return;
	}
	(void)pthread_mutex_lock(&n->lock);
	id = backing_locked(m, req, n, f->fd);
	n->io = id > 0 ? NODE_IO_PASSTHROUGH : NODE_IO_CACHED;
	n->backing_id = id > 0 ? id : 0;
	n->opens++;
	(void)pthread_mutex_unlock(&n->lock);
	f->passthrough = id > 0;
	f->in_node = true;
	if (f->passthrough)
		use_backing(fi, id);
	else
		fi->keep_cache = f->keep_cache;
}

void passthrough_release(struct mount *m, struct file *f)
{
	struct node *n = f->node;

	if (!f->in_node)
		return;
	(void)pthread_mutex_lock(&n->lock);
	if (--n->opens == 0) {
		if (n->io == NODE_IO_PASSTHROUGH)
			backing_close(m, n->backing_id);
		n->io = NODE_IO_NONE;
		n->backing_id = 0;
	}
	(void)pthread_mutex_unlock(&n->lock);
}
