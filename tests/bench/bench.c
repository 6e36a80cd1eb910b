/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * bench [keys|buckets|scan|panel|commands|nodes]: one table over built filesystems. The filesystems of a table are measured in turn, row
 * by row, in every round, so that ratios and growth compare what ran at the same time. The first round is thrown away (cold caches) and
 * says how often a row has to run to take long enough to be measured; of the others the median counts, of ratios that of the rounds'
 * ratios. The page cache is warm. "cpu" is the processor time of all threads, which a busy machine disturbs less.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <urcu/urcu-memb.h>

#include "bench.h"

#define ROUNDS	9
#define SIZES	3
#define LONG_ENOUGH 0.12	/* seconds for a figure */
#define REPEAT_MAX 40

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
	{ .name = "read them from the disk", .run = run_read_cold },
	{ .name = "scan from the disk", .run = run_scan_cold, .of_name = "read them from the disk", .of_want = 0.9 },
	{ 0 },
};
#define ROWS_MAX	8

struct result {
	struct bench	b;
	unsigned	repeat[ROWS_MAX];
	struct span	span[ROWS_MAX][ROUNDS];
	double		peak, peak_allowed;
};

static struct span run_row(struct result *r, const struct row *row, unsigned i)
{
	struct span sum = { 0 };

	for (unsigned n = 0; n < r->repeat[i]; n++) {
		struct span s = row->run(&r->b);

		sum.wall += s.wall / r->repeat[i];
		sum.cpu += s.cpu / r->repeat[i];
	}
	return sum;
}

static unsigned repeats(struct span cold)
{
	unsigned n = cold.wall > 0 ? (unsigned)(LONG_ENOUGH / cold.wall) + 1 : 1;

	return n < REPEAT_MAX ? n : REPEAT_MAX;
}

static void measure(struct result *r, unsigned nr, const struct row *rows)
{
	for (unsigned i = 0; rows[i].name; i++)
		for (unsigned s = 0; s < nr; s++) {
			r[s].repeat[i] = 1;
			r[s].repeat[i] = repeats(run_row(&r[s], &rows[i], i));
		}
	for (unsigned round = 0; round < ROUNDS; round++)
		for (unsigned i = 0; rows[i].name; i++)
			for (unsigned s = 0; s < nr; s++)
				r[s].span[i][round] = run_row(&r[s], &rows[i], i);
}

static struct span median(const struct span *of)
{
	double wall[ROUNDS], cpu[ROUNDS];

	for (unsigned i = 0; i < ROUNDS; i++) {
		wall[i] = of[i].wall;
		cpu[i] = of[i].cpu;
	}
	return (struct span){ bench_median(wall, ROUNDS), bench_median(cpu, ROUNDS) };
}

static struct span ratio(const struct span *of, const struct span *to)
{
	struct span r[ROUNDS];

	for (unsigned i = 0; i < ROUNDS; i++)
		r[i] = (struct span){ of[i].wall / to[i].wall, of[i].cpu / to[i].cpu };
	return median(r);
}

static unsigned row_by_name(const struct row *rows, const char *name)
{
	unsigned i = 0;

	while (strcmp(rows[i].name, name))
		i++;
	return i;
}

static void print_ratio(struct span r)
{
	printf("%9.2f    %7.2f cpu", r.wall, r.cpu);
}

static void print_row(const struct row *rows, unsigned i, const struct result *r, unsigned nr)
{
	const struct row *row = &rows[i];
	unsigned of = row->of_name ? row_by_name(rows, row->of_name) : 0;

	printf("%-24s", row->name);
	for (unsigned s = 0; s < nr; s++) {
		struct span m = median(r[s].span[i]);

		printf("%9.1f ms %7.1f cpu", m.wall * 1e3, m.cpu * 1e3);
	}
	printf("\n");
	if (row->of_name) {
		printf("  of %-19s", row->of_name);
		for (unsigned s = 0; s < nr; s++)
			print_ratio(ratio(r[s].span[of], r[s].span[i]));
		printf("   asked: %.1f\n", row->of_want);
	}
	if (row->want_mbs) {
		printf("  MB/s                  ");
		for (unsigned s = 0; s < nr; s++)
			printf("%9.0f               ", r[s].b.bytes / median(r[s].span[i]).wall / 1e6);
		printf("   asked: %.0f\n", row->want_mbs);
	}
	if (row->want_ns) {
		printf("  ns a key              ");
		for (unsigned s = 0; s < nr; s++) {
			struct span m = median(r[s].span[i]);

			printf("%9.1f    %7.1f cpu", m.wall * 1e9 / r[s].b.keys, m.cpu * 1e9 / r[s].b.keys);
		}
		printf("   asked: %.0f\n", row->want_ns);
	}
	if (row->grows && nr > 1) {
		printf("  growth                                       ");
		for (unsigned s = 1; s < nr; s++)
			print_ratio(ratio(r[s].span[i], r[s - 1].span[i]));
		printf("   asked: at most %.1f\n", GROWTH);
	}
}

