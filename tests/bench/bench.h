/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the benchmarks share: a built filesystem in a temporary file, clocks, and measuring. */
#ifndef ARBORIST_TESTS_BENCH_BENCH_H
#define ARBORIST_TESTS_BENCH_BENCH_H

#include "arborist/image/image.h"

struct extent_read { uint64_t sector; uint32_t bytes; };
struct bench {
	char		path[4096];
	struct workers	*workers;
	ARB_ARRAY(struct extent_read) nodes;
	uint64_t	bytes;		/* that a figure in MB/s counts */
	uint64_t	keys;
	double		limit;		/* seconds of what the others are compared with; 0: not known yet */
	const char	*limit_name;
	struct arb_error err;
};

double bench_seconds(void);
double bench_cpu_seconds(void);
/* Ends the program with b->err when @code is not ARB_OK. */
void bench_need(struct bench *b, enum arb_code code);
/* A filesystem of so many files in a temporary file; bench_unlink() takes it away. */
void bench_build(struct bench *b, unsigned files, unsigned node_bytes);
void bench_unlink(struct bench *b);
struct view *bench_open(struct bench *b);
/* Best time of some rounds of @run, printed; the rate is of b->bytes. */
double bench_measure(struct bench *b, const char *what, double (*run)(struct bench *));
/* Calls @one for every number in the arguments, or for @files when there are none. */
int bench_main(int argc, char **argv, unsigned files, void (*one)(struct bench *b, unsigned files));

#endif
