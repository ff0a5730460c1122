#include "fs/status.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct status_text {
	pthread_mutex_t lock; /* guards what follows */
	char *io;	      /* owned */
	char *problems;	      /* owned; a JSON array */
	size_t errors;
};

int status_init(struct status *s)
{
	memset(s, 0, sizeof(*s));
	s->text = calloc(1, sizeof(*s->text));
	if (!s->text)
		return -ENOMEM;
	(void)pthread_mutex_init(&s->text->lock, NULL);
	return 0;
}

void status_clear(struct status *s)
{
	if (!s->text)
		return;
	(void)pthread_mutex_destroy(&s->text->lock);
	free(s->text->io);
	free(s->text->problems);
	free(s->text);
	s->text = NULL;
}

static void replace(struct status *s, char **where, char *text)
{
	char *old;

	(void)pthread_mutex_lock(&s->text->lock);
	old = *where;
	*where = text;
	(void)pthread_mutex_unlock(&s->text->lock);
	free(old);
}

void status_set_io(struct status *s, const char *why)
{
	replace(s, &s->text->io, strdup(why));
}

void status_set_problems(struct status *s, struct diag_list *diags)
{
	struct buf b;

	buf_init(&b);
	diag_print(diags, DIAG_JSON, &b);
	(void)pthread_mutex_lock(&s->text->lock);
	s->text->errors = diags->errors;
	(void)pthread_mutex_unlock(&s->text->lock);
	replace(s, &s->text->problems, buf_take(&b, NULL));
	buf_clear(&b);
}

static char *copy(struct status *s, char *const *what, const char *otherwise, size_t *ret_errors)
{
	char *text;

	(void)pthread_mutex_lock(&s->text->lock);
	text = strdup(*what ? *what : otherwise);
	if (ret_errors)
		*ret_errors = s->text->errors;
	(void)pthread_mutex_unlock(&s->text->lock);
	return text;
}

char *status_io(struct status *s)
{
	return copy(s, &s->text->io, "", NULL);
}

char *status_problems(struct status *s, size_t *ret_errors)
{
	return copy(s, &s->text->problems, "[]", ret_errors);
}