static void print_table(const struct row *rows, const struct result *r, unsigned nr)
{
	printf("\n%-24s", "keys");
	for (unsigned s = 0; s < nr; s++)
		printf("%12.0f           ", (double)r[s].b.keys);
	printf("\n%-24s", "buckets");
	for (unsigned s = 0; s < nr; s++)
		printf("%12.0f           ", (double)r[s].b.buckets);
	printf("\n%-24s", "metadata written, MB");
	for (unsigned s = 0; s < nr; s++)
		printf("%12.1f           ", r[s].b.bytes / 1e6);
	printf("\n");
	for (unsigned i = 0; rows[i].name; i++)
		print_row(rows, i, r, nr);
	if (nr < 2)
		return;
	printf("%-24s", "peak memory, MiB");
	for (unsigned s = 0; s < nr; s++)
		printf("%9.0f of %4.0f       ", r[s].peak, r[s].peak_allowed);
	printf("   64 + 24 bytes a bucket + %u of cache\n", BENCH_CACHE_MIB);
}

/* The options of every size, the number of files doubled, or that of the buckets. */
static void series(struct workers *w, const struct row *rows, struct image_options o, uint64_t device_bytes, bool more_files, unsigned nr)
{
	struct result *r = calloc(nr, sizeof(*r));

	for (unsigned s = 0; r && s < nr; s++) {
		fprintf(stderr, "building %u of %u ...\r", s + 1, nr);
		r[s].b.workers = w;
		bench_build(&r[s].b, &o, device_bytes);
		device_bytes *= 2;
		if (more_files) {
			o.nr_files *= 2;
			o.nr_dirs *= 2;
		}
	}
	if (!r)
		return;
	measure(r, nr, rows);
	for (unsigned s = 0; s < nr; s++) {
		if (nr > 1) {
			r[s].peak = bench_peak(&r[s].b);
			r[s].peak_allowed = bench_peak_allowed(&r[s].b);
		}
		bench_unlink(&r[s].b);
		arb_array_free(&r[s].b.nodes);
	}
	print_table(rows, r, nr);
	free(r);
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

	if (argc > 2 && !strcmp(argv[1], "--command"))
		return bench_command_child(argv + 1);
	urcu_memb_register_thread();
	bench_need(&b, workers_new(0, &b.workers, &b.err));
	if (argc == 3 && !strcmp(argv[1], "--peak"))
		status = bench_peak_child(&b, argv[2]);
	else
		printf("%u threads\n", workers_nr(b.workers));
	if (wanted(argc, argv, "keys"))
		series(b.workers, key_rows, o, (uint64_t)o.nr_files * 8192 + (256 << 20), true, SIZES);
	o.node_bytes = 32 << 10;
	o.bucket_bytes = 64 << 10;
	o.nr_files = 60000;
	if (wanted(argc, argv, "scan"))
		series(b.workers, scan_rows, o, 768 << 20, true, 1);
	o.nr_files = 20000;
	if (wanted(argc, argv, "buckets"))
		series(b.workers, bucket_rows, o, UINT64_C(250000) * o.bucket_bytes, false, SIZES);
	if (wanted(argc, argv, "panel")) {
		o.nr_files = 140000;
		o.node_bytes = o.bucket_bytes = 256 << 10;
		bench_build(&b, &o, (uint64_t)o.nr_files * 8192 + (256 << 20));
		printf("\n%-24s%9.1f %%, median of 9   asked: at most 3\n", "the screen costs", bench_panel(&b));
		bench_unlink(&b);
	}
	if (wanted(argc, argv, "commands"))
		bench_commands(&b);
	workers_free(b.workers);
	arb_array_free(&b.nodes);
	urcu_memb_unregister_thread();
	return status;
}
