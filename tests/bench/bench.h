/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the parts of the benchmark share: a built filesystem in a temporary file, clocks, and what is measured. */
#ifndef ARBORIST_TESTS_BENCH_BENCH_H
#define ARBORIST_TESTS_BENCH_BENCH_H

#include "arborist/image/image.h"

struct extent_read { uint64_t sector; uint32_t bytes; };
struct bench {
	char		path[4096];
	bool		built;			/* by us: to be taken away */
	struct workers	*workers;
	ARB_ARRAY(struct extent_read) nodes;	/* what there is to read */
	uint64_t	bytes, keys;		/* in them */
	uint64_t	buckets;
	struct arb_error err;
};
struct span { double wall, cpu; };		/* seconds; cpu: of all threads together */

struct span span_start(void);
struct span span_since(struct span start);

double bench_median(double *v, unsigned nr);	/* sorts them */

/* Ends the program with b->err when @code is not ARB_OK. */
void bench_need(struct bench *b, enum arb_code code);
/* Builds it, and looks at what there is. bench_unlink() takes it away. */
void bench_build(struct bench *b, const struct image_options *o, uint64_t device_bytes);
void bench_unlink(struct bench *b);
void bench_list(struct bench *b);	/* fills in nodes, bytes, keys and buckets */
struct view *bench_open(struct bench *b, size_t cache_bytes);

/* What is measured, each with an empty node cache. */
struct span run_limit(struct bench *b);		/* reading and checksumming all nodes, with as many threads */
struct span run_open(struct bench *b);
struct span run_walk(struct bench *b);		/* every key */
struct span run_topology(struct bench *b);
struct span run_both(struct bench *b);		/* check_topology and check_allocations */
struct span run_read(struct bench *b);		/* every byte of the places that run_scan() looks at, in large pieces, with as many threads */
struct span run_scan(struct bench *b);		/* by the bitmaps */
struct span run_read_whole(struct bench *b);
struct span run_scan_whole(struct bench *b);
struct span run_read_cold(struct bench *b);	/* as run_read() and run_scan(), nothing of the file in memory */
struct span run_scan_cold(struct bench *b);
/* MiB of resident memory that both passes take at most, in a process of their own; what they may take. */
#define BENCH_CACHE_MIB	32
double bench_peak(struct bench *b);
double bench_peak_allowed(const struct bench *b);
int bench_peak_child(struct bench *b, const char *path);	/* main() of that process; prints it */
double bench_panel(struct bench *b);		/* percent of processor time that the screen adds to passes that run; median */
void bench_commands(struct bench *b);		/* time and memory of what the program is told to do; prints them */
int bench_command_child(char **argv);		/* main() of the process that starts it with these arguments */
double bench_resident_max(void);	/* MiB, of this process */

#endif
