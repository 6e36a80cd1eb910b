/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The screen over a filesystem of about a million nodes: how long it takes to come up, to go to a place far below, to find a name, to filter,
 * and what paging through it costs a key, by the program's own stamps. For `make bench`: it writes four gigabytes, and takes them away.
 */
#include <config.h>
#include "../unit.h"
#include "program.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define FILES	310000
#define PAGES	300

static char frame_log[TEMP_PATH + 16];
static struct pty *screen;

static int build(void **state)
{
	static const char *const damage[] = { NULL };
	struct image_options o = { .bytes = UINT64_C(40) << 30, .seed = 3, .csum_opt = 1, .node_bytes = 8192, .bucket_bytes = 64 << 10, .nr_dirs = 3000,
				   .nr_files = FILES, .file_bytes_max = 512, .keys_per_leaf = 1, .fanout = 80 };

	(void)state;
	if (program_build(&o, damage))
		return -1;
	snprintf(frame_log, sizeof(frame_log), "%s/frames", program_folder);
	return 0;
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

/* From the keys on until the screen shows @text. */
static void timed(const char *what, const char *keys, const char *text)
{
	double start = now();

	pty_keys(screen, keys);
	if (!pty_wait_for(screen, text, LONG))
		fail_msg("%s: no %s on the screen:\n%s", what, text, pty_screen(screen));
	print_message("%-44s %8.0f ms\n", what, now() - start);
	fflush(stdout);		/* taking the file away again can take minutes on a busy disk */
}

static double paging(void)
{
	char line[200] = "";
	unsigned long nr = 0;
	double p99 = 0;
	FILE *f;

	for (int i = 0; i < PAGES; i++) {
		pty_keys(screen, i % 3 ? "\006" : "l");		/* pages down, and opens what it comes to */
		pty_settle(screen, 10);
	}
	pty_keys(screen, "Q");
	pty_end(screen, LONG);
	pty_free(screen);
	f = fopen(frame_log, "r");
	assert_non_null(f);
	assert_non_null(fgets(line, sizeof(line), f));
	fclose(f);
	assert_int_equal(sscanf(line, "keys %lu p50 %*f ms p99 %lf ms", &nr, &p99), 2);
	assert_true(nr >= PAGES);
	print_message("%s", line);
	fflush(stdout);
	return p99;
}

static void goes_without_a_pause(void **state)
{
	char frames[TEMP_PATH + 48];
	double start = now();

	(void)state;
	snprintf(frames, sizeof(frames), "ARBORIST_FRAME_LOG=%s", frame_log);
	screen = program_start(&(struct program_run){ .rows = 40, .cols = 120, .env = frames });
	print_message("%-44s %8.0f ms\n", "open", now() - start);
	timed("the last inode, four levels down", ":goto inodes 0:314000:U32_MAX\r", "node inodes:0 0:314000");
	timed("the end of what is open", "G", "accounting");
	timed("to the first row", "g", "btrees 1/");
	timed("a name, by expression over all keys", "/name=file-299999\r", "file-299999 ->");
	timed("filter", "\\type=dirent\r", "btrees only: type=dirent");
	timed("a filter that nothing read fits", "\\type=quota\r", "no row");
	timed("no filter", "\\\r", "## btrees ");
	print_message("paging, p99 of a key: %.1f ms   asked: at most 50\n", paging());
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(goes_without_a_pause) };

	return cmocka_run_group_tests(tests, build, program_clean_up);
}
