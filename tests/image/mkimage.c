/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * mkimage [OPTION=VALUE]... [damage=SPEC]... FILE...
 * Builds a filesystem over the files (made with size=BYTES when they do not exist), then damages it. With only damages
 * given the files are taken as they are. For golden cases and for trying things by hand. size=A,B,.. and bucket=A,B,.. are
 * those of the devices, the last one that of all others.
 */
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "arborist/image/image.h"

#define ROW(n, member) { n, offsetof(struct image_options, member), sizeof(((struct image_options *)0)->member) }
static const struct { const char *name; size_t offset, bytes; } rows[] = {
	ROW("block", block_bytes), ROW("node", node_bytes), ROW("journal", journal_buckets),
	ROW("csum", csum_opt), ROW("unclean", unclean), ROW("seed", seed), ROW("time", time_ns), ROW("dirs", nr_dirs),
	ROW("files", nr_files), ROW("filesize", file_bytes_max), ROW("keys", keys_per_leaf), ROW("fanout", fanout),
	ROW("depth", min_depth), ROW("replicas", replicas), ROW("bsets", bsets), ROW("shared", nr_shared), ROW("xattrs", nr_xattrs),
	ROW("compressed", nr_compressed), ROW("symlinks", nr_symlinks), ROW("gens", gens), ROW("blacklists", blacklists),
	ROW("links", nr_hard_links), ROW("snapshots", nr_snapshots), ROW("hostile", hostile_names), ROW("parity", parity), ROW("types", types),
};
enum { ROWS = sizeof(rows) / sizeof(rows[0]), FILES_MAX = 64, DAMAGES_MAX = 64 };

struct job {
	struct image_options o;
	uint64_t	size[FILES_MAX];	/* of those before the last of the list */
	unsigned	nr_sizes;
	const char	*file[FILES_MAX], *damage[DAMAGES_MAX];
	unsigned	nr_files, nr_damages;
	bool		build;
};

static uint64_t number(const char *s)
{
	char *end;
	uint64_t v = strtoull(s, &end, 0);

	return *end == 'K' ? v << 10 : *end == 'M' ? v << 20 : *end == 'G' ? v << 30 : v;
}

/* "A,B,C": of the first devices, and of all others. */
static unsigned list(const char *s, unsigned max, uint64_t *first, uint64_t *others)
{
	unsigned nr = 0;

	for (const char *comma; nr < max && (comma = strchr(s, ',')); s = comma + 1)
		first[nr++] = number(s);
	*others = number(s);
	return nr;
}

static bool set_list(struct job *j, const char *arg)
{
	uint64_t bytes[IMAGE_OWN_BUCKETS], others;
	unsigned nr;

	if (!strncmp(arg, "size=", 5)) {
		j->nr_sizes = list(arg + 5, FILES_MAX, j->size, &j->o.bytes);
		return true;
	}
	if (strncmp(arg, "bucket=", 7))
		return false;
	nr = list(arg + 7, IMAGE_OWN_BUCKETS, bytes, &others);
	for (unsigned i = 0; i < nr; i++)
		j->o.bucket_bytes_of[i] = bytes[i];
	j->o.bucket_bytes = others;
	return true;
}

static bool set_option(struct job *j, const char *arg)
{
	const char *eq = strchr(arg, '=');

	if (!eq)
		return false;
	if (set_list(j, arg))
		return j->build = true;
	if (!strncmp(arg, "damage=", 7) && j->nr_damages < DAMAGES_MAX) {
		j->damage[j->nr_damages++] = eq + 1;
		return true;
	}
	for (unsigned i = 0; i < ROWS; i++) {
		char *to = (char *)&j->o + rows[i].offset;

		if (strncmp(arg, rows[i].name, eq - arg) || rows[i].name[eq - arg])
			continue;
		if (rows[i].bytes == 8)
			*(uint64_t *)(void *)to = number(eq + 1);
		else if (rows[i].bytes == 4)
			*(unsigned *)(void *)to = number(eq + 1);
		else
			*(bool *)to = number(eq + 1);
		j->build |= strcmp(rows[i].name, "seed") != 0;
		return true;
	}
	return false;
}

static int make_file(const struct job *j, unsigned i)
{
	const char *path = j->file[i];
	uint64_t bytes = i < j->nr_sizes ? j->size[i] : j->o.bytes;
	struct stat st;
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666), bad;

	if (fd < 0 || fstat(fd, &st))
		return -1;
	bad = j->build && S_ISREG(st.st_mode) && (ftruncate(fd, 0) || ftruncate(fd, bytes ? bytes : 64 << 20));
	close(fd);
	return bad ? -1 : 0;
}

static int fail(const struct arb_error *err)
{
	fprintf(stderr, "mkimage: %s\n", err->text);
	return 1;
}

int main(int argc, char **argv)
{
	struct job j = { .o = { .csum_opt = 1 } };
	struct blk *blk[FILES_MAX] = { NULL };
	struct arb_error err = { 0 };
	enum arb_code c = ARB_OK;
	ARB_BUF(done);

	for (int i = 1; i < argc; i++) {
		if (set_option(&j, argv[i]))
			continue;
		if (strchr(argv[i], '=') || j.nr_files == FILES_MAX) {
			fprintf(stderr, "mkimage: what is %s?\n", argv[i]);
			return 2;
		}
		j.file[j.nr_files++] = argv[i];
	}
	if (!j.nr_files) {
		fprintf(stderr, "usage: mkimage [OPTION=VALUE]... [damage=SPEC]... FILE...\n");
		for (size_t i = 0; i < image_damages_nr; i++)
			fprintf(stderr, "  damage='%s %s'  %s\n", image_damages[i].name, image_damages[i].args, image_damages[i].what);
		return 2;
	}
	for (unsigned i = 0; !c && i < j.nr_files; i++) {
		if (make_file(&j, i)) {
			fprintf(stderr, "mkimage: %s: %s\n", j.file[i], arb_errno_text(errno));
			return 1;
		}
		c = blk_file_open(j.file[i], &blk[i], &err);
	}
	if (!c && j.build)
		c = image_build_set(&j.o, blk, j.nr_files, &err);
	for (unsigned i = 0; !c && i < j.nr_damages; i++)
		c = image_damage(blk, j.nr_files, j.damage[i], j.o.seed, &done, &err);
	for (unsigned i = 0; i < j.nr_files; i++)
		blk_close(blk[i]);
	fputs(arb_buf_str(&done), stdout);
	return c ? fail(&err) : 0;
}
