/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Writing a qcow2 image, version 3, its clusters compressed with zstd. Data first, then the tables, the header last: a file that was
 * cut off is none. (Facts: the qcow2 specification in QEMU's documentation.)
 */
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zstd.h>
#include "arborist/base/array.h"
#include "arborist/io/block.h"

enum { CLUSTER_BITS = 16, HEADER_BYTES = 112, PER_TABLE = QCOW2_CLUSTER / 8, COUNTS = QCOW2_CLUSTER / 2 };
#define COMPRESSED	(UINT64_C(1) << 62)
#define COPIED		(UINT64_C(1) << 63)
#define OFFSET_BITS	(62 - (CLUSTER_BITS - 8))

struct table { uint64_t index; uint64_t *entry; };	/* one L2 table, disk order */
struct qcow2_writer {
	int		fd;
	char		*path;
	uint64_t	bytes, at;	/* of the guest; where the next byte of the file goes */
	uint64_t	clusters;
	ARB_ARRAY(struct table) l2;	/* ascending */
	ARB_ARRAY(uint16_t) refs;	/* of each cluster of the file */
	uint8_t		packed[2 * QCOW2_CLUSTER];
};

static enum arb_code put(struct qcow2_writer *w, uint64_t at, const void *data, size_t n, struct arb_error *err)
{
	const uint8_t *p = data;

	while (n) {
		ssize_t done = pwrite(w->fd, p, n, (off_t)at);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return arb_fail_sys(err, ARB_E_WRITE, done ? errno : ENOSPC, "%s", w->path);
		p += done;
		at += done;
		n -= done;
	}
	return ARB_OK;
}

/* One more reference to every cluster of the file that [at, at + n) touches. */
static bool refer(struct qcow2_writer *w, uint64_t at, uint64_t n)
{
	for (uint64_t c = at >> CLUSTER_BITS; c <= (at + n - 1) >> CLUSTER_BITS; c++) {
		while (w->refs.nr <= c)
			if (!arb_array_push(&w->refs))
				return false;
		w->refs.v[c]++;
	}
	return true;
}

static void align(struct qcow2_writer *w)
{
	w->at = (w->at + QCOW2_CLUSTER - 1) & ~(uint64_t)(QCOW2_CLUSTER - 1);
}

enum arb_code qcow2_write_new(const char *path, uint64_t bytes, struct qcow2_writer **ret, struct arb_error *err)
{
	struct qcow2_writer *w = calloc(1, sizeof(*w));
	enum arb_code code;

	if (!w || !(w->path = strdup(path)) || !refer(w, 0, QCOW2_CLUSTER)) {
		if (w)
			free(w->path);
		free(w);
		return arb_fail(err, ARB_E_NOMEM, "out of memory");
	}
	w->bytes = bytes;
	w->at = QCOW2_CLUSTER;
	w->fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (w->fd < 0) {
		code = arb_fail_sys(err, ARB_E_OPEN, errno, "%s cannot be created", path);
		arb_array_free(&w->refs);
		free(w->path);
		free(w);
		return code;
	}
	*ret = w;
	return ARB_OK;
}

static uint64_t *entry_of(struct qcow2_writer *w, uint64_t cluster)
{
	struct table *t = w->l2.nr ? &w->l2.v[w->l2.nr - 1] : NULL;

	if (!t || t->index != cluster / PER_TABLE) {
		t = arb_array_push(&w->l2);
		if (!t)
			return NULL;
		t->index = cluster / PER_TABLE;
		t->entry = calloc(PER_TABLE, sizeof(*t->entry));
		if (!t->entry) {
			w->l2.nr--;
			return NULL;
		}
	}
	return &t->entry[cluster % PER_TABLE];
}

static bool all_zero(const uint8_t *p, size_t n)
{
	return !n || (!p[0] && !memcmp(p, p + 1, n - 1));
}

/* Compressed data may begin anywhere; its length is counted in sectors of 512, the one it begins in left out. */
static enum arb_code put_packed(struct qcow2_writer *w, size_t n, uint64_t *entry, struct arb_error *err)
{
	uint64_t sectors = ((w->at & 511) + n + 511) / 512, at = w->at;

	if (!refer(w, at & ~UINT64_C(511), 512 * sectors))
		return arb_fail(err, ARB_E_NOMEM, "out of memory");
	*entry = htobe64(COMPRESSED | (sectors - 1) << OFFSET_BITS | at);
	w->at += n;
	return put(w, at, w->packed, n, err);
}

enum arb_code qcow2_write_cluster(struct qcow2_writer *w, uint64_t cluster, const void *data, struct arb_error *err)
{
	uint64_t *entry;
	size_t n;

	if (all_zero(data, QCOW2_CLUSTER))
		return ARB_OK;
	entry = entry_of(w, cluster);
	if (!entry)
		return arb_fail(err, ARB_E_NOMEM, "out of memory");
	n = ZSTD_compress(w->packed, sizeof(w->packed), data, QCOW2_CLUSTER, 3);
	if (!ZSTD_isError(n) && n < QCOW2_CLUSTER)
		return put_packed(w, n, entry, err);
	align(w);
	if (!refer(w, w->at, QCOW2_CLUSTER))
		return arb_fail(err, ARB_E_NOMEM, "out of memory");
	*entry = htobe64(COPIED | w->at);
	w->at += QCOW2_CLUSTER;
	return put(w, w->at - QCOW2_CLUSTER, data, QCOW2_CLUSTER, err);
}

static enum arb_code put_tables(struct qcow2_writer *w, uint64_t *l1_at, uint32_t *l1_nr, struct arb_error *err)
{
	uint64_t per_l1 = (uint64_t)QCOW2_CLUSTER * PER_TABLE, nr = (w->bytes + per_l1 - 1) / per_l1;
	uint64_t *l1 = calloc(nr + 1, sizeof(*l1));
	enum arb_code code = l1 ? ARB_OK : arb_fail(err, ARB_E_NOMEM, "out of memory");

	align(w);
	for (size_t i = 0; i < w->l2.nr && !code; i++) {
		if (!refer(w, w->at, QCOW2_CLUSTER))
			code = arb_fail(err, ARB_E_NOMEM, "out of memory");
		code = code ? code : put(w, w->at, w->l2.v[i].entry, QCOW2_CLUSTER, err);
		if (!code && w->l2.v[i].index < nr)
			l1[w->l2.v[i].index] = htobe64(COPIED | w->at);
		w->at += QCOW2_CLUSTER;
	}
	*l1_at = w->at;
	*l1_nr = nr;
	if (!code && !refer(w, w->at, nr ? 8 * nr : 8))
		code = arb_fail(err, ARB_E_NOMEM, "out of memory");
	code = code ? code : put(w, w->at, l1, 8 * (size_t)(nr ? nr : 1), err);
	w->at += 8 * (nr ? nr : 1);
	align(w);
	free(l1);
	return code;
}

/* The counts count themselves: as many blocks as the file has clusters with them, and a table of one cluster or more. */
static enum arb_code put_counts(struct qcow2_writer *w, uint64_t *table_at, uint32_t *table_clusters, struct arb_error *err)
{
	uint64_t clusters = w->at >> CLUSTER_BITS, blocks = 0, tables = 1, before;
	enum arb_code code = ARB_OK;

	do {
		before = blocks + tables;
		blocks = (clusters + before + COUNTS - 1) / COUNTS;
		tables = (8 * blocks + QCOW2_CLUSTER - 1) / QCOW2_CLUSTER;
	} while (blocks + tables != before);
	if (!refer(w, w->at, (blocks + tables) * QCOW2_CLUSTER))
		return arb_fail(err, ARB_E_NOMEM, "out of memory");
	*table_at = w->at;
	*table_clusters = tables;
	for (uint64_t b = 0; b < blocks && !code; b++) {
		uint64_t block_at = w->at + (tables + b) * QCOW2_CLUSTER, be = htobe64(block_at);
		uint16_t counts[COUNTS] = { 0 };

		for (uint64_t i = 0; i < COUNTS && b * COUNTS + i < w->refs.nr; i++)
			counts[i] = htobe16(w->refs.v[b * COUNTS + i]);
		code = put(w, w->at + 8 * b, &be, 8, err);
		code = code ? code : put(w, block_at, counts, sizeof(counts), err);
	}
	w->at += (blocks + tables) * QCOW2_CLUSTER;
	return code;
}

static void be32_put(uint8_t *p, uint32_t v) { v = htobe32(v); memcpy(p, &v, 4); }
static void be64_put(uint8_t *p, uint64_t v) { v = htobe64(v); memcpy(p, &v, 8); }

static enum arb_code finish(struct qcow2_writer *w, struct arb_error *err)
{
	uint8_t h[HEADER_BYTES + 8] = { 'Q', 'F', 'I', 0xfb };		/* the end of the list of extensions behind it */
	uint64_t l1_at, table_at;
	uint32_t l1_nr, table_clusters;
	enum arb_code code = put_tables(w, &l1_at, &l1_nr, err);

	code = code ? code : put_counts(w, &table_at, &table_clusters, err);
	if (code)
		return code;
	be32_put(h + 4, 3);
	be32_put(h + 20, CLUSTER_BITS);
	be64_put(h + 24, w->bytes);
	be32_put(h + 36, l1_nr);
	be64_put(h + 40, l1_at);
	be64_put(h + 48, table_at);
	be32_put(h + 56, table_clusters);
	be64_put(h + 72, 8);		/* incompatible: the compression type counts */
	be32_put(h + 96, 4);		/* counts of 16 bits */
	be32_put(h + 100, HEADER_BYTES);
	h[104] = 1;			/* zstd */
	if (ftruncate(w->fd, (off_t)w->at))
		return arb_fail_sys(err, ARB_E_WRITE, errno, "%s", w->path);
	code = put(w, 0, h, sizeof(h), err);
	if (!code && fsync(w->fd))
		code = arb_fail_sys(err, ARB_E_SYNC, errno, "%s", w->path);
	return code;
}

enum arb_code qcow2_write_close(struct qcow2_writer *w, enum arb_code code, struct arb_error *err)
{
	if (!code)
		code = finish(w, err);
	if (close(w->fd) && !code)
		code = arb_fail_sys(err, ARB_E_WRITE, errno, "%s", w->path);
	if (code)
		unlink(w->path);
	for (size_t i = 0; i < w->l2.nr; i++)
		free(w->l2.v[i].entry);
	arb_array_free(&w->l2);
	arb_array_free(&w->refs);
	free(w->path);
	free(w);
	return code;
}
