#ifndef FS_GATE_H
#define FS_GATE_H

/*
 * The one place where a caller meets policy and audit. Whatever the tree shows or opens, it asks here first; whatever has
 * to be recorded is recorded here, before the answer is known to anyone. Knows nothing of FUSE and nothing of how bytes
 * are fetched.
 */

#include "fs/identity.h"
#include "fs/world.h"

struct gate;

struct gate_options {
	struct identity *identity; /* borrowed */
	struct audit *audit;	   /* borrowed; NULL: nothing is recorded (programs that only explain) */
};

int gate_new(const struct gate_options *opt, struct gate **ret);
void gate_free(struct gate *g);

/* Who sent a request. */
struct asker {
	uid_t uid;
	pid_t pid;		   /* a thread id, as FUSE gives it; 0: unknown */
	bool may_wait;		   /* on a thread of its own: may render and ask slow storage; else gets -EWOULDBLOCK */
	const atomic_bool *cancel; /* set when the request was interrupted; NULL: never */
};

/* One question: who asks, in which world and context, about what. Prepared once a request, then asked as often as needed. */
struct ask {
	struct world *world;   /* borrowed */
	struct caller *caller; /* owned reference */
	struct asker asker;
	struct context context; /* its strings are borrowed from the world, the gate and the place */
	struct resource resource;
	struct rules_in_force rules;
};

/* Identifies the asker and builds the context. `purpose` (may be NULL) is borrowed. Negative errno: nobody may do anything.
 * `now_ns` WHEN_NONE: now. */
int ask_init(struct ask *ask, struct gate *g, struct world *w, struct asker asker, const char *purpose);
/* The same for a caller found otherwise (a reference is taken over). */
void ask_init_as(struct ask *ask, struct gate *g, struct world *w, struct caller *caller, const char *purpose,
		 int64_t now_ns);
void ask_clear(struct ask *ask);

/*
 * Aims the question at a domain, product, port or object; those not meant are NULL. Loads the rules in force. 0 or negative
 * errno (then asking gives a denial).
 */
struct ask_target {
	const char *domain;
	const struct product *product;
	const struct port *port;
	const struct object *object;
};
int ask_about(struct ask *ask, struct ask_target target);

/* Whether the action is allowed. Not recorded. */
bool gate_may(const struct ask *ask, enum action action);

/* How a recorded question is named, and whether an allowed one is recorded too. */
struct gate_event {
	const char *path;    /* in the mesh, without the purpose */
	bool record_allowed; /* else only a denial is recorded */
};

/* Decides a non-read action and records it. 0, -EACCES, or -EIO where the record could not be written. */
int gate_decide(struct gate *g, const struct ask *ask, enum action action, const struct gate_event *event);

/* Records, where the event says so, that the caller opened something about himself, which needs no rule. 0 or -EIO. */
int gate_note(struct gate *g, const struct ask *ask, enum action action, const struct gate_event *event);

/* The view that `read` gets, without recording. Memory from `a`. */
int gate_view(const struct ask *ask, struct strlist extra_columns, struct arena *a, struct view *ret);

/*
 * Records what gate_view has decided for this question, always. `why_not`: why nothing but the identity can be served; NULL: any view
 * can. 0: the view may be served; -EACCES: no (the reason is in the record
 * and the log); -EIO where the record could not be written.
 */
int gate_read(struct gate *g, const struct ask *ask, const struct view *v, const char *why_not,
	      const struct gate_event *event);

/* Records a refusal that came about before or beside policy (an unknown caller, a foreign node). */
void gate_refuse(struct gate *g, const struct ask *ask, enum action action, const struct gate_event *event, int error,
		 const char *reason);

/* Records what happened to the mesh itself ("apply", "rollback"), not asked by a file's user. */
void gate_record_epoch(struct gate *g, const struct epoch_info *e);

#endif
