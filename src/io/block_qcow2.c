/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * qcow2 images, version 2 and 3, to be read: uncompressed or compressed with zstd, unencrypted, without a backing file. Metadata dumps
 * come in this form. What is not allocated reads as zeroes. (Facts: the qcow2 specification in QEMU's documentation.)
 */
#include "arborist/io/block.h"
#include <endian.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

enum {
	CLUSTER_BITS_MIN = 9, CLUSTER_BITS_MAX = 21, L1_MAX = 4 << 20, L2_BYTES_MAX = 64 << 20,
	LOOKS_MAX = 1 << 16,
	HEADER_BYTES_V2 = 72, HEADER_BYTES_V3 = 104, COMPRESSION_TYPE_AT = 104, COMPRESSION_ZSTD = 1,
};
#define INCOMPATIBLE_DIRTY	1u	/* reference counts may be wrong: of no interest to a reader */
#define INCOMPATIBLE_COMPRESSION 8u	/* another compression than zlib: its number stands in the header */
#define ENTRY_OFFSET		UINT64_C(0x00fffffffffffe00)
#define ENTRY_COMPRESSED	(UINT64_C(1) << 62)
#define ENTRY_ZERO		1u

struct blk_qcow2 {
	struct blk	b;
	struct blk	*under;
	unsigned	cluster_bits;
	uint32_t	l1_nr;
	uint64_t	*l1;		/* host order */
	pthread_mutex_t	lock;		/* of what follows */
	uint64_t	**l2;		/* one table per entry of l1, read when first needed; disk order */
	size_t		l2_bytes;	/* held; all are dropped when they become too many */
	bool		zstd;		/* compressed clusters can be read; immutable */
	uint64_t	unpacked_entry;	/* of the compressed cluster in .unpacked; 0: none */
	uint8_t		*unpacked;	/* one cluster */
};

static struct blk_qcow2 *self(struct blk *b) { return (struct blk_qcow2 *)b; }

static uint32_t be32_get(const uint8_t *p) { uint32_t v; memcpy(&v, p, 4); return be32toh(v); }
static uint64_t be64_get(const uint8_t *p) { uint64_t v; memcpy(&v, p, 8); return be64toh(v); }

static void l2_drop(struct blk_qcow2 *q)
{
	for (uint32_t i = 0; q->l2 && i < q->l1_nr; i++) {
		free(q->l2[i]);
		q->l2[i] = NULL;
	}
	q->l2_bytes = 0;
}

static enum arb_code l2_read(struct blk_qcow2 *q, uint32_t i, struct arb_error *err)
{
	size_t bytes = (size_t)1 << q->cluster_bits;
	uint64_t *table = malloc(bytes);
	enum arb_code c;

	if (q->l2_bytes + bytes > L2_BYTES_MAX)
		l2_drop(q);
	c = table ? ARB_OK : arb_fail(err, ARB_E_NOMEM, "no memory for a table of %s", q->b.name);

	c = c ? c : blk_read(q->under, q->l1[i] & ENTRY_OFFSET, table, bytes, err);
	if (c) {
		free(table);
		return c;
	}
	q->l2[i] = table;
	q->l2_bytes += bytes;
	return ARB_OK;
}

/* Entry of the cluster that holds @offset; 0 when none is allocated. */
static enum arb_code find_cluster(struct blk_qcow2 *q, uint64_t offset, uint64_t *ret, struct arb_error *err)
{
	uint64_t cluster = offset >> q->cluster_bits, per_table = UINT64_C(1) << (q->cluster_bits - 3);
	uint64_t i = cluster / per_table;
	enum arb_code c = ARB_OK;

	*ret = 0;
	if (i >= q->l1_nr || !(q->l1[i] & ENTRY_OFFSET))
		return ARB_OK;
	pthread_mutex_lock(&q->lock);
	if (!q->l2[i])
		c = l2_read(q, i, err);
	if (!c)
		*ret = be64toh(q->l2[i][cluster % per_table]);
	pthread_mutex_unlock(&q->lock);
	return c;
}

/* The cluster of a compressed entry into q->unpacked. Under lock. */
static enum arb_code unpack(struct blk_qcow2 *q, uint64_t entry, struct arb_error *err)
{
	unsigned x = 62 - (q->cluster_bits - 8);
	uint64_t at = entry & ((UINT64_C(1) << x) - 1), sectors = (entry & ~ENTRY_COMPRESSED) >> x;
	size_t cluster = (size_t)1 << q->cluster_bits, n = 512 * (size_t)(sectors + 1) - (at & 511), frame, got;
	uint8_t *packed;
	enum arb_code c = ARB_OK;

	if (q->unpacked_entry == entry)
		return ARB_OK;
	if (at > q->under->bytes || n > q->under->bytes - at)
		n = at > q->under->bytes ? 0 : q->under->bytes - at;
	packed = malloc(n + 1);
	if (!q->unpacked)
		q->unpacked = malloc(cluster);
	q->unpacked_entry = 0;
	if (!packed || !q->unpacked)
		c = arb_fail(err, ARB_E_NOMEM, "no memory to unpack %s", q->b.name);
	c = c ? c : blk_read(q->under, at, packed, n, err);
	if (!c) {
		frame = ZSTD_findFrameCompressedSize(packed, n);
		got = ZSTD_isError(frame) ? frame : ZSTD_decompress(q->unpacked, cluster, packed, frame);
		if (ZSTD_isError(got) || got != cluster)
			c = arb_fail(err, ARB_E_READ, "%s: the cluster at byte %" PRIu64 " of the file cannot be unpacked", q->b.name, at);
		else
			q->unpacked_entry = entry;
	}
	free(packed);
	return c;
}

static enum arb_code read_compressed(struct blk_qcow2 *q, uint64_t entry, uint64_t in, void *to, size_t n, struct arb_error *err)
{
	enum arb_code c;

	pthread_mutex_lock(&q->lock);
	c = unpack(q, entry, err);
	if (!c)
		memcpy(to, q->unpacked + in, n);
	pthread_mutex_unlock(&q->lock);
	return c;
}

static enum arb_code qcow2_read(struct blk *b, uint64_t offset, void *buf, size_t n, struct arb_error *err)
{
	struct blk_qcow2 *q = self(b);
	uint8_t *to = buf;
	enum arb_code c = ARB_OK;

	while (!c && n) {
		uint64_t in = offset & ((UINT64_C(1) << q->cluster_bits) - 1), entry;
		size_t part = (UINT64_C(1) << q->cluster_bits) - in;

		part = part < n ? part : n;
		c = find_cluster(q, offset, &entry, err);
		if (c)
			break;
		if (entry & ENTRY_COMPRESSED && !q->zstd)
			return arb_fail(err, ARB_E_READ, "%s: compressed at byte %" PRIu64 ", which cannot be read",
					b->name, offset);
		if (entry & ENTRY_COMPRESSED)
			c = read_compressed(q, entry, in, to, part, err);
		else if (!(entry & ENTRY_OFFSET) || entry & ENTRY_ZERO)
			memset(to, 0, part);
		else
			c = blk_read(q->under, (entry & ENTRY_OFFSET) + in, to, part, err);
		to += part;
		offset += part;
		n -= part;
	}
	return c;
}

/* Does the cluster at @offset read as zeroes? A table that cannot be read says no: reading the cluster will fail. */
static bool is_hole(struct blk_qcow2 *q, uint64_t offset)
{
	uint64_t entry;

	return !find_cluster(q, offset, &entry, NULL) && !(entry & ENTRY_COMPRESSED) && (!(entry & ENTRY_OFFSET) || entry & ENTRY_ZERO);
}

/* First cluster at or after @at that is, or is not, a hole; looks at LOOKS_MAX of them and says no more of what comes then. */
static uint64_t seek_cluster(struct blk_qcow2 *q, uint64_t at, bool hole)
{
	uint64_t cluster = UINT64_C(1) << q->cluster_bits, table = cluster << (q->cluster_bits - 3);

	for (unsigned looks = 0; looks < LOOKS_MAX && at < q->b.bytes && is_hole(q, at) != hole; looks++) {
		if (!hole && at / table >= q->l1_nr)
			return q->b.bytes;
		at += !hole && !(q->l1[at / table] & ENTRY_OFFSET) ? table - at % table : cluster;
	}
	return at < q->b.bytes ? at : q->b.bytes;
}

static bool qcow2_next_data(struct blk *b, uint64_t offset, uint64_t *ret_start, uint64_t *ret_end)
{
	struct blk_qcow2 *q = self(b);
	uint64_t at = seek_cluster(q, offset & ~((UINT64_C(1) << q->cluster_bits) - 1), false);

	if (at >= b->bytes)
		return false;
	*ret_start = at > offset ? at : offset;
	*ret_end = seek_cluster(q, at, true);
	if (*ret_end <= *ret_start)	/* not looked at for long enough: perhaps it is something */
		*ret_end = b->bytes - at > UINT64_C(1) << q->cluster_bits ? at + (UINT64_C(1) << q->cluster_bits) : b->bytes;
	return true;
}

static void qcow2_close(struct blk *b)
{
	struct blk_qcow2 *q = self(b);

	l2_drop(q);
	free(q->l2);
	free(q->l1);
	free(q->unpacked);
	blk_close(q->under);
	pthread_mutex_destroy(&q->lock);
	free(q);
}

static enum arb_code qcow2_drop_cache(struct blk *b, struct arb_error *err)
{
	return blk_drop_cache(self(b)->under, err);
}

static const struct blk_ops qcow2_ops = { .read = qcow2_read, .close = qcow2_close, .drop_cache = qcow2_drop_cache, .next_data = qcow2_next_data };

static enum arb_code check_header(struct blk_qcow2 *q, const uint8_t *h, struct arb_error *err)
{
	uint32_t version = be32_get(h + 4), bits = be32_get(h + 20);
	const char *name = q->under->name;

	if (version != 2 && version != 3)
		return arb_fail(err, ARB_E_CONTENT, "%s: qcow2 version %" PRIu32 " cannot be read (2 and 3 can)", name,
				version);
	if (be64_get(h + 8))
		return arb_fail(err, ARB_E_CONTENT, "%s: a qcow2 image with a backing file cannot be read", name);
	if (be32_get(h + 32))
		return arb_fail(err, ARB_E_CONTENT, "%s: an encrypted qcow2 image cannot be read", name);
	if (version == 3 && be64_get(h + 72) & ~(uint64_t)(INCOMPATIBLE_DIRTY | INCOMPATIBLE_COMPRESSION))
		return arb_fail(err, ARB_E_CONTENT, "%s: qcow2 features %" PRIx64 " cannot be read", name,
				be64_get(h + 72));
	if (bits < CLUSTER_BITS_MIN || bits > CLUSTER_BITS_MAX || be64_get(h + 24) > INT64_MAX)
		return arb_fail(err, ARB_E_CONTENT, "%s: the qcow2 header is damaged", name);
	q->zstd = version == 3 && be64_get(h + 72) & INCOMPATIBLE_COMPRESSION && h[COMPRESSION_TYPE_AT] == COMPRESSION_ZSTD;
	q->cluster_bits = bits;
	q->b.bytes = be64_get(h + 24);
	return ARB_OK;
}

static enum arb_code l1_read(struct blk_qcow2 *q, const uint8_t *h, struct arb_error *err)
{
	uint64_t per_entry = UINT64_C(1) << (2 * q->cluster_bits - 3), need = (q->b.bytes + per_entry - 1) / per_entry;
	uint32_t nr = be32_get(h + 36);
	enum arb_code c;

	if (nr > need)
		nr = need;		/* more would lie beyond the size */
	if (nr > L1_MAX)
		return arb_fail(err, ARB_E_CONTENT, "%s: the qcow2 image is too large", q->under->name);
	q->l1 = calloc(nr + 1, sizeof(*q->l1));
	q->l2 = calloc(nr + 1, sizeof(*q->l2));
	if (!q->l1 || !q->l2)
		return arb_fail(err, ARB_E_NOMEM, "no memory for the tables of %s", q->under->name);
	q->l1_nr = nr;
	c = blk_read(q->under, be64_get(h + 40), q->l1, 8 * (size_t)nr, err);
	for (uint32_t i = 0; i < nr; i++)
		q->l1[i] = be64toh(q->l1[i]);
	return c;
}

bool blk_is_qcow2(struct blk *b)
{
	uint8_t magic[4];

	return b->bytes > HEADER_BYTES_V3 + 8 && !blk_read(b, 0, magic, 4, NULL) && !memcmp(magic, "QFI\xfb", 4);
}

enum arb_code blk_qcow2_new(struct blk *under, struct blk **ret, struct arb_error *err)
{
	struct blk_qcow2 *q = calloc(1, sizeof(*q));
	uint8_t h[HEADER_BYTES_V3 + 8];
	enum arb_code c;

	*ret = NULL;
	if (!q || !(q->b.name = strdup(under->name))) {
		free(q);
		blk_close(under);
		return arb_fail(err, ARB_E_NOMEM, "no memory to open a qcow2 image");
	}
	q->b.ops = &qcow2_ops;
	q->under = under;
	pthread_mutex_init(&q->lock, NULL);
	c = blk_read(under, 0, h, sizeof(h), err);
	c = c ? c : check_header(q, h, err);
	c = c ? c : l1_read(q, h, err);
	if (c)
		blk_close(&q->b);
	else
		*ret = &q->b;
	return c;
}
