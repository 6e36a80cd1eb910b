/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Private to the reading of nodes: what the steps of decoding one node hand to each other. */
#ifndef ARBORIST_SRC_BTREE_NODE_DECODE_H
#define ARBORIST_SRC_BTREE_NODE_DECODE_H

#include "arborist/btree/node.h"
#include "arborist/format/unpack.h"

/* In node_key.bset while decoding: the value is invalid; hides older keys, then is dropped. */
#define KEY_VALUE_BAD	0x8000

struct key_run {		/* the keys of one bset, sorted, in decoder.keys */
	size_t		start, end;
};
struct key_array { struct node_key *v; size_t nr, cap; };	/* as ARB_ARRAY() */
struct decoder {
	const struct fs_geometry *geo;
	struct node	*n;
	const uint8_t	*raw;		/* the bytes of the replica */
	size_t		bytes, limit;	/* read; that may hold bsets */
	unsigned	dev;
	uint64_t	sector;
	struct key_check_ctx check;
	struct key_plain plain;
	struct unpack_plan plan;
	struct key_array keys;		/* scratch */
	ARB_ARRAY(struct key_run) runs;
	ARB_ARRAY(struct node_bset) bsets;
	bool		unreadable;	/* a defect of severity must retry, bad node or incompatible was found */
	bool		missing;	/* more bsets were written than there are */
	bool		oom;
};

/* Adds a defect at byte @offset of the node. @own is used when @err is 0. @err may be one of bkey_invalid(). */
__attribute__((format(printf, 6, 7)))
void decoder_defect(struct decoder *c, unsigned err, const char *own, enum defect_severity s, uint32_t offset, const char *fmt, ...);

/* Positions from @start to @end are lost in that bset (struct node_lost); what lies outside the node's range is left out. */
void decode_lost(struct decoder *c, unsigned bset, struct bpos start, struct bpos end);
/* The same of all that a key covers. */
void decode_lost_key(struct decoder *c, unsigned bset, const struct bkey *k);
/* The same of a newest key whose value is bad. */
void decode_lost_value(struct decoder *c, const struct node_key *k);

/* Headers and bsets, all but the keys. False when the node cannot be used. */
bool decode_bsets(struct decoder *c);
/* Bytes of @bytes that may hold bsets by the pointer. */
size_t decode_limit(const struct fs_geometry *geo, const struct btree_ptr *ptr, size_t bytes);

/* Moves all of @from to the end of @to. */
void defects_move(struct defects *to, struct defects *from);

/* The calling thread's array of keys, and back again; an empty one is fine too. */
void scratch_take(struct key_array *ret);
void scratch_give(struct key_array *keys);
/* The calling thread's buffer for the bytes of a node that is only checked, until the next call; NULL: no memory. */
uint8_t *scratch_bytes(size_t bytes);

/* Behind the bytes of a node that is only checked, that many can be read. */
#define NODE_SLACK	UNPACK_REACH
/*
 * node_decode() for a leaf when nobody wants the keys: *ret is NULL when there is anything to say about the node, which
 * node_decode() then has to say. @b->raw, with NODE_SLACK, stays the caller's.
 */
enum arb_code node_check(const struct node_bytes *b, struct node **ret, struct arb_error *err);
/* Makes of a whole node an .only_checked one. */
void node_drop_keys(struct node *n);

/* What the keys are read by; before decode_bset_keys() and keys_plain(). */
void decode_keys_init(struct decoder *c);
/*
 * Is every key of bset @i plain (format/key_type.h), in order and in the range? Then decode_bset_keys() has no defect to tell of
 * any; @sum, to which they are added, counts then only. UNPACK_REACH bytes behind the last key can be read.
 */
bool keys_plain(const struct decoder *c, unsigned i, struct node_content *sum);
void node_content_add(struct node_content *sum, const struct bkey *k);
/* Reads the keys of bset @i into a new run: structure, order and validity of each (format-btree.md 9). */
void decode_bset_keys(struct decoder *c, unsigned i);
/* Merges the runs into n->keys: later bsets win, deleted keys and those outside the range go. */
void decode_merge(struct decoder *c);

#endif
