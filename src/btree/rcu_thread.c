/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A thread that reads the node cache must be registered with liburcu exactly once; who is, the library does not tell. */
#include <pthread.h>
#include <urcu/urcu-memb.h>
#include <urcu/static/urcu-memb.h>

#include "view_private.h"

static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t ours;

static void thread_ends(void *unused)
{
	(void)unused;
	urcu_memb_unregister_thread();
}

static void make_key(void)
{
	pthread_key_create(&ours, thread_ends);
}

void rcu_thread_ensure(void)
{
	if (URCU_TLS(urcu_memb_reader).registered)
		return;
	pthread_once(&once, make_key);
	urcu_memb_register_thread();
	pthread_setspecific(ours, &ours);
}
