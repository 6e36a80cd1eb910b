/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * sb_fields PROGRAM SCRATCH-FOLDER IMAGE
 * Every word of the superblock's fixed part, and of the header of each of its sections, set to telling values in all copies with
 * right checksums: the program must open the filesystem or refuse it with one line and status 8, and write nothing.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "arborist/base/le.h"
#include "arborist/format/superblock.h"
#include "child.h"
#include "objects.h"

#define TIMEOUT_SECONDS 60
#define COPIES_MAX 64
#define LAYOUT_USED (240 + 24 + 8 * 4)	/* of the layout only the first offsets */

struct test {
	const char	*program, *scratch, *path;
	int		fd;
	struct objects	objects;	/* superblocks only */
	uint8_t		*bytes[COPIES_MAX];
	unsigned	runs, refused, bad;
};

static void die(const char *what)
{
	fprintf(stderr, "sb_fields: %s\n", what);
	exit(99);
}

static void write_copies(struct test *t, size_t at, const uint8_t *word)
{
	for (size_t i = 0; i < t->objects.list.nr; i++) {
		const struct object *o = &t->objects.list.v[i];
		uint8_t *copy = malloc(o->bytes);

		if (!copy)
			die("out of memory");
		memcpy(copy, t->bytes[i], o->bytes);
		if (word && at + 8 <= o->bytes) {
			memcpy(copy + at, word, 8);
			object_fix(o, copy);
		}
		if (pwrite(t->fd, copy, o->bytes, o->offset) != (ssize_t)o->bytes)
			die("cannot write the image");
		free(copy);
	}
}

static struct child run(struct test *t)
{
	struct child c = { 0 };
	char err_path[512];

	child_arg(&c, t->program);
	child_arg(&c, "-n");
	child_arg(&c, t->path);
	snprintf(err_path, sizeof(err_path), "%s/stderr", t->scratch);
	if (!child_run(&c, err_path, TIMEOUT_SECONDS))
		die("cannot run the program");
	return c;
}

static void try_word(struct test *t, size_t at, uint64_t v)
{
	struct stat before, after;
	uint8_t word[8];
	struct child c;
	const char *wrong;

	le64_put(word, v);
	write_copies(t, at, word);
	fstat(t->fd, &before);
	c = run(t);
	fstat(t->fd, &after);
	wrong = child_wrong(&c);
	if (!wrong && c.status == 8 && child_error_lines(&c) != 1)
		wrong = "not one line that says why";
	if (!wrong && (before.st_mtim.tv_nsec != after.st_mtim.tv_nsec || before.st_mtim.tv_sec != after.st_mtim.tv_sec))
		wrong = "wrote to the image";
	if (wrong)
		printf("superblock word at %zu = %016llx: %s (status %d, signal %d)\n%.1000s\n", at, (unsigned long long)v, wrong, c.status,
		       c.signal, c.errors);
	t->runs++;
	t->refused += c.status == 8;
	t->bad += wrong != NULL;
}

static void try_values(struct test *t, size_t at)
{
	uint64_t old = le64_get(t->bytes[0] + at);
	const uint64_t values[] = { 0, UINT64_MAX, old + 1, old + (1ULL << 32) };

	for (unsigned i = 0; i < sizeof(values) / sizeof(values[0]); i++)
		if (values[i] != old)
			try_word(t, at, values[i]);
}

static void try_all(struct test *t)
{
	const uint8_t *sb = t->bytes[0];
	size_t end = t->objects.list.v[0].bytes;

	for (size_t at = 16; at < LAYOUT_USED; at += 8)
		try_values(t, at);
	for (size_t at = SB_FIXED_BYTES; at + 8 <= end && le32_get(sb + at); at += 8 * (size_t)le32_get(sb + at)) {
		try_values(t, at);			/* u64s, type */
		if (le32_get(sb + at) > 1)
			try_values(t, at + 8);		/* the first word of the contents */
	}
}

static void read_copies(struct test *t)
{
	struct arb_error err;
	size_t nr = 0;

	if (objects_find(&t->path, 1, &t->objects, &err))
		die(err.text);
	for (size_t i = 0; i < t->objects.list.nr; i++)
		if (t->objects.list.v[i].kind == OBJECT_SB && nr < COPIES_MAX)
			t->objects.list.v[nr++] = t->objects.list.v[i];
	t->objects.list.nr = nr;
	for (size_t i = 0; i < nr; i++) {
		const struct object *o = &t->objects.list.v[i];

		t->bytes[i] = malloc(o->bytes);
		if (!t->bytes[i] || pread(t->fd, t->bytes[i], o->bytes, o->offset) != (ssize_t)o->bytes)
			die("cannot read the image");
	}
	if (!nr)
		die("no superblock found");
}

int main(int argc, char **argv)
{
	struct test t = { 0 };

	if (argc != 4) {
		fprintf(stderr, "usage: sb_fields PROGRAM SCRATCH-FOLDER IMAGE\n");
		return 16;
	}
	t.program = argv[1];
	t.scratch = argv[2];
	t.path = argv[3];
	t.fd = open(t.path, O_RDWR);
	if (t.fd < 0)
		die("cannot open the image");
	read_copies(&t);
	try_all(&t);
	write_copies(&t, 0, NULL);
	printf("%u changed superblocks, %u refused, %u wrong\n", t.runs, t.refused, t.bad);
	for (size_t i = 0; i < t.objects.list.nr; i++)
		free(t.bytes[i]);
	arb_array_free(&t.objects.list);
	return t.bad || !t.refused ? 1 : 0;
}
