/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The array into which a thread unpacks keys before it knows how many stay. Kept from node to node: fresh memory for
 * each would cost more (page faults) than the unpacking.
 */
#include <pthread.h>

#include "node_decode.h"

#define KEEP_KEYS	100000	/* more than that is given back */

static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t key;
static bool have_key;

static void free_scratch(void *p)
{
	struct key_array *a = p;

	arb_array_free(a);
	free(a);
}

static void make_key(void)
{
	have_key = !pthread_key_create(&key, free_scratch);
}

void scratch_take(struct key_array *ret)
{
	struct key_array *a;

	pthread_once(&once, make_key);
	a = have_key ? pthread_getspecific(key) : NULL;
	*ret = (struct key_array){ 0 };
	if (!a)
		return;
	*ret = *a;
	ret->nr = 0;
	*a = (struct key_array){ 0 };
}

void scratch_give(struct key_array *keys)
{
	struct key_array *a = have_key ? pthread_getspecific(key) : NULL;

	if (have_key && !a) {
		a = calloc(1, sizeof(*a));
		if (a && pthread_setspecific(key, a)) {
			free(a);
			a = NULL;
		}
	}
	if (!a || a->v || keys->cap > KEEP_KEYS) {
		arb_array_free(keys);
		return;
	}
	*a = *keys;
	*keys = (struct key_array){ 0 };
}
