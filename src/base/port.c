/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <sys/random.h>
#include <time.h>

#include "arborist/base/port.h"

static uint64_t read_ns(clockid_t id)
{
	struct timespec t;

	if (clock_gettime(id, &t))
		return 0;
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static uint64_t system_now(void *arg)
{
	(void)arg;
	return read_ns(CLOCK_REALTIME);
}

static uint64_t system_mono(void *arg)
{
	(void)arg;
	return read_ns(CLOCK_MONOTONIC);
}

struct arb_clock arb_clock_system(void)
{
	return (struct arb_clock){ .now_ns = system_now, .mono_ns = system_mono };
}

/* The time is carried in the pointer itself, so that the clock owns nothing. */
_Static_assert(sizeof(uintptr_t) >= sizeof(uint64_t), "arborist is for 64-bit machines");

static uint64_t fixed(void *arg)
{
	return (uintptr_t)arg;
}

struct arb_clock arb_clock_fixed(uint64_t ns)
{
	return (struct arb_clock){ .now_ns = fixed, .mono_ns = fixed, .arg = (void *)(uintptr_t)ns };
}

uint64_t arb_wait_until(uint64_t ns)
{
	return read_ns(CLOCK_MONOTONIC) + ns;
}

bool arb_cond_wait(pthread_cond_t *cond, pthread_mutex_t *lock, uint64_t until)
{
	struct timespec t = { .tv_sec = (time_t)(until / 1000000000u), .tv_nsec = (long)(until % 1000000000u) };

	return !pthread_cond_clockwait(cond, lock, CLOCK_MONOTONIC, &t);
}

void arb_signals_for_thread(sigset_t *ret_old)
{
	static const int crashes[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP };
	sigset_t most;

	sigfillset(&most);
	for (unsigned i = 0; i < sizeof(crashes) / sizeof(crashes[0]); i++)
		sigdelset(&most, crashes[i]);
	pthread_sigmask(SIG_SETMASK, &most, ret_old);
}

void arb_crash_stack(void)
{
	static _Thread_local char room[65536] __attribute__((aligned(16)));
	stack_t has;

	if (!sigaltstack(NULL, &has) && !(has.ss_flags & SS_DISABLE))
		return;			/* a sanitizer's, which it takes away itself */
	sigaltstack(&(stack_t){ .ss_sp = room, .ss_size = sizeof(room) }, NULL);
}

/* splitmix64: spreads a small seed over the whole state. */
static uint64_t splitmix(uint64_t *x)
{
	uint64_t z = *x += 0x9e3779b97f4a7c15u;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

void arb_random_seed(struct arb_random *r, uint64_t seed)
{
	r->state[0] = splitmix(&seed);
	r->state[1] = splitmix(&seed);
	if (!r->state[0] && !r->state[1])
		r->state[0] = 1;
}

enum arb_code arb_random_from_system(struct arb_random *r, struct arb_error *err)
{
	uint64_t seed;
	ssize_t n;

	do {
		n = getrandom(&seed, sizeof(seed), 0);
	} while (n < 0 && errno == EINTR);
	if (n != (ssize_t)sizeof(seed))
		return arb_fail_sys(err, ARB_E_SYSTEM, errno, "the system gives no random bytes");
	arb_random_seed(r, seed);
	return ARB_OK;
}

static uint64_t rotl(uint64_t x, unsigned k)
{
	return x << k | x >> (64 - k);
}

/* xoroshiro128++ */
static uint64_t step(struct arb_random *r)
{
	uint64_t a = r->state[0], b = r->state[1];
	uint64_t out = rotl(a + b, 17) + a;

	b ^= a;
	r->state[0] = rotl(a, 49) ^ b ^ (b << 21);
	r->state[1] = rotl(b, 28);
	return out;
}

uint64_t arb_random_u64(struct arb_random *r)
{
	uint64_t v;

	if (!r->state[0] && !r->state[1])
		arb_random_seed(r, 0);
	do {
		v = step(r);
	} while (!v);
	return v;
}
