/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <dirent.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

#include "real_image.h"
#include "../temp.h"

#define DEVS_MAX 8
#define BLOCK	4096

const char *real_images(void)
{
	const char *dir = getenv("ARBORIST_IMAGES");
	static char path[4096];
	struct stat st;

	if (!dir) {
		snprintf(path, sizeof(path), "%s/../../shared/images", getenv("srcdir") ? getenv("srcdir") : ".");
		dir = path;
	}
	return stat(dir, &st) ? NULL : dir;
}

static bool is_zero(const uint8_t *p, size_t n)
{
	return !p[0] && !memcmp(p, p + 1, n - 1);
}

/* Writes @n bytes at *at, leaving holes for blocks of zeroes. */
static bool write_sparse(int fd, const uint8_t *p, size_t n, uint64_t *at)
{
	for (size_t i = 0; i < n; i += BLOCK) {
		size_t part = n - i < BLOCK ? n - i : BLOCK;

		if (!is_zero(p + i, part) && pwrite(fd, p + i, part, *at + i) != (ssize_t)part)
			return false;
	}
	*at += n;
	return true;
}

static bool unpack(FILE *in, int fd)
{
	size_t in_size = ZSTD_DStreamInSize(), out_size = 1 << 20, got;
	uint8_t *ib = malloc(in_size), *ob = malloc(out_size);
	ZSTD_DCtx *z = ZSTD_createDCtx();
	bool ok = ib && ob && z;
	uint64_t at = 0;

	if (ok)
		ZSTD_DCtx_setParameter(z, ZSTD_d_windowLogMax, 30);
	while (ok && (got = fread(ib, 1, in_size, in))) {
		ZSTD_inBuffer i = { ib, got, 0 };

		while (ok && i.pos < i.size) {
			ZSTD_outBuffer o = { ob, out_size, 0 };

			ok = !ZSTD_isError(ZSTD_decompressStream(z, &o, &i)) && write_sparse(fd, ob, o.pos, &at);
		}
	}
	ZSTD_freeDCtx(z);
	free(ib);
	free(ob);
	return ok && !ftruncate(fd, at);
}

/* An unlinked temporary file's device, or NULL. */
static struct blk *open_one(const char *path)
{
	char name[TEMP_PATH];
	FILE *in = fopen(path, "rb");
	struct blk *b = NULL;
	int fd;

	if (!in)
		return NULL;
	fd = temp_file(name, "image");
	if (fd >= 0) {
		if (unpack(in, fd))
			blk_file_open(name, &b, NULL);
		unlink(name);
		close(fd);
	}
	fclose(in);
	return b;
}

struct devset *real_image_open(const char *name)
{
	struct blk *blks[DEVS_MAX];
	struct devset *d = NULL;
	char path[4500];
	unsigned nr = 0;

	snprintf(path, sizeof(path), "%s/%s.img.zst", real_images(), name);
	blks[0] = open_one(path);
	for (nr = blks[0] ? 1 : 0; !(nr == 1 && blks[0] && !access(path, R_OK)) && nr < DEVS_MAX; nr++) {
		char member[4600];

		snprintf(member, sizeof(member), "%s/%s.%u.img.zst", real_images(), name, nr);
		blks[nr] = open_one(member);
		if (!blks[nr])
			break;
	}
	if (nr)
		devset_open_blk(blks, nr, NULL, &d, NULL);
	return d;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

unsigned real_images_each(const char *suffix, void (*fn)(const char *name))
{
	DIR *dir = opendir(real_images());
	ARB_ARRAY(char *) names = { 0 };
	struct dirent *e;
	unsigned nr;

	while (dir && (e = readdir(dir))) {
		size_t n = strlen(e->d_name), s = strlen(suffix);
		char **to = n > s && !strcmp(e->d_name + n - s, suffix) ? arb_array_push(&names) : NULL;

		if (to)
			*to = strndup(e->d_name, n - s);
	}
	if (dir)
		closedir(dir);
	if (names.nr)
		qsort(names.v, names.nr, sizeof(*names.v), by_name);
	for (size_t i = 0; i < names.nr; i++) {
		fn(names.v[i]);
		free(names.v[i]);
	}
	nr = names.nr;
	arb_array_free(&names);
	return nr;
}
