/* SPDX-License-Identifier: GPL-3.0-or-later */
/* On-disk headers of btree nodes and bsets (format-btree.md 6). Decoding a whole node is btree/node.h. */
#ifndef ARBORIST_FORMAT_NODE_H
#define ARBORIST_FORMAT_NODE_H

#include "arborist/format/bkey.h"
#include "arborist/format/checksum.h"

#define NODE_HEADER_BYTES	160	/* first bset's header included */
#define NODE_ENTRY_BYTES	40	/* header of a later bset, its csum included */
#define BSET_HEADER_BYTES	24

struct bset_header {
	uint64_t	seq, journal_seq;
	uint8_t		csum_type;
	bool		big_endian, separate_whiteouts;
	uint16_t	offset;		/* sectors in the node */
	uint16_t	version, u64s;
};
struct node_header {
	struct csum	csum;
	uint64_t	magic;
	uint32_t	btree;		/* 20 bits on disk */
	uint8_t		level;
	bool		new_extent_overwrite;
	uint32_t	node_seq;	/* BTREE_NODE_SEQ: generation, larger is newer */
	struct bpos	min_key, max_key;
	struct bkey_format format;
	struct bset_header bset;
};
struct bset_header bset_header_get(const void *disk);		/* 24 bytes */
void bset_header_put(void *disk, const struct bset_header *h);
struct node_header node_header_get(const void *disk);		/* 160 bytes */
void node_header_put(void *disk, const struct node_header *h);	/* writes zeroes where the format has padding */

#endif
