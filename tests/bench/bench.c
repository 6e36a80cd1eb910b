/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * bench [keys|buckets|scan|panel]: one table over built filesystems. Each figure is the best of some rounds, the page cache is warm; all
 * rows are measured in turn in every round, so that the ratios compare what ran at the same time. "cpu" is the processor time of
 * all threads, which a busy machine disturbs less.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <urcu/urcu-memb.h>

#include "bench.h"

#define ROUNDS	7
#define SIZES	3

struct row {
	const char	*name;
	struct span	(*run)(struct bench *b);
	const char	*of_name;	/* compared with that row */
	double		of_want;
	double		want_mbs, want_ns;	/* asked for: MB/s of written metadata, ns a key; 0: nothing */
	bool		grows;		/* by at most GROWTH for each doubling */
};
#define GROWTH	2.3

static const struct row key_rows[] = {
	{ .name = "read and checksum", .run = run_limit },
	{ .name = "open", .run = run_open },
	{ .name = "key walk", .run = run_walk, .want_mbs = 500, .grows = true },
	{ .name = "check_topology", .run = run_topology, .of_name = "read and checksum", .of_want = 0.5, .grows = true },
	{ .name = "and check_allocations", .run = run_both, .want_ns = 110, .grows = true },
	{ .name = "read the same places", .run = run_read },
	{ .name = "scan", .run = run_scan, .of_name = "read the same places", .of_want = 0.9, .grows = true },
	{ 0 },
};
static const struct row bucket_rows[] = {
	{ .name = "open", .run = run_open },
	{ .name = "check_topology", .run = run_topology, .grows = true },
	{ .name = "and check_allocations", .run = run_both, .grows = true },
	{ 0 },
};
static const struct row scan_rows[] = {	/* nodes small enough to be read whole at once */
	{ .name = "read the same places", .run = run_read },
	{ .name = "scan", .run = run_scan, .of_name = "read the same places", .of_want = 0.9 },
	{ .name = "read the whole device", .run = run_read_whole },
	{ .name = "scan of whole device", .run = run_scan_whole, .of_name = "read the whole device", .of_want = 0.9 },
	{ 0 },
};
#define ROWS_MAX	8

struct result {
	struct span	best[ROWS_MAX];
	double		bytes, keys, buckets, peak, peak_allowed;
};

static struct span better(struct span a, struct span b)
{
	return (struct span){ a.wall < b.wall ? a.wall : b.wall, a.cpu < b.cpu ? a.cpu : b.cpu };
}

static struct result measure(struct bench *b, const struct row *rows, bool memory)
{
	struct result r = { .bytes = b->bytes, .keys = b->keys, .buckets = b->buckets };

	for (unsigned round = 0; round < ROUNDS; round++)
		for (unsigned i = 0; rows[i].name; i++) {
			struct span s = rows[i].run(b);

			r.best[i] = round ? better(r.best[i], s) : s;
		}
	if (memory) {
		r.peak = bench_peak(b);
		r.peak_allowed = bench_peak_allowed(b);
	}
	return r;
}

static unsigned row_by_name(const struct row *rows, const char *name)
{
	unsigned i = 0;

	while (strcmp(rows[i].name, name))
		i++;
	return i;
}

static void print_row(const struct row *rows, unsigned i, const struct result *r, unsigned nr)
{
	const struct row *row = &rows[i];
	unsigned of = row->of_name ? row_by_name(rows, row->of_name) : 0;

	printf("%-24s", row->name);
	for (unsigned s = 0; s < nr; s++)
		printf("%9.1f ms %7.1f cpu", r[s].best[i].wall * 1e3, r[s].best[i].cpu * 1e3);
	printf("\n");
	if (row->of_name) {
		printf("  of %-19s", row->of_name);
		for (unsigned s = 0; s < nr; s++)
			printf("%9.2f    %7.2f cpu", r[s].best[of].wall / r[s].best[i].wall, r[s].best[of].cpu / r[s].best[i].cpu);
		printf("   asked: %.1f\n", row->of_want);
	}
	if (row->want_mbs) {
		printf("  MB/s                  ");
		for (unsigned s = 0; s < nr; s++)
			printf("%9.0f               ", r[s].bytes / r[s].best[i].wall / 1e6);
		printf("   asked: %.0f\n", row->want_mbs);
	}
	if (row->want_ns) {
		printf("  ns a key              ");
		for (unsigned s = 0; s < nr; s++)
			printf("%9.1f    %7.1f cpu", r[s].best[i].wall * 1e9 / r[s].keys, r[s].best[i].cpu * 1e9 / r[s].keys);
		printf("   asked: %.0f\n", row->want_ns);
	}
	if (row->grows && nr > 1) {
		printf("  growth                                       ");
		for (unsigned s = 1; s < nr; s++)
			printf("%9.2f    %7.2f cpu", r[s].best[i].wall / r[s - 1].best[i].wall, r[s].best[i].cpu / r[s - 1].best[i].cpu);
		printf("   asked: at most %.1f\n", GROWTH);
	}
}

