/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Decoded btree nodes (format-btree.md 7 to 9). A struct node is immutable once it is returned; several threads may read
 * it. Keys are merged over all bsets, deleted ones left out, those outside a RANGE_UPDATED range dropped and counted.
 */
#ifndef ARBORIST_BTREE_NODE_H
#define ARBORIST_BTREE_NODE_H

#include "arborist/base/array.h"
#include "arborist/format/extent.h"
#include "arborist/format/geometry.h"
#include "arborist/format/key_type.h"
#include "arborist/format/node.h"
#include "arborist/io/devset.h"

struct node_bset {
	uint32_t	offset, bytes;	/* of bset header's object in the node, rounded length */
	uint32_t	keys_offset;	/* first key */
	struct bset_header h;
	uint32_t	nr_keys;
	bool		csum_ok, blacklisted, used;
};

struct node_key {
	struct bkey	k;
	uint32_t	v;		/* offset of the value in raw */
	uint16_t	bset;
};

/* What a leaf's keys are, counted when they were checked: of a node with several bsets those too that newer ones hide. */
struct node_content {
	uint64_t	types;		/* bit per key type; bit 63: those that are not in the table */
	uint64_t	version_max;	/* of ver.lo */
	uint64_t	nr_inodes;
	bool		hides;		/* several bsets: the counts are upper bounds */
};

/*
 * What a leaf does not tell because some of its keys could not be read: stretches of positions where its first bset, which had all there
 * was when the node was made, cannot be relied on, or where the newest value is bad. In order, disjoint, inside the node's range.
 */
struct bpos_range { struct bpos start, end; };		/* both included */
struct node_lost {
	ARB_ARRAY(struct bpos_range) range;
	bool		bytes;		/* not of values only that may not be, under a right checksum: those were written so */
	/*
	 * Where a later bset is lost, whole or in part: what the node says there may have been overtaken by keys that the journal had from
	 * .newer_seq on.
	 */
	ARB_ARRAY(struct bpos_range) newer;
	uint64_t	newer_seq;
	ARB_ARRAY(struct bpos) deleted;		/* in order: positions where a bset says for sure that there is nothing; none without a range */
};

struct node {
	unsigned	btree, level;
	struct btree_ptr ptr;		/* the pointer it was read through */
	struct node_header h;
	struct bpos	min, max;	/* range in force: the header's, or the pointer's with RANGE_UPDATED */
	uint32_t	sectors_read;	/* end of the last bset found */
	uint64_t	max_journal_seq;
	unsigned	replica;	/* index into ptr.ptr[] of the copy used */
	struct node_bset *bsets;
	unsigned	nr_bsets;
	struct node_key	*keys;
	size_t		nr_keys;
	size_t		keys_outside;	/* dropped because outside the range */
	struct node_lost lost;		/* not of one that was .only_checked */
	uint8_t		*raw;		/* node_sectors * 512 bytes or less: what was read, decrypted */
	size_t		raw_bytes;
	struct defects	defects;	/* of every replica tried */
	bool		needs_rewrite;	/* something was repaired while reading the copy used */
	bool		only_checked;	/* its keys were not kept: no .keys, no .raw; see enum node_want */
	struct node_content content;	/* if .only_checked */
};

static inline struct bkey_s node_key(const struct node *n, size_t i)
{
	return (struct bkey_s){ n->keys[i].k, n->raw + n->keys[i].v };
}
/* What it takes of memory, about. */
size_t node_bytes_in_memory(const struct node *n);
/* Index of the first key at or after @p; nr_keys when none. */
size_t node_lower_bound(const struct node *n, struct bpos p);

/*
 * What is wanted of a node. NODE_CHECKED: only whether it is in order. Every key is looked at as ever, and the defects are the
 * same; but a leaf comes without its keys (.only_checked), which costs a fraction of the time and nearly no memory. Nodes
 * above the leaves come whole.
 */
enum node_want { NODE_WHOLE, NODE_CHECKED };

/*
 * Reads one node without any cache: replicas in turn, every check of format-btree.md 8. @btree, @level: what the
 * parent says. Unreadable is not an error: *ret is NULL then and @defects (else untouched) says why; the return code tells
 * of memory only. A copy that only wants a retry (bad checksum, missing sectors) is used when no better one is left.
 * (An I/O error of a device makes that replica unreadable.)
 */
enum arb_code node_read(struct devset *devs, const struct fs_geometry *geo, unsigned btree, unsigned level,
			const struct btree_ptr *ptr, enum node_want want, struct node **ret, struct defects *defects, struct arb_error *err);
/* Bytes in memory, to be decoded as a node of @btree and @level read through @ptr, as its replica number @replica. */
struct node_bytes {
	const struct fs_geometry *geo;
	unsigned	btree, level;
	const struct btree_ptr *ptr;
	unsigned	replica;
	uint8_t		*raw;
	size_t		bytes;
};
/*
 * Keys of the result point into @b->raw, which (malloc'ed) belongs to the node then. What was found is in (*ret)->defects.
 * When the bytes cannot be used *ret is NULL, @defects gets the reasons, and @b->raw stays the caller's.
 */
enum arb_code node_decode(const struct node_bytes *b, struct node **ret, struct defects *defects, struct arb_error *err);
void node_free(struct node *n);

/* Header and per bset lines: "keys 211 bsets 3 csum ok ok BAD" ... for `node`, `bsets`. */
void node_to_text(struct arb_buf *out, const struct fs_geometry *geo, const struct node *n);

/*
 * The cache: nodes by (device, sector, seq, range, sectors_written) of the pointer, in a liburcu hash table. Memory stays
 * under the limit (bytes); eviction is oldest use first. Readers hold a reference, not a lock.
 */
struct node_cache;
struct node_ref;			/* what the cache remembers of one pointer: a node or why not */
enum arb_code node_cache_new(size_t limit_bytes, struct node_cache **ret, struct arb_error *err);
void node_cache_free(struct node_cache *c);
void node_cache_clear(struct node_cache *c);
size_t node_cache_bytes(const struct node_cache *c);
void node_cache_set_limit(struct node_cache *c, size_t bytes);	/* from any thread; nodes that are held stay beyond it */

/* Result of reading through the cache. Release with node_put(). */
struct node_got {
	const struct node *node;	/* NULL: unreadable */
	const struct defects *defects;	/* never NULL */
	struct node_ref	*ref;
};
void node_put(struct node_got *g);

#endif
