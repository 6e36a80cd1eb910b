/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>
#include <urcu/urcu-memb.h>

#include "arborist/base/port.h"
#include "arborist/base/workers.h"

#define WORKERS_MAX 256

struct workers {
	/* Immutable once started */
	unsigned	nr;

	/* Mutable; use lock */
	pthread_mutex_t	lock;
	pthread_cond_t	wake;		/* work queued, or stop set */
	struct work	*head, **tail;
	bool		stop;

	pthread_t	thread[];	/* of the owner */
};

static void *nothing(void *arg)
{
	return arg;
}

int workers_try_thread(void)
{
	pthread_t t;
	sigset_t old;
	int r;

	arb_signals_for_thread(&old);
	r = pthread_create(&t, NULL, nothing, NULL);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (!r)
		pthread_join(t, NULL);
	return r;
}

/* Next job; NULL when none is queued and, if it may wait, the pool ends. */
static struct work *take(struct workers *w, bool may_wait)
{
	struct work *job;

	pthread_mutex_lock(&w->lock);
	while (!w->head && !w->stop && may_wait)
		pthread_cond_wait(&w->wake, &w->lock);
	job = w->head;
	if (job) {
		w->head = job->next;
		if (!w->head)
			w->tail = &w->head;
	}
	pthread_mutex_unlock(&w->lock);
	return job;
}

static void *worker(void *arg)
{
	struct workers *w = arg;
	struct work *job;

	urcu_memb_register_thread();
	while ((job = take(w, true)))
		job->run(job);
	urcu_memb_unregister_thread();
	return NULL;
}

static unsigned default_nr(void)
{
	long n = sysconf(_SC_NPROCESSORS_ONLN);

	return n < 2 ? 2 : n > 16 ? 16 : (unsigned)n;
}

/* Signals are for the thread that owns the terminal: workers block them. */
static int start_thread(struct workers *w)
{
	sigset_t old;
	int ret;

	arb_signals_for_thread(&old);
	ret = pthread_create(&w->thread[w->nr], NULL, worker, w);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return ret;
}

enum arb_code workers_new(unsigned nr, struct workers **ret, struct arb_error *err)
{
	struct workers *w;

	if (!nr)
		nr = default_nr();
	if (nr > WORKERS_MAX)
		nr = WORKERS_MAX;
	w = calloc(1, sizeof(*w) + nr * sizeof(w->thread[0]));
	if (!w)
		return arb_fail(err, ARB_E_NOMEM, "out of memory for worker threads");
	pthread_mutex_init(&w->lock, NULL);
	pthread_cond_init(&w->wake, NULL);
	w->tail = &w->head;
	for (; w->nr < nr; w->nr++) {
		int sys = start_thread(w);

		if (!sys)
			continue;
		if (w->nr)	/* fewer threads are slower, not wrong */
			break;
		workers_free(w);
		return arb_fail_sys(err, ARB_E_THREAD, sys, "cannot start a worker thread");
	}
	*ret = w;
	return ARB_OK;
}

void workers_free(struct workers *w)
{
	if (!w)
		return;
	pthread_mutex_lock(&w->lock);
	w->stop = true;
	pthread_cond_broadcast(&w->wake);
	pthread_mutex_unlock(&w->lock);
	for (unsigned i = 0; i < w->nr; i++)
		pthread_join(w->thread[i], NULL);
	pthread_cond_destroy(&w->wake);
	pthread_mutex_destroy(&w->lock);
	free(w);
}

void workers_queue(struct workers *w, struct work *job)
{
	job->next = NULL;
	pthread_mutex_lock(&w->lock);
	*w->tail = job;
	w->tail = &job->next;
	pthread_cond_signal(&w->wake);
	pthread_mutex_unlock(&w->lock);
}

bool workers_help(struct workers *w)
{
	struct work *job = take(w, false);

	if (job)
		job->run(job);
	return job;
}

unsigned workers_nr(const struct workers *w)
{
	return w->nr;
}
