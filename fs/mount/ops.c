#include "fs/mount/ops.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "catalog/base/cleanup.h"
#include "fs/log.h"
#include "fs/mount/deferred.h"
#include "fs/mount/passthrough.h"
#include "fs/mount/pin.h"
#include "fs/mount/readonly.h"
#include "fs/tree/dir.h"
#include "fs/tree/file.h"
#include "fs/tree/xattr.h"

static struct mount *mount_of(fuse_req_t req)
{
	return fuse_req_userdata(req);
}

static struct asker asker_of(fuse_req_t req)
{
	const struct fuse_ctx *ctx = fuse_req_ctx(req);

	return (struct asker){.uid = ctx->uid, .pid = ctx->pid};
}

static void reply_rc(fuse_req_t req, int rc)
{
	(void)fuse_reply_err(req, -tree_errno(rc));
}

/* ---- the session ---- */

#define EPOCH_MINOR 44 /* of the protocol: Linux 6.16, FUSE_NOTIFY_INC_EPOCH */

static void want(struct fuse_conn_info *conn, uint64_t cap)
{
#if FUSE_VERSION >= FUSE_MAKE_VERSION(3, 17)
	(void)fuse_set_feature_flag(conn, cap);
#else
	conn->want |= conn->capable & (uint32_t)cap;
#endif
}

static void dont_want(struct fuse_conn_info *conn, uint64_t cap)
{
#if FUSE_VERSION >= FUSE_MAKE_VERSION(3, 17)
	fuse_unset_feature_flag(conn, cap);
#else
	conn->want &= ~(uint32_t)cap;
#endif
}

static void op_init(void *userdata, struct fuse_conn_info *conn)
{
	struct mount *m = userdata;

	want(conn, FUSE_CAP_PARALLEL_DIROPS);
#ifdef FUSE_CAP_NO_EXPORT_SUPPORT
	want(conn, FUSE_CAP_NO_EXPORT_SUPPORT);
#endif
	/* Splicing gains nothing beside passthrough and has a history of kernel faults. */
	dont_want(conn, FUSE_CAP_SPLICE_READ);
	dont_want(conn, FUSE_CAP_SPLICE_WRITE);
	dont_want(conn, FUSE_CAP_SPLICE_MOVE);
	conn->max_background = 64;
	m->tells_epochs = conn->proto_minor >= EPOCH_MINOR;
	if (!m->tells_epochs)
		m->tree.long_sec = TREE_UNTOLD_SEC;
	passthrough_init(m, conn);
	if (m->ready)
		m->ready(m);
}

/* ---- names and attributes ---- */

static int do_lookup(struct mount *m, const struct request_args *args, struct asker who)
{
	struct fuse_entry_param e = {0};
	struct tree_entry found;
	int rc = tree_lookup(&m->tree, who, args->ino, args->name, &found);

	if (rc < 0)
		return rc;
	e.ino = found.id;
	e.attr = found.attr;
	e.entry_timeout = found.entry_timeout_sec;
	e.attr_timeout = found.attr_timeout_sec;
	deferred_settle(args->req);
	/* The kernel did not get the entry (the caller was interrupted): it will not forget it either. */
	if (fuse_reply_entry(args->req, &e) == -ENOENT)
		tree_forget(&m->tree, found.id, 1);
	else if (found.pin && !atomic_load(&m->status->passthrough))
		pin_want(m->pin, found.id);
	return 0;
}

static void op_lookup(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	struct request_args args = {.req = req, .ino = parent, .name = name};

	deferred_run(mount_of(req), &args, do_lookup);
}

static void op_forget(fuse_req_t req, fuse_ino_t ino, uint64_t nlookup)
{
	tree_forget(&mount_of(req)->tree, ino, nlookup);
	fuse_reply_none(req);
}

static void op_forget_multi(fuse_req_t req, size_t count, struct fuse_forget_data *forgets)
{
	for (size_t i = 0; i < count; i++)
		tree_forget(&mount_of(req)->tree, forgets[i].ino, forgets[i].nlookup);
	fuse_reply_none(req);
}

static int do_getattr(struct mount *m, const struct request_args *args, struct asker who)
{
	struct stat st;
	double timeout_sec;
	int rc = tree_getattr(&m->tree, who, args->ino, &st, &timeout_sec);

	if (rc < 0)
		return rc;
	deferred_settle(args->req);
	(void)fuse_reply_attr(args->req, &st, timeout_sec);
	return 0;
}

static void op_getattr(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct request_args args = {.req = req, .ino = ino};
	struct stat st;
	int rc;

	if (!fi || !fi->fh) {
		deferred_run(mount_of(req), &args, do_getattr);
		return;
	}
	rc = file_getattr((const struct file *)(uintptr_t)fi->fh, &st);
	if (rc < 0)
		reply_rc(req, rc);
	else
		(void)fuse_reply_attr(req, &st, TREE_STORAGE_SEC);
}

static void op_readlink(fuse_req_t req, fuse_ino_t ino)
{
	AUTOFREE char *target = NULL;
	int rc = tree_readlink(&mount_of(req)->tree, asker_of(req), ino, &target);

	if (rc < 0)
		reply_rc(req, rc);
	else
		(void)fuse_reply_readlink(req, target);
}

static int do_access(struct mount *m, const struct request_args *args, struct asker who)
{
	int rc = tree_access(&m->tree, who, args->ino, args->mask);

	if (rc < 0)
		return rc;
	deferred_settle(args->req);
	(void)fuse_reply_err(args->req, 0);
	return 0;
}

static void op_access(fuse_req_t req, fuse_ino_t ino, int mask)
{
	struct request_args args = {.req = req, .ino = ino, .mask = mask};

	deferred_run(mount_of(req), &args, do_access);
}

