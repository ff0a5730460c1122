#include "fs/tree/handles.h"

void handles_init(struct handles *l)
{
	(void)pthread_mutex_init(&l->lock, NULL);
	l->first = NULL;
}

void handles_add(struct handles *l, struct handle *h)
{
	(void)pthread_mutex_lock(&l->lock);
	h->prev = NULL;
	h->next = l->first;
	if (h->next)
		h->next->prev = h;
	l->first = h;
	(void)pthread_mutex_unlock(&l->lock);
}

void handles_remove(struct handles *l, struct handle *h)
{
	(void)pthread_mutex_lock(&l->lock);
	if (h->next)
		h->next->prev = h->prev;
	if (h->prev)
		h->prev->next = h->next;
	else
		l->first = h->next;
	(void)pthread_mutex_unlock(&l->lock);
}

void handles_clear(struct handles *l)
{
	while (l->first)
		l->first->close(l->first);
	(void)pthread_mutex_destroy(&l->lock);
}
