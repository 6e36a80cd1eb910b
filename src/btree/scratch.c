/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a thread keeps from node to node: the array into which it unpacks keys before it knows how many stay, and the bytes of
 * a node of which nothing stays. Fresh memory for each would cost more (page faults) than the work itself.
 */
#include <pthread.h>

#include "node_decode.h"

#define PAGE		4096	/* the kernel copies whole pages faster */
#define KEEP_KEYS	100000	/* more than that is given back */

struct scratch {
	struct key_array keys;
	uint8_t		*bytes;
	size_t		nr_bytes;
};

static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t key;
static bool have_key;

static void free_scratch(void *p)
{
	struct scratch *s = p;

	arb_array_free(&s->keys);
	free(s->bytes);
	free(s);
}

static void make_key(void)
{
	have_key = !pthread_key_create(&key, free_scratch);
}

/* NULL: out of memory. */
static struct scratch *mine(void)
{
	struct scratch *s;

	pthread_once(&once, make_key);
	s = have_key ? pthread_getspecific(key) : NULL;
	if (s || !have_key)
		return s;
	s = calloc(1, sizeof(*s));
	if (s && pthread_setspecific(key, s)) {
		free(s);
		s = NULL;
	}
	return s;
}

void scratch_take(struct key_array *ret)
{
	struct scratch *s = mine();

	*ret = (struct key_array){ 0 };
	if (!s)
		return;
	*ret = s->keys;
	ret->nr = 0;
	s->keys = (struct key_array){ 0 };
}

void scratch_give(struct key_array *keys)
{
	struct scratch *s = mine();

	if (!s || s->keys.v || keys->cap > KEEP_KEYS) {
		arb_array_free(keys);
		return;
	}
	s->keys = *keys;
	*keys = (struct key_array){ 0 };
}

uint8_t *scratch_bytes(size_t bytes)
{
	struct scratch *s = mine();

	if (!s)
		return NULL;
	if (s->nr_bytes < bytes) {
		free(s->bytes);
		bytes = (bytes + PAGE - 1) / PAGE * PAGE;
		s->bytes = aligned_alloc(PAGE, bytes);
		s->nr_bytes = s->bytes ? bytes : 0;
	}
	return s->bytes;
}
