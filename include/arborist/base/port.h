/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Clock and randomness as ports, so that the same image, answers, clock and seed give the same bytes.
 */
#ifndef ARBORIST_BASE_PORT_H
#define ARBORIST_BASE_PORT_H

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include "arborist/base/error.h"

struct arb_clock {
	uint64_t (*now_ns)(void *arg);		/* wall clock, ns since the epoch */
	uint64_t (*mono_ns)(void *arg);		/* monotonic */
	void *arg;
};

struct arb_random {
	uint64_t state[2];
};

struct arb_clock arb_clock_system(void);
struct arb_clock arb_clock_fixed(uint64_t ns);	/* both clocks stand still at @ns */
/* Waiting is done in real time, whatever the clocks above say: the end of @ns from now, and a wait till then. False: it is over. */
uint64_t arb_wait_until(uint64_t ns);
bool arb_cond_wait(pthread_cond_t *cond, pthread_mutex_t *lock, uint64_t until);
/*
 * For a thread that is going to be started: blocks every signal but those of a crash, which nobody else could take for it;
 * @ret_old is what was blocked before.
 */
void arb_signals_for_thread(sigset_t *ret_old);
/* Gives the calling thread a stack of its own for handlers with SA_ONSTACK. */
void arb_crash_stack(void);
void arb_random_seed(struct arb_random *r, uint64_t seed);
enum arb_code arb_random_from_system(struct arb_random *r, struct arb_error *err);
uint64_t arb_random_u64(struct arb_random *r);	/* never 0 */

#endif
