/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * From key to frame while passes run at full speed: 99 of 100 keys are shown within 50 ms, by the program's own stamps. A machine that
 * is busy with other things may spoil a round, so the best of three counts.
 */
#include <config.h>
#include "../unit.h"
#include "program.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define KEYS 300
#define ROUNDS 3
#define LIMIT_MS 50.0

static char script[TEMP_PATH + 16], frame_log[TEMP_PATH + 16];

static int build(void **state)
{
	static const char *const damage[] = { NULL };
	struct image_options o = { .bytes = 256 << 20, .seed = 3, .csum_opt = 1, .nr_dirs = 60, .nr_files = 12000,
				   .file_bytes_max = 512, .keys_per_leaf = 60, .fanout = 16, .min_depth = 3 };
	FILE *f;

	(void)state;
	if (program_build(&o, damage))
		return -1;
	snprintf(script, sizeof(script), "%s/script", program_folder);
	snprintf(frame_log, sizeof(frame_log), "%s/frames", program_folder);
	f = fopen(script, "w");
	for (int i = 0; f && i < 5000; i++)
		fputs("run check_topology check_allocations\n", f);
	return f && !fclose(f) ? 0 : -1;
}

/* p99 of one round in milliseconds. */
static double one_round(void)
{
	static const char *const keys[] = { "j", "j", "l", "j", "k", "\t", "j", "\t", "z", "z", "v", "1", "G", "g", "?", "q" };
	char frames[TEMP_PATH + 48];
	struct pty *p;
	char line[200] = "";
	double p99 = 0;
	unsigned long nr = 0;
	FILE *f;

	snprintf(frames, sizeof(frames), "ARBORIST_FRAME_LOG=%s", frame_log);
	unlink(frame_log);
	p = program_start(&(struct program_run){ .rows = 40, .cols = 120, .env = frames });
	pty_keys(p, ":source ");
	pty_keys(p, script);
	pty_keys(p, "\r");
	assert_true(pty_wait_for(p, "runs 1", LONG));
	for (int i = 0; i < KEYS; i++) {
		pty_keys(p, keys[i % 16]);
		pty_settle(p, 10);
	}
	pty_keys(p, "q1");
	assert_true(pty_wait_for(p, "[running]", LONG));	/* it did run all the time */
	pty_keys(p, "\003");
	assert_true(pty_wait_for(p, "stopped", LONG));
	pty_keys(p, "Q");
	pty_end(p, LONG);
	pty_free(p);
	f = fopen(frame_log, "r");
	assert_non_null(f);
	assert_non_null(fgets(line, sizeof(line), f));
	fclose(f);
	assert_int_equal(sscanf(line, "keys %lu p50 %*f ms p99 %lf ms", &nr, &p99), 2);
	assert_true(nr >= KEYS);
	print_message("%s", line);
	return p99;
}

static void keys_are_shown_at_once(void **state)
{
	double best = 1e9;

	(void)state;
	for (int i = 0; i < ROUNDS && best >= LIMIT_MS; i++) {
		double p99 = one_round();

		best = p99 < best ? p99 : best;
	}
	assert_true(best < LIMIT_MS);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(keys_are_shown_at_once) };

	return cmocka_run_group_tests(tests, build, program_clean_up);
}
