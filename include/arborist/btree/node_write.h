/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lays out the bytes of a new node (format-btree.md 16). Writing them is somebody else's business. */
#ifndef ARBORIST_BTREE_NODE_WRITE_H
#define ARBORIST_BTREE_NODE_WRITE_H

#include "arborist/btree/node.h"

struct node_spec {
	unsigned	btree, level;
	uint32_t	node_seq;	/* BTREE_NODE_SEQ */
	uint64_t	cookie;		/* keys.seq, random, not 0 */
	struct bpos	min, max;
	uint64_t	journal_seq;	/* of the first bset; 0 is fine */
	uint16_t	version;
	uint8_t		csum_type;
	bool		unpacked;	/* store keys in the current format instead of a packed one */
};
/* Bytes the keys would need in one bset, header included, not rounded. */
size_t node_encoded_bytes(const struct node_spec *s, const struct bkey_s *keys, size_t nr);
/*
 * First bset with all of @keys (sorted by position, none deleted). *ret has node_sectors * 512 bytes, zero after the bset;
 * *ret_sectors is what goes into sectors_written. ARB_E_NO_ROOM when they do not fit.
 */
enum arb_code node_encode(const struct fs_geometry *geo, const struct node_spec *s, const struct bkey_s *keys, size_t nr,
			  uint8_t **ret, unsigned *ret_sectors, struct arb_error *err);
/* Appends a further bset at *sectors (may hold deleted keys); updates *sectors. */
enum arb_code node_encode_append(const struct fs_geometry *geo, const struct node_spec *s, uint8_t *raw, unsigned *sectors,
				 uint64_t journal_seq, const struct bkey_s *keys, size_t nr, struct arb_error *err);

#endif
