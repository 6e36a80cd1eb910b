/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>
#include <urcu/urcu-memb.h>

#include "bench.h"

#define ROUNDS 5	/* BENCH_ROUNDS; BENCH_ONLY: a part of the name of what is to be measured */

double bench_seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

double bench_cpu_seconds(void)
{
	struct rusage r;

	getrusage(RUSAGE_SELF, &r);
	return r.ru_utime.tv_sec + r.ru_stime.tv_sec + (r.ru_utime.tv_usec + r.ru_stime.tv_usec) / 1e6;
}

void bench_need(struct bench *b, enum arb_code code)
{
	if (!code)
		return;
	fprintf(stderr, "bench: %s\n", b->err.text);
	unlink(b->path);
	exit(1);
}

struct view *bench_open(struct bench *b)
{
	const char *path = b->path;
	struct devset *devs;
	struct view *v;

	bench_need(b, devset_open(&path, 1, NULL, &devs, &b->err));
	bench_need(b, view_open(devs, b->workers, NULL, &v, &b->err));
	return v;
}

void bench_build(struct bench *b, unsigned files, unsigned node_bytes)
{
	struct image_options o = {
		.seed = 1, .block_bytes = 512, .node_bytes = node_bytes, .bucket_bytes = 256 << 10, .csum_opt = 1,
		.nr_files = files, .nr_dirs = files / 200 + 1, .file_bytes_max = 512,
	};
	const char *tmp = getenv("TMPDIR");
	struct blk *dev;
	int fd;

	snprintf(b->path, sizeof(b->path), "%s/arborist-bench-XXXXXX", tmp ? tmp : "/tmp");
	fd = mkstemp(b->path);
	if (fd < 0 || ftruncate(fd, (off_t)files * 8192 + (256 << 20))) {
		perror("bench");
		exit(1);
	}
	close(fd);
	bench_need(b, blk_file_open(b->path, &dev, &b->err));
	bench_need(b, image_build(&o, dev, &b->err));
	blk_close(dev);
}

void bench_unlink(struct bench *b)
{
	unlink(b->path);
}

double bench_measure(struct bench *b, const char *what, double (*run)(struct bench *))
{
	const char *only = getenv("BENCH_ONLY"), *rounds = getenv("BENCH_ROUNDS");
	double best = 0, cpu = 0;

	if (only && !strstr(what, only))
		return 0;
	for (int i = 0; i < (rounds ? atoi(rounds) : ROUNDS); i++) {
		double c = bench_cpu_seconds(), t = run(b);

		c = bench_cpu_seconds() - c;
		if (!i || c < cpu)
			cpu = c;
		if (!i || t < best)
			best = t;
	}
	printf("  %-21s %8.2f ms %8.0f MB/s", what, best * 1e3, b->bytes / best / 1e6);
	if (b->limit)
		printf("   %.2f of %s", b->limit / best, b->limit_name);
	if (b->limit && b->keys)
		printf(", %5.1f ns/key", best * 1e9 / b->keys);
	printf("   (%.1f ms of processor time)\n", cpu * 1e3);
	return best;
}

int bench_main(int argc, char **argv, unsigned files, void (*one)(struct bench *b, unsigned files))
{
	struct bench b = { 0 };

	urcu_memb_register_thread();
	bench_need(&b, workers_new(0, &b.workers, &b.err));
	if (argc < 2)
		one(&b, files);
	for (int i = 1; i < argc; i++)
		one(&b, strtoul(argv[i], NULL, 10));
	workers_free(b.workers);
	arb_array_free(&b.nodes);
	urcu_memb_unregister_thread();
	return 0;
}
