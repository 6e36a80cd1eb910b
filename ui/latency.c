/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See latency.h. */
#include <config.h>
#include "latency.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define STEP_NS 100000
#define ASLEEP_NS 500000	/* who slept this long was woken by what came */

uint64_t latency_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

void latency_woke(struct latency *l, uint64_t slept_ns)
{
	l->since_ns = slept_ns < ASLEEP_NS && l->none_ns ? l->none_ns : latency_now();
}

void latency_key(struct latency *l)
{
	if (!l->waiting++)
		l->waiting_ns = l->since_ns;
}

void latency_no_key(struct latency *l)
{
	l->none_ns = latency_now();
}

void latency_frame(struct latency *l)
{
	uint64_t took;

	if (!l->waiting)
		return;
	took = (latency_now() - l->waiting_ns) / STEP_NS;
	l->step[took < LATENCY_STEPS ? took : LATENCY_STEPS - 1] += l->waiting;
	l->nr += l->waiting;
	if (took > l->max)
		l->max = took;
	l->waiting = 0;
}

uint64_t latency_percentile(const struct latency *l, unsigned percent)
{
	uint64_t below = 0;

	for (unsigned i = 0; i < LATENCY_STEPS; i++) {
		below += l->step[i];
		if (below && below * 100 >= l->nr * percent)
			return i + 1 < LATENCY_STEPS ? i + 1 : l->max;
	}
	return 0;
}

static void put(FILE *f, const char *name, uint64_t tenths)
{
	fprintf(f, "  %s %llu.%llu ms", name, (unsigned long long)(tenths / 10), (unsigned long long)(tenths % 10));
}

void latency_report(const struct latency *l)
{
	const char *path = secure_getenv("ARBORIST_FRAME_LOG");
	FILE *f = path && *path ? fopen(path, "ae") : NULL;

	if (!f)
		return;
	fprintf(f, "keys %llu", (unsigned long long)l->nr);
	put(f, "p50", latency_percentile(l, 50));
	put(f, "p99", latency_percentile(l, 99));
	put(f, "max", l->max);
	fputc('\n', f);
	fclose(f);
}
