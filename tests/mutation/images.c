/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "arborist/format/checksum.h"
#include "images.h"

#define CHUNK (1u << 16)

void die(const char *what)
{
	fprintf(stderr, "mutate: %s\n", what);
	exit(99);
}

void images_open(struct images *i, char **paths, unsigned nr)
{
	struct stat st;

	if (nr > IMAGES_MAX)
		die("too many images");
	for (i->nr = 0; i->nr < nr; i->nr++) {
		unsigned n = i->nr;

		i->path[n] = paths[n];
		i->fd[n] = open(paths[n], O_RDWR | O_CLOEXEC);
		if (i->fd[n] < 0 || fstat(i->fd[n], &st))
			die("cannot open an image for writing");
		i->bytes[n] = st.st_size;
		i->first[n] = malloc(st.st_size);
		if (!i->first[n] || pread(i->fd[n], i->first[n], st.st_size, 0) != st.st_size)
			die("cannot read an image");
	}
}

void images_close(struct images *i)
{
	for (unsigned n = 0; n < i->nr; n++) {
		close(i->fd[n]);
		free(i->first[n]);
	}
}

/* The next chunk at or after @at that may hold something, or the end. Most of an image are holes. */
static off_t next_chunk(const struct images *i, unsigned n, off_t at)
{
	off_t data = lseek(i->fd[n], at, SEEK_DATA);

	return data < 0 ? i->bytes[n] : data / CHUNK * CHUNK > at ? data / CHUNK * CHUNK : at;
}

static size_t read_chunk(const struct images *i, unsigned n, off_t at, uint8_t *now)
{
	size_t len = i->bytes[n] - at < CHUNK ? i->bytes[n] - at : CHUNK;

	if (pread(i->fd[n], now, len, at) != (ssize_t)len)
		die("cannot read an image");
	return len;
}

/* Nothing that is tested makes holes, so what was data still is. */
void images_restore(struct images *i)
{
	static uint8_t now[CHUNK];

	for (unsigned n = 0; n < i->nr; n++)
		for (off_t at = next_chunk(i, n, 0); at < i->bytes[n]; at = next_chunk(i, n, at + CHUNK)) {
			size_t len = read_chunk(i, n, at, now);

			if (memcmp(now, i->first[n] + at, len) && pwrite(i->fd[n], i->first[n] + at, len, at) != (ssize_t)len)
				die("cannot write an image");
		}
}

/* Chunks of zeroes count as holes do. */
uint64_t images_sum(const struct images *i)
{
	static const uint8_t zeroes[CHUNK];
	static uint8_t now[CHUNK];
	uint64_t sum = 0;

	for (unsigned n = 0; n < i->nr; n++) {
		sum += (uint64_t)i->bytes[n];
		for (off_t at = next_chunk(i, n, 0); at < i->bytes[n]; at = next_chunk(i, n, at + CHUNK)) {
			size_t len = read_chunk(i, n, at, now);

			if (memcmp(now, zeroes, len))
				sum = sum * 0x9e3779b97f4a7c15 + (csum_compute(CSUM_xxhash, now, len).lo ^ (uint64_t)at);
		}
	}
	return sum;
}

void images_keep(const struct images *i, const char *folder, uint64_t round)
{
	char command[1024];

	for (unsigned n = 0; n < i->nr; n++) {
		snprintf(command, sizeof(command), "cp --sparse=always '%s' '%s/round-%llu.%u.img'", i->path[n], folder,
			 (unsigned long long)round, n);
		if (system(command))
			fprintf(stderr, "mutate: cannot keep %s\n", i->path[n]);
	}
}

struct images_times images_times(const struct images *i)
{
	struct images_times t;

	for (unsigned n = 0; n < i->nr; n++)
		if (fstat(i->fd[n], &t.st[n]))
			die("cannot stat an image");
	return t;
}

bool images_written_since(const struct images *i, const struct images_times *t)
{
	const struct images_times now = images_times(i);

	for (unsigned n = 0; n < i->nr; n++)
		if (now.st[n].st_size != t->st[n].st_size || now.st[n].st_mtim.tv_sec != t->st[n].st_mtim.tv_sec ||
		    now.st[n].st_mtim.tv_nsec != t->st[n].st_mtim.tv_nsec)
			return true;
	return false;
}
