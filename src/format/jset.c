/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Journal entries as bytes: reading their parts, and building new ones. What they mean is somebody else's business. */
#include <stdlib.h>
#include "arborist/base/le.h"
#include "arborist/format/checksum.h"
#include "arborist/format/jset.h"

enum {	/* offsets of struct jset */
	JSET_MAGIC = 16, JSET_SEQ = 24, JSET_VERSION = 32, JSET_FLAGS = 36, JSET_U64S = 40, JSET_LAST_SEQ = 48,
};
enum {	/* flags of struct jset */
	JSET_CSUM_MASK = 0xf, JSET_BIG_ENDIAN = 1 << 4, JSET_NO_FLUSH = 1 << 5,
};
enum {	/* offsets of struct jset_entry */
	ENTRY_U64S = 0, ENTRY_BTREE = 2, ENTRY_LEVEL = 3, ENTRY_TYPE = 4,
};
#define ENTRY_U64S_MAX UINT16_MAX

struct jset_header jset_header_get(const void *disk)
{
	const uint8_t *p = disk;
	uint32_t flags = le32_get(p + JSET_FLAGS);

	return (struct jset_header) {
		.magic = le64_get(p + JSET_MAGIC), .seq = le64_get(p + JSET_SEQ), .last_seq = le64_get(p + JSET_LAST_SEQ),
		.version = le32_get(p + JSET_VERSION), .u64s = le32_get(p + JSET_U64S),
		.csum_type = flags & JSET_CSUM_MASK, .big_endian = flags & JSET_BIG_ENDIAN, .no_flush = flags & JSET_NO_FLUSH,
		.unknown_flags = flags & ~(uint32_t)(JSET_CSUM_MASK | JSET_BIG_ENDIAN | JSET_NO_FLUSH),
	};
}

void jset_renumber(void *disk, size_t n, uint64_t seq)
{
	uint8_t *p = disk;

	le64_put(p + JSET_SEQ, seq);
	csum_put(p, csum_compute(jset_header_get(p).csum_type, p + 16, n - 16));
}

bool jset_entry_next(const uint8_t *entries, size_t n, size_t *cursor, struct jset_entry *ret, bool *bad)
{
	const uint8_t *p = entries + *cursor;
	size_t left = n - *cursor;

	*bad = false;
	if (!left)
		return false;
	*bad = left < JSET_ENTRY_HEADER_BYTES || left - JSET_ENTRY_HEADER_BYTES < 8 * (size_t)le16_get(p + ENTRY_U64S);
	if (*bad)
		return false;
	*ret = (struct jset_entry) {
		.type = p[ENTRY_TYPE], .btree = p[ENTRY_BTREE], .level = p[ENTRY_LEVEL],
		.payload = p + JSET_ENTRY_HEADER_BYTES, .bytes = 8 * (size_t)le16_get(p + ENTRY_U64S),
	};
	*cursor += JSET_ENTRY_HEADER_BYTES + ret->bytes;
	return true;
}

bool jset_key_next(const struct jset_entry *e, size_t *cursor, struct bkey_s *ret, bool *bad)
{
	const uint8_t *p = e->payload + *cursor;
	size_t left = e->bytes - *cursor;

	*bad = false;
	if (!left)
		return false;
	/* u64s, then format bits (1: current) below the whiteout bit */
	*bad = left < BKEY_BYTES || p[0] < BKEY_U64s || 8 * (size_t)p[0] > left || (p[1] & 0x7f) != 1;
	if (*bad)
		return false;
	ret->k = bkey_get(p);
	ret->v = p + BKEY_BYTES;
	*cursor += 8 * (size_t)p[0];
	return true;
}

/* --- building ------------------------------------------------------------------------------------------------------ */

static void add_header(struct jset_writer *w, unsigned type, unsigned btree, unsigned level, size_t bytes)
{
	uint8_t h[JSET_ENTRY_HEADER_BYTES] = { 0 };

	le16_put(h + ENTRY_U64S, bytes / 8);
	h[ENTRY_BTREE] = btree;
	h[ENTRY_LEVEL] = level;
	h[ENTRY_TYPE] = type;
	arb_buf_mem(&w->out, h, sizeof(h));
}

void jset_add_raw(struct jset_writer *w, unsigned type, unsigned btree, unsigned level, const void *payload, size_t n)
{
	static const uint8_t zeroes[8];
	size_t pad = -n & 7;

	if (n + pad > 8 * (size_t)ENTRY_U64S_MAX) {
		w->out.oom = true;
		return;
	}
	add_header(w, type, btree, level, n + pad);
	if (n)
		arb_buf_mem(&w->out, payload, n);
	arb_buf_mem(&w->out, zeroes, pad);
}

void jset_add_key(struct jset_writer *w, unsigned type, unsigned btree, unsigned level, struct bkey_s k)
{
	uint8_t key[8 * UINT8_MAX];

	jset_add_raw(w, type, btree, level, key, bkey_put(key, k));
}

static void put_header(uint8_t *p, const struct jset_header *h, size_t entry_bytes)
{
	memset(p, 0, JSET_HEADER_BYTES);
	le64_put(p + JSET_MAGIC, h->magic);
	le64_put(p + JSET_SEQ, h->seq);
	le32_put(p + JSET_VERSION, h->version);
	le32_put(p + JSET_FLAGS, h->csum_type | (h->no_flush ? JSET_NO_FLUSH : 0));
	le32_put(p + JSET_U64S, entry_bytes / 8);
	le64_put(p + JSET_LAST_SEQ, h->last_seq);
}

enum arb_code jset_encode(const struct jset_header *h, const void *entries, size_t n, size_t block_bytes,
			  uint8_t **ret, size_t *ret_bytes, struct arb_error *err)
{
	size_t bytes = JSET_HEADER_BYTES + n, padded = (bytes + block_bytes - 1) / block_bytes * block_bytes;
	uint8_t *p;

	if (!csum_type_known(h->csum_type) || csum_type_encrypts(h->csum_type))
		return arb_fail(err, ARB_E_REFUSED, "journal entries with checksum type %u cannot be written", h->csum_type);
	if (padded > JSET_BYTES_MAX)
		return arb_fail(err, ARB_E_NO_ROOM, "a journal entry of %zu bytes: at most %u are allowed", padded, JSET_BYTES_MAX);
	p = calloc(1, padded);
	if (!p)
		return arb_fail(err, ARB_E_NOMEM, "no memory for a journal entry of %zu bytes", padded);
	put_header(p, h, n);
	if (n)
		memcpy(p + JSET_HEADER_BYTES, entries, n);
	csum_put(p, csum_compute(h->csum_type, p + 16, bytes - 16));
	*ret = p;
	*ret_bytes = padded;
	return ARB_OK;
}
