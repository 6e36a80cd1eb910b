/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An undo record: whatever the file holds, it is refused or it can be shown, and applying it to a device of zeroes ends. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "arborist/io/block.h"
#include "arborist/plan/commit.h"
#include "fuzz.h"

#define DEVICE_BYTES (1u << 20)

/* A path that opens the memory file @fd anew. */
static void path_of(int fd, char *path, size_t n)
{
	snprintf(path, n, "/proc/self/fd/%d", fd);
}

/* A record of three writes in three steps; the file lies in a folder of its own because it must not exist before. */
static size_t make_record(struct arb_random *r, uint8_t *buf)
{
	static uint8_t bytes[2][3][4096];
	char dir[] = "undo.XXXXXX", path[64], name[] = "zeroes";
	struct commit c = { .uuid = { 1, 2, 3 }, .device = { name }, .nr_steps = 3, .old_sb_seq = 5, .new_sb_seq = 6, .switch_step = 2 };
	size_t n = 0;
	FILE *f;

	if (!mkdtemp(dir))
		return 0;
	snprintf(path, sizeof(path), "%s/record", dir);
	for (unsigned i = 0; i < 3; i++) {
		struct commit_write *w = arb_array_push(&c.writes);

		FUZZ_CHECK(w);
		for (unsigned j = 0; j < 512; j++)
			bytes[1][i][j] = (uint8_t)arb_random_u64(r);
		*w = (struct commit_write){ .step = i, .offset = 8192u * i, .n = 4096, .before = bytes[0][i], .after = bytes[1][i], .what = "x" };
	}
	if (!undo_save(&c, path, NULL)) {
		f = fopen(path, "rb");
		n = f ? fread(buf, 1, FUZZ_BYTES_MAX, f) : 0;
		if (f)
			fclose(f);
	}
	unlink(path);
	rmdir(dir);
	arb_array_free(&c.writes);
	return n;
}

size_t fuzz_seed(struct arb_random *r, uint8_t *buf)
{
	static uint8_t record[FUZZ_BYTES_MAX];
	static size_t n;

	if (!n) {
		n = make_record(r, record);
		FUZZ_CHECK(n);
	}
	memcpy(buf, record, n);
	return n;
}

static void apply(struct undo *u)
{
	struct blk *by_member[SB_MEMBERS_MAX] = { NULL };

	FUZZ_CHECK(!blk_mem_new("zeroes", NULL, DEVICE_BYTES, &by_member[0], NULL));
	undo_apply(u, by_member, SB_MEMBERS_MAX, false, NULL, NULL, NULL);
	blk_close(by_member[0]);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	int fd = memfd_create("undo", MFD_CLOEXEC);
	char path[64];
	struct undo *u;
	const char *const *names;
	ARB_BUF(out);

	FUZZ_CHECK(fd >= 0 && write(fd, p, n) == (ssize_t)n);
	path_of(fd, path, sizeof(path));
	if (!undo_load(path, &u, NULL)) {
		undo_to_text(&out, u);
		undo_devices(u, &names);
		apply(u);
		undo_free(u);
	}
	close(fd);
	return 0;
}
