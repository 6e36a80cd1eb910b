/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The filesystem that is measured, and the clocks. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"

static double seconds_of(struct timeval t)
{
	return t.tv_sec + t.tv_usec / 1e6;
}

struct span span_start(void)
{
	struct timespec t;
	struct rusage r;

	clock_gettime(CLOCK_MONOTONIC, &t);
	getrusage(RUSAGE_SELF, &r);
	return (struct span){ t.tv_sec + t.tv_nsec / 1e9, seconds_of(r.ru_utime) + seconds_of(r.ru_stime) };
}

struct span span_since(struct span start)
{
	struct span now = span_start();

	return (struct span){ now.wall - start.wall, now.cpu - start.cpu };
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

double bench_median(double *v, unsigned nr)
{
	qsort(v, nr, sizeof(*v), by_size);
	return v[nr / 2];
}

void bench_need(struct bench *b, enum arb_code code)
{
	if (!code)
		return;
	fprintf(stderr, "bench: %s\n", b->err.text);
	bench_unlink(b);
	exit(1);
}

struct view *bench_open(struct bench *b, size_t cache_bytes)
{
	struct view_options o = { .cache_bytes = cache_bytes };
	const char *path = b->path;
	struct devset *devs;
	struct view *v;

	bench_need(b, devset_open(&path, 1, NULL, &devs, &b->err));
	bench_need(b, view_open(devs, b->workers, &o, &v, &b->err));
	return v;
}

/* What is there, to be taken away whichever way the program ends by itself. */
static const char *built[8];

static const char **entry_of(const char *path)
{
	static const char *none;

	for (unsigned i = 0; i < sizeof(built) / sizeof(built[0]); i++)
		if (built[i] == path)
			return &built[i];
	return &none;
}

static void forget_all(void)
{
	for (unsigned i = 0; i < sizeof(built) / sizeof(built[0]); i++)
		if (built[i])
			unlink(built[i]);
}

static void remember(const char *path)
{
	static bool once;

	if (!once)
		atexit(forget_all);
	once = true;
	*entry_of(NULL) = path;
}

void bench_build(struct bench *b, const struct image_options *o, uint64_t device_bytes)
{
	const char *tmp = getenv("TMPDIR");
	struct blk *dev;
	int fd;

	snprintf(b->path, sizeof(b->path), "%s/arborist-bench-XXXXXX", tmp ? tmp : "/tmp");
	fd = mkstemp(b->path);
	if (fd < 0 || ftruncate(fd, (off_t)device_bytes)) {
		perror("bench");
		exit(1);
	}
	close(fd);
	b->built = true;
	remember(b->path);
	bench_need(b, blk_file_open(b->path, &dev, &b->err));
	bench_need(b, image_build(o, dev, &b->err));
	blk_close(dev);
	bench_list(b);
}

void bench_unlink(struct bench *b)
{
	if (b->built) {
		unlink(b->path);
		*entry_of(b->path) = NULL;
	}
	b->built = false;
}

/* By a process of its own: what this one has held while it built the filesystem does not count. */
double bench_peak(struct bench *b)
{
	char cmd[sizeof(b->path) + 100];
	double mib = 0;
	FILE *f;

	snprintf(cmd, sizeof(cmd), "/proc/%ld/exe --peak %s", (long)getpid(), b->path);
	f = popen(cmd, "r");
	if (!f || fscanf(f, "%lf", &mib) != 1 || pclose(f))
		bench_need(b, arb_fail(&b->err, ARB_E_CONTENT, "the process that measures memory has failed"));
	return mib;
}

double bench_resident_max(void)
{
	FILE *f = fopen("/proc/self/status", "r");
	unsigned long kib = 0;
	char line[200];

	while (f && fgets(line, sizeof(line), f))
		sscanf(line, "VmHWM: %lu", &kib);
	if (f)
		fclose(f);
	return kib / 1024.0;
}