static void print_table(const struct row *rows, const struct result *r, unsigned nr)
{
	printf("\n%-24s", "keys");
	for (unsigned s = 0; s < nr; s++)
		printf("%12.0f           ", r[s].keys);
	printf("\n%-24s", "buckets");
	for (unsigned s = 0; s < nr; s++)
		printf("%12.0f           ", r[s].buckets);
	printf("\n%-24s", "metadata written, MB");
	for (unsigned s = 0; s < nr; s++)
		printf("%12.1f           ", r[s].bytes / 1e6);
	printf("\n");
	for (unsigned i = 0; rows[i].name; i++)
		print_row(rows, i, r, nr);
	if (!r[0].peak)
		return;
	printf("%-24s", "peak memory, MiB");
	for (unsigned s = 0; s < nr; s++)
		printf("%9.0f of %4.0f       ", r[s].peak, r[s].peak_allowed);
	printf("   64 + 24 bytes a bucket + %u of cache\n", BENCH_CACHE_MIB);
}

/* The options of every size, the number of files doubled, or that of the buckets. */
static void series(struct bench *b, const struct row *rows, struct image_options o, uint64_t device_bytes, bool more_files, unsigned nr)
{
	struct result r[SIZES];

	for (unsigned s = 0; s < nr; s++) {
		fprintf(stderr, "size %u of %u ...\r", s + 1, nr);
		bench_build(b, &o, device_bytes);
		r[s] = measure(b, rows, nr > 1);
		bench_unlink(b);
		device_bytes *= 2;
		if (more_files) {
			o.nr_files *= 2;
			o.nr_dirs *= 2;
		}
	}
	print_table(rows, r, nr);
}

static bool wanted(int argc, char **argv, const char *part)
{
	return argc < 2 || !strcmp(argv[1], part);
}

int main(int argc, char **argv)
{
	struct image_options o = {
		.seed = 1, .block_bytes = 512, .node_bytes = 256 << 10, .bucket_bytes = 256 << 10, .csum_opt = 1, .file_bytes_max = 512,
		.nr_files = 140000, .nr_dirs = 700,
	};
	struct bench b = { 0 };
	int status = 0;

	urcu_memb_register_thread();
	bench_need(&b, workers_new(0, &b.workers, &b.err));
	if (argc == 3 && !strcmp(argv[1], "--peak"))
		status = bench_peak_child(&b, argv[2]);
	else
		printf("%u threads\n", workers_nr(b.workers));
	if (wanted(argc, argv, "keys"))
		series(&b, key_rows, o, (uint64_t)o.nr_files * 8192 + (256 << 20), true, SIZES);
	o.node_bytes = 32 << 10;
	o.bucket_bytes = 64 << 10;
	o.nr_files = 60000;
	if (wanted(argc, argv, "scan"))
		series(&b, scan_rows, o, 768 << 20, true, 1);
	o.nr_files = 20000;
	if (wanted(argc, argv, "buckets"))
		series(&b, bucket_rows, o, UINT64_C(250000) * o.bucket_bytes, false, SIZES);
	if (wanted(argc, argv, "panel")) {
		o.nr_files = 140000;
		o.node_bytes = o.bucket_bytes = 256 << 10;
		bench_build(&b, &o, (uint64_t)o.nr_files * 8192 + (256 << 20));
		printf("\n%-24s%9.1f %%, median of 9   asked: at most 3\n", "the screen costs", bench_panel(&b));
		bench_unlink(&b);
	}
	workers_free(b.workers);
	arb_array_free(&b.nodes);
	urcu_memb_unregister_thread();
	return status;
}