static void op_statfs(fuse_req_t req, fuse_ino_t ino)
{
	struct statvfs st;

	(void)ino;
	tree_statfs(&mount_of(req)->tree, &st);
	(void)fuse_reply_statfs(req, &st);
}

/* ---- files ---- */

static int do_open(struct mount *m, const struct request_args *args, struct asker who)
{
	struct fuse_file_info fi = args->fi;
	struct file *f;
	int rc = file_open(&m->tree, who, args->ino, fi.flags, &f);

	if (rc < 0)
		return rc;
	passthrough_open(m, args->req, f, &fi);
	fi.fh = (uintptr_t)f;
	deferred_settle(args->req);
	/* Interrupted: nobody will release it. */
	if (fuse_reply_open(args->req, &fi) == -ENOENT) {
		passthrough_release(m, f);
		file_close(f);
	}
	return 0;
}

static void op_open(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct request_args args = {.req = req, .ino = ino, .fi = *fi};

	deferred_run(mount_of(req), &args, do_open);
}

static void op_read(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off, struct fuse_file_info *fi)
{
	struct file *f = (struct file *)(uintptr_t)fi->fh;
	AUTOFREE char *buf = f->fd >= 0 ? malloc(size ? size : 1) : NULL;
	const char *data = NULL;
	struct bytes *held;
	ssize_t n;

	(void)ino;
	if (f->fd >= 0 && !buf) {
		reply_rc(req, -ENOMEM);
		return;
	}
	/* The file may be closed by another thread before fuse_reply_buf has returned. */
	held = bytes_ref(f->bytes);
	n = file_read(f, buf, size, off, &data);
	if (n < 0)
		reply_rc(req, (int)n);
	else
		(void)fuse_reply_buf(req, data, (size_t)n);
	bytes_unref(held);
}

static void op_release(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct file *f = (struct file *)(uintptr_t)fi->fh;

	(void)ino;
	passthrough_release(mount_of(req), f);
	file_close(f);
	reply_rc(req, 0);
}

/* ---- directories ---- */

static void op_opendir(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct dir *d;
	int rc = dir_open(&mount_of(req)->tree, asker_of(req), ino, &d);

	if (rc < 0) {
		reply_rc(req, rc);
		return;
	}
	fi->fh = (uintptr_t)d;
	/* Neither cached nor kept: the next who opens it sees what he may see. */
	if (fuse_reply_open(req, fi) == -ENOENT)
		dir_close(d);
}

static void op_readdir(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off, struct fuse_file_info *fi)
{
	const struct dir *d = (const struct dir *)(uintptr_t)fi->fh;
	AUTOFREE char *buf = malloc(size ? size : 1);
	size_t used = 0;

	(void)ino;
	if (!buf) {
		reply_rc(req, -ENOMEM);
		return;
	}
	for (size_t i = off < 0 ? d->len : (size_t)off; i < d->len; i++) {
		const struct dir_entry *e = &d->items[i];
		struct stat st = {.st_ino = e->ino, .st_mode = e->type};
		size_t need = fuse_add_direntry(req, buf + used, size - used, e->name, &st, (off_t)i + 1);

		if (need > size - used)
			break;
		used += need;
	}
	(void)fuse_reply_buf(req, buf, used);
}

static void op_releasedir(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	(void)ino;
	dir_close((struct dir *)(uintptr_t)fi->fh);
	reply_rc(req, 0);
}

/* ---- extended attributes ---- */

/* xattr(7): size 0 asks for the length; a buffer that is too small is ERANGE. */
static void reply_xattr(fuse_req_t req, int rc, const char *value, size_t len, size_t size)
{
	if (rc < 0)
		reply_rc(req, rc);
	else if (size == 0)
		(void)fuse_reply_xattr(req, len);
	else if (len > size)
		reply_rc(req, -ERANGE);
	else
		(void)fuse_reply_buf(req, value, len);
}

static void op_getxattr(fuse_req_t req, fuse_ino_t ino, const char *name, size_t size)
{
	AUTOFREE char *value = NULL;
	size_t len = 0;
	int rc = xattr_get(&mount_of(req)->tree, asker_of(req), ino, name, &value, &len);

	reply_xattr(req, rc, value, len, size);
}

static void op_listxattr(fuse_req_t req, fuse_ino_t ino, size_t size)
{
	AUTOFREE char *names = NULL;
	size_t len = 0;
	int rc = xattr_list(&mount_of(req)->tree, asker_of(req), ino, &names, &len);

	reply_xattr(req, rc, names, len, size);
}

const struct fuse_lowlevel_ops ops_table = {
	.init = op_init,
	.lookup = op_lookup,
	.forget = op_forget,
	.forget_multi = op_forget_multi,
	.getattr = op_getattr,
	.readlink = op_readlink,
	.access = op_access,
	.statfs = op_statfs,
	.open = op_open,
	.read = op_read,
	.release = op_release,
	.opendir = op_opendir,
	.readdir = op_readdir,
	.releasedir = op_releasedir,
	.getxattr = op_getxattr,
	.listxattr = op_listxattr,
	.setattr = readonly_setattr,
	.mknod = readonly_mknod,
	.mkdir = readonly_mkdir,
	.unlink = readonly_remove,
	.rmdir = readonly_remove,
	.symlink = readonly_symlink,
	.rename = readonly_rename,
	.link = readonly_link,
	.create = readonly_create,
	.write = readonly_write,
	.setxattr = readonly_setxattr,
	.removexattr = readonly_removexattr,
	.fallocate = readonly_fallocate,
};
