/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "../unit.h"
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>
#include <urcu/urcu-memb.h>

#include "arborist/base/array.h"
#include "arborist/base/port.h"
#include "arborist/base/workers.h"

#define JOBS 20000

struct job {
	struct work	work;	/* first: a job is its work */
	unsigned	nr;
};

static atomic_uint done, sum;
static unsigned order[JOBS];

static void run(struct work *w)
{
	struct job *job = (struct job *)w;

	urcu_memb_read_lock();	/* crashes in a thread that has not registered */
	atomic_fetch_add(&sum, job->nr);
	order[atomic_fetch_add(&done, 1)] = job->nr;
	urcu_memb_read_unlock();
	free(job);
}

static void run_all(unsigned threads)
{
	struct workers *w;
	struct arb_error err;

	done = sum = 0;
	assert_int_equal(workers_new(threads, &w, &err), ARB_OK);
	if (threads)
		assert_int_equal(workers_nr(w), threads);
	else
		assert_in_range(workers_nr(w), 2, 16);
	for (unsigned i = 0; i < JOBS; i++) {
		struct job *job = malloc(sizeof(*job));

		assert_non_null(job);
		*job = (struct job){ { .run = run }, i };
		workers_queue(w, &job->work);
	}
	workers_free(w);
	assert_int_equal(done, JOBS);
	assert_int_equal(sum, (unsigned)((uint64_t)JOBS * (JOBS - 1) / 2));
}

static void all_jobs_run_once(void **state)
{
	(void)state;
	run_all(0);
	run_all(7);
}

static void one_thread_keeps_the_order(void **state)
{
	(void)state;
	run_all(1);
	for (unsigned i = 0; i < JOBS; i++)
		assert_int_equal(order[i], i);
}

static atomic_bool held, let_go;
static pthread_t by_whom[8];

static void hold(struct work *w)
{
	(void)w;
	held = true;
	while (!let_go)
		usleep(100);
}

static void note_thread(struct work *w)
{
	struct job *job = (struct job *)w;

	by_whom[job->nr] = pthread_self();
}

/* The one thread is busy, so that what is left is for the caller. */
static void waiting_is_helping(void **state)
{
	struct work busy = { .run = hold };
	struct job jobs[8];
	struct workers *w;
	struct arb_error err;

	(void)state;
	assert_int_equal(workers_new(1, &w, &err), ARB_OK);
	assert_false(workers_help(w));
	workers_queue(w, &busy);
	while (!held)
		usleep(100);
	for (unsigned i = 0; i < 8; i++) {
		jobs[i] = (struct job){ { .run = note_thread }, i };
		workers_queue(w, &jobs[i].work);
	}
	for (unsigned i = 0; i < 8; i++) {
		assert_true(workers_help(w));
		assert_true(pthread_equal(by_whom[i], pthread_self()));
	}
	assert_false(workers_help(w));
	let_go = true;
	workers_free(w);
}

static void free_of_nothing(void **state)
{
	(void)state;
	workers_free(NULL);
}

static void clocks(void **state)
{
	struct arb_clock c = arb_clock_fixed(1234567890123456789u), s = arb_clock_system();
	uint64_t a = s.mono_ns(s.arg);

	(void)state;
	assert_true(c.now_ns(c.arg) == 1234567890123456789u);
	assert_true(c.mono_ns(c.arg) == 1234567890123456789u);
	assert_true(s.now_ns(s.arg) > 1500000000ull * 1000000000);
	assert_true(s.mono_ns(s.arg) >= a);
}

static void random_is_repeatable(void **state)
{
	struct arb_random a, b, c = { { 0, 0 } };
	struct arb_error err;
	unsigned ones = 0;

	(void)state;
	arb_random_seed(&a, 42);
	arb_random_seed(&b, 42);
	for (unsigned i = 0; i < 1000; i++) {
		uint64_t v = arb_random_u64(&a);

		assert_true(v);
		assert_true(v == arb_random_u64(&b));
		ones += (unsigned)__builtin_popcountll(v);
	}
	assert_in_range(ones, 31000, 33000);
	arb_random_seed(&b, 43);
	assert_true(arb_random_u64(&a) != arb_random_u64(&b));
	assert_true(arb_random_u64(&c) != 0);
	assert_int_equal(arb_random_from_system(&a, &err), ARB_OK);
	assert_int_equal(arb_random_from_system(&b, &err), ARB_OK);
	assert_true(arb_random_u64(&a) != arb_random_u64(&b));
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(all_jobs_run_once),
	cmocka_unit_test(one_thread_keeps_the_order),
	cmocka_unit_test(waiting_is_helping),
	cmocka_unit_test(free_of_nothing),
	cmocka_unit_test(clocks),
	cmocka_unit_test(random_is_repeatable),
};
UNIT_MAIN(tests)
