/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Time and memory of the program itself over the largest filesystem: passes, listings, searches, capture, plan. What is measured is
 * started by a small process of its own: this one has built the filesystem, and its memory would be counted.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"

#define ARGS_MAX	8
#define CACHE_MIB	256	/* the program's own */
#define FILES		560000u

struct command {
	const char	*arg[ARGS_MAX];	/* FILE: a new file beside the filesystem; that itself comes last */
	int		status;		/* expected */
};
static const struct command on_clean[] = {
	{ { "-n" } },
	{ { "--json", "-n" } },
	{ { "-e", "keys" } },
	{ { "--json", "-e", "keys" } },
	{ { "-e", "find text~nowhere" } },
	{ { "-e", "find name=nowhere" } },
	{ { "-e", "find inum=5000" } },
	{ { "-e", "bucket 0:100" } },
	{ { "-e", "capture FILE" } },
}, on_damaged[] = {
	{ { "-n", "-e", "run check_topology", "-e", "save FILE" }, 4 },
	{ { "-n" }, 4 },
	{ { "-y", "--undo", "FILE" }, 1 },
};
static const char *const damages[] = { "gap-leaf extents:0 @3", "overlap-prev-part dirents:0 @2", "unreadable-leaf inodes:0 @2" };

static void say_name(const struct command *c)
{
	char name[100] = "";

	for (unsigned i = 0; c->arg[i]; i++)
		if (strcmp(c->arg[i], "-e")) {
			strncat(name, c->arg[i], sizeof(name) - strlen(name) - 2);
			strcat(name, " ");
		}
	printf("%-36s", name);
}

/* In the small process: one line, of seconds, seconds of processors, MiB and the status. */
int bench_command_child(char **argv)
{
	struct span start = span_start();
	struct rusage r;
	int status = -1;
	pid_t pid = fork();

	if (!pid) {
		int null = open("/dev/null", O_WRONLY);

		if (dup2(null, 1) < 0 || dup2(null, 2) < 0)
			_exit(126);
		execv("./arborist", argv);
		_exit(127);
	}
	if (pid < 0 || wait4(pid, &status, 0, &r) != pid || !WIFEXITED(status))
		return 1;
	printf("%f %f %f %d\n", span_since(start).wall, r.ru_utime.tv_sec + r.ru_stime.tv_sec + (r.ru_utime.tv_usec + r.ru_stime.tv_usec) / 1e6,
	       r.ru_maxrss / 1024.0, WEXITSTATUS(status));
	return 0;
}

static void run(struct bench *b, const struct command *c)
{
	char beside[2 * sizeof(b->path)];
	double wall = 0, cpu = 0, mib = 0, allowed = bench_peak_allowed(b) - BENCH_CACHE_MIB + CACHE_MIB;
	int status = -1;
	FILE *f;
	ARB_BUF(line);

	arb_buf_printf(&line, "/proc/%ld/exe --command --no-config --transcript %s.log", (long)getpid(), b->path);
	for (unsigned i = 0; c->arg[i]; i++) {
		const char *file = strstr(c->arg[i], "FILE");
		int n = file ? (int)(file - c->arg[i]) : (int)strlen(c->arg[i]);

		arb_buf_printf(&line, " '%.*s%s%s'", n, c->arg[i], file ? b->path : "", file ? ".new" : "");
	}
	arb_buf_printf(&line, " %s", b->path);
	f = popen(arb_buf_str(&line), "r");
	if (!f || fscanf(f, "%lf %lf %lf %d", &wall, &cpu, &mib, &status) != 4 || pclose(f) || status != c->status)
		bench_need(b, arb_fail(&b->err, ARB_E_CONTENT, "it has not ended as it should: %s", arb_buf_str(&line)));
	say_name(c);
	printf("%8.2f s %8.2f cpu %7.0f of %.0f MiB\n", wall, cpu, mib, allowed);
	snprintf(beside, sizeof(beside), "%s.new", b->path);
	unlink(beside);
	snprintf(beside, sizeof(beside), "%s.log", b->path);
	unlink(beside);
	snprintf(beside, sizeof(beside), "%s.log.loss", b->path);
	unlink(beside);
}

static void damage(struct bench *b)
{
	struct blk *dev;

	bench_need(b, blk_file_open(b->path, &dev, &b->err));
	for (unsigned i = 0; i < sizeof(damages) / sizeof(damages[0]); i++)
		bench_need(b, image_damage(&dev, 1, damages[i], 1, NULL, &b->err));
	blk_close(dev);
}

void bench_commands(struct bench *b)
{
	struct image_options o = {
		.seed = 1, .block_bytes = 512, .node_bytes = 256 << 10, .bucket_bytes = 256 << 10, .csum_opt = 1, .file_bytes_max = 512,
		.nr_files = FILES, .nr_dirs = 2800,
	};

	bench_build(b, &o, UINT64_C(5) << 30);
	printf("\n%.1f million keys, %llu buckets; memory: at most what, of 64 MiB + 24 bytes a bucket + %u MiB of node cache\n",
	       b->keys / 1e6, (unsigned long long)b->buckets, CACHE_MIB);
	for (unsigned i = 0; i < sizeof(on_clean) / sizeof(on_clean[0]); i++)
		run(b, &on_clean[i]);
	damage(b);
	printf("damaged\n");
	for (unsigned i = 0; i < sizeof(on_damaged) / sizeof(on_damaged[0]); i++)
		run(b, &on_damaged[i]);
	bench_unlink(b);
}
