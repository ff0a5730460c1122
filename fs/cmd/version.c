#include <errno.h>
#include <stdio.h>
#include <sys/utsname.h>

#include "catalog/base/cleanup.h"
#include "fs/cmd/cmd.h"
#include "fs/cmd/fields.h"
#include "fs/cmd/term.h"
#include "fs/mount/version.h"

#define URING_SWITCH "/sys/module/fuse/parameters/enable_uring"

/* FUSE over io_uring came with Linux 6.14 and is off until the administrator turns it on. Documentation/filesystems/fuse/fuse-io-uring.rst */
static const char *io_uring(void)
{
	AUTOFILE FILE *f = fopen(URING_SWITCH, "re");
	int c = f ? fgetc(f) : EOF;

	if (!f)
		return "no: this kernel has none (Linux 6.14 has, where the fuse module is loaded)";
	return c == 'Y' || c == '1' ? "yes" : "no: the kernel has it turned off (" URING_SWITCH ")";
}

/* FUSE passthrough came with Linux 6.9, as an option of the kernel's build (CONFIG_FUSE_PASSTHROUGH), which a mount finds out. */
static const char *passthrough(const struct utsname *u)
{
	int major = 0, minor = 0;

	if (!version_has_passthrough())
		return "no: this libfuse has none (3.17 has)";
	if (sscanf(u->release, "%d.%d", &major, &minor) == 2 &&
	    (major < 6 || (major == 6 && minor < 9)))
		return "no: this kernel has none (Linux 6.9 has)";
	return "yes, for mounts by root";
}

struct versions {
	const char *libfuse, *sqlite, *kernel, *passthrough, *io_uring;
};

static int print_json(const struct versions *v)
{
	struct fields f;

	fields_init(&f, FORMAT_JSON);
	fields_text(&f, "meshfs", MESHFS_VERSION);
	fields_text(&f, "libfuse", v->libfuse);
	fields_text(&f, "sqlite", v->sqlite);
	fields_text(&f, "kernel", v->kernel);
	fields_text(&f, "passthrough", v->passthrough);
	fields_text(&f, "io_uring", v->io_uring);
	return fields_print(&f);
}

static int print_text(const struct versions *v)
{
	struct buf out;

	buf_init(&out);
	buf_printf(&out, "meshfs " MESHFS_VERSION "\nlibfuse %s\nSQLite %s\nLinux %s\n", v->libfuse,
	    v->sqlite, v->kernel);
	buf_printf(&out, "passthrough: %s\nio_uring: %s\n", v->passthrough, v->io_uring);
	return term_buf(&out);
}

int cmd_version(int argc, char **argv)
{
	enum opt_format format = FORMAT_TEXT;
	const struct opt list[] = {{"format", 0, OPT_FORMAT, &format}, {0}};
	const struct opts opts = {.command = "version", .list = list, .min = 0, .max = 0};
	struct operands operands;
	struct utsname u = {0};
	struct versions v;
	int rc = opts_parse(&opts, argc, argv, &operands);

	if (rc != OPTS_RUN)
		return rc;
	(void)uname(&u);
	v = (struct versions){
	    .libfuse = version_libfuse(),
	    .sqlite = catalog_sqlite_version(),
	    .kernel = u.release,
	    .passthrough = passthrough(&u),
	    .io_uring = io_uring(),
	};
	if ((format == FORMAT_JSON ? print_json(&v) : print_text(&v)) < 0) {
		struct mesh_err err;

		(void)mesh_err_nomem(&err);
		return cmd_fail("version", &err);
	}
	return EXIT_DONE;
}
