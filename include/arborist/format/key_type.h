/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Key types: one row each with name, least value size, validate and text (format-keys.md 2.2 and 3).
 */
#ifndef ARBORIST_FORMAT_KEY_TYPE_H
#define ARBORIST_FORMAT_KEY_TYPE_H

#include "arborist/format/bkey.h"
#include "arborist/format/geometry.h"

enum bkey_type {
	KEY_deleted, KEY_whiteout, KEY_error, KEY_cookie, KEY_hash_whiteout, KEY_btree_ptr, KEY_extent,
	KEY_reservation, KEY_inode, KEY_inode_generation, KEY_dirent, KEY_xattr, KEY_alloc, KEY_quota,
	KEY_stripe, KEY_reflink_p, KEY_reflink_v, KEY_inline_data, KEY_btree_ptr_v2, KEY_indirect_inline_data,
	KEY_alloc_v2, KEY_subvolume, KEY_snapshot, KEY_inode_v2, KEY_alloc_v3, KEY_set, KEY_lru, KEY_alloc_v4,
	KEY_backpointer, KEY_inode_v3, KEY_bucket_gens, KEY_snapshot_tree, KEY_logged_op_truncate,
	KEY_logged_op_finsert, KEY_accounting,
	KEY_TYPE_NR,
};

/* How a text is wanted. */
enum key_text {
	KEY_TEXT_FULL		= 0,	/* all lines; lines after the first are indented by ctx.indent + 2 */
	KEY_TEXT_FIRST_LINE	= 1,	/* as in a key listing: only what stands on the first line */
	KEY_TEXT_NO_FS		= 2,	/* as if no filesystem were at hand: no durability, raw sectors */
	KEY_TEXT_NO_GENS	= 4,	/* bucket generations count as 0 (journal listings) */
	KEY_TEXT_RAW_NAMES	= 8,	/* names and xattr values as raw bytes (reference form); else through text_gate() */
};

struct key_text_ctx {
	const struct fs_geometry *geo;	/* may be NULL: the same as KEY_TEXT_NO_FS */
	unsigned	flags;
	unsigned	indent;
};

/* What is checked, and where the key was found. */
struct key_check_ctx {
	const struct fs_geometry *geo;
	unsigned	btree;
	unsigned	level;		/* of the node that holds the key */
	bool		check_range;	/* min and max below count (not for RANGE_UPDATED nodes) */
	struct bpos	min, max;
	bool		committing;	/* also what is enforced on writing only (82 at level 0, 268 ...) */
};

static inline bool bkey_type_is_inode(unsigned type) { return type == KEY_inode || type == KEY_inode_v2 || type == KEY_inode_v3; }
const char *bkey_type_name(unsigned type);		/* NULL when unknown */
const char *bkey_type_help(unsigned type);		/* one line for help; NULL when unknown */
bool bkey_type_parse(const char *s, unsigned *ret);
/*
 * 0 when the key is valid, else the fsck error id (format-btree.md 9, format-keys.md 2.3 and 3); *why (may be NULL)
 * then gets one line of explanation. The u64s of @k have been checked against the bytes at hand.
 */
unsigned bkey_invalid(const struct key_check_ctx *c, struct bkey_s k, struct arb_buf *why);
/* What is wrong with a key and has no fsck error id in 1.13: "arborist_..."; NULL: @err, as bkey_invalid() gave it, is such an id. */
const char *bkey_invalid_own(unsigned err);

/*
 * A quick answer for the many keys about which there is nothing to say: a key is plain when it is certain that bkey_invalid()
 * would give 0. Of one that is not it has to be asked. Range and order are the caller's. For keys at level 0.
 * @p, made once for a node, borrows @c.
 */
struct key_plain {
	const struct key_check_ctx *check;
	bool		usable;		/* false: no key is plain here */
	bool		extents;	/* keys have a size */
	bool		snapshot_zero, snapshot_other;	/* which are allowed */
};
void key_plain_init(struct key_plain *p, const struct key_check_ctx *c);
bool key_plain(const struct key_plain *p, const struct bkey *k, const uint8_t *v);

/* The same in parts. Snapshot and size: */
static inline bool key_plain_pos(const struct key_plain *p, const struct bkey *k)
{
	if (!(k->p.snapshot ? p->snapshot_other : p->snapshot_zero))
		return false;
	return !p->extents || k->type <= KEY_whiteout ? !k->size : k->size && k->size <= k->p.offset;
}
/* No key may stand here, nor behind. */
static inline bool key_plain_behind(struct bpos p) { return (p.inode & p.offset) == UINT64_MAX; }

/* What of that is to be asked of each key, where something is known about all of them. */
enum key_ask { KEY_ASK_NOTHING, KEY_ASK_SNAPSHOT /* is not 0 */, KEY_ASK_ALL };
/* Packed keys of one format and one type, for somebody who sees to what key_plain_behind() says. */
struct key_batch {
	const struct key_plain *plain;
	const struct unpack_plan *plan;	/* of the format */
	enum key_ask	ask;
	const uint8_t	*const *p;	/* UNPACK_REACH bytes behind each can be read */
	size_t		nr;
};
/* The first key of type @type from @from on that is not plain; @b->nr: there is none. */
size_t key_plain_all(unsigned type, const struct key_batch *b, size_t from);

/* "u64s N type NAME POS len SIZE ver VERSION: VALUE" (format-keys.md 1.4) */
void bkey_to_text(struct arb_buf *out, const struct key_text_ctx *c, struct bkey_s k);
void bkey_val_to_text(struct arb_buf *out, const struct key_text_ctx *c, struct bkey_s k);

#endif
