#ifndef FS_CMD_PROBE_H
#define FS_CMD_PROBE_H

/*
 * Reads a mount's .meshfs/status.json from a child process: a mount whose daemon hangs can keep a reader uninterruptible, and
 * the command has to answer all the same. A child that does not come back is left to itself; it holds none of the command's
 * descriptors. fork(2): call while there is one thread.
 */

#include <stdint.h>
#include <sys/types.h>

#include "catalog/base/buf.h"
#include "catalog/base/json.h"

enum probe_state {
	PROBE_ALIVE,
	PROBE_DEAD, /* nobody serves the mount any more */
	PROBE_SILENT, /* no answer in time */
	PROBE_REFUSED, /* the caller may not look at it: another user's mount without allow_other */
	PROBE_STRANGE, /* it answers, but not as a mesh does */
};

/* "running", "dead", "silent", "refused", "strange". */
const char *probe_state_name(enum probe_state s);
/* The same for a person: "does not answer", ... */
const char *probe_state_text(enum probe_state s);

#define PROBE_TIMEOUT_MS 2000

struct probe {
	pid_t pid;
	int fd;
	struct buf data; /* what was read: JSON, where ALIVE */
	struct json *json; /* the same, parsed; NULL unless ALIVE */
	enum probe_state state;
};

/* Starts reading. 0 or negative errno. */
int probe_start(struct probe *p, const char *mountpoint);

/* CLOCK_MONOTONIC, PROBE_TIMEOUT_MS from now. */
int64_t probe_deadline_ns(void);

/* Waits for the answer until the deadline and fills state, data and json. */
void probe_finish(struct probe *p, int64_t deadline_ns);

/* After probe_finish. */
void probe_clear(struct probe *p);

/* Both, for one mount. Where no child can be started the state is STRANGE. Clear it. */
void probe_mount(struct probe *p, const char *mountpoint);

#endif
