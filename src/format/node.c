/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "arborist/base/le.h"
#include "arborist/format/node.h"

/* Bytes from the start of the header */
enum bset_at { BSET_SEQ = 0, BSET_JOURNAL_SEQ = 8, BSET_FLAGS = 16, BSET_VERSION = 20, BSET_U64S = 22 };
enum node_at { NODE_CSUM = 0, NODE_MAGIC = 16, NODE_FLAGS = 24, NODE_MIN = 32, NODE_MAX = 52, NODE_FORMAT = 80, NODE_BSET = 136 };

struct bset_header bset_header_get(const void *disk)
{
	const uint8_t *d = disk;
	uint32_t flags = le32_get(d + BSET_FLAGS);

	return (struct bset_header){
		.seq			= le64_get(d + BSET_SEQ),
		.journal_seq		= le64_get(d + BSET_JOURNAL_SEQ),
		.csum_type		= flags & 15,
		.big_endian		= flags >> 4 & 1,
		.separate_whiteouts	= flags >> 5 & 1,
		.offset			= (uint16_t)(flags >> 16),
		.version		= le16_get(d + BSET_VERSION),
		.u64s			= le16_get(d + BSET_U64S),
	};
}

void bset_header_put(void *disk, const struct bset_header *h)
{
	uint8_t *d = disk;

	le64_put(d + BSET_SEQ, h->seq);
	le64_put(d + BSET_JOURNAL_SEQ, h->journal_seq);
	le32_put(d + BSET_FLAGS, (h->csum_type & 15u) | (uint32_t)h->big_endian << 4 |
		 (uint32_t)h->separate_whiteouts << 5 | (uint32_t)h->offset << 16);
	le16_put(d + BSET_VERSION, h->version);
	le16_put(d + BSET_U64S, h->u64s);
}

/* flags: id low 4, level 4, new_extent_overwrite 1, id high 16, unused 7, seq 32 */
struct node_header node_header_get(const void *disk)
{
	const uint8_t *d = disk;
	uint64_t flags = le64_get(d + NODE_FLAGS);

	return (struct node_header){
		.csum			= csum_get(d + NODE_CSUM),
		.magic			= le64_get(d + NODE_MAGIC),
		.btree			= (uint32_t)((flags & 15) | (flags >> 9 & 0xffff) << 4),
		.level			= flags >> 4 & 15,
		.new_extent_overwrite	= flags >> 8 & 1,
		.node_seq		= (uint32_t)(flags >> 32),
		.min_key		= bpos_get(d + NODE_MIN),
		.max_key		= bpos_get(d + NODE_MAX),
		.format			= bkey_format_get(d + NODE_FORMAT),
		.bset			= bset_header_get(d + NODE_BSET),
	};
}

void node_header_put(void *disk, const struct node_header *h)
{
	uint8_t *d = disk;

	memset(d, 0, NODE_HEADER_BYTES);
	csum_put(d + NODE_CSUM, h->csum);
	le64_put(d + NODE_MAGIC, h->magic);
	le64_put(d + NODE_FLAGS, (h->btree & 15u) | (h->level & 15u) << 4 | (uint64_t)h->new_extent_overwrite << 8 |
		 (uint64_t)(h->btree >> 4 & 0xffff) << 9 | (uint64_t)h->node_seq << 32);
	bpos_put(d + NODE_MIN, h->min_key);
	bpos_put(d + NODE_MAX, h->max_key);
	bkey_format_put(d + NODE_FORMAT, &h->format);
	bset_header_put(d + NODE_BSET, &h->bset);
}
