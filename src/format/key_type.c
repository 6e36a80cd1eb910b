/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The table of key types, and what every key has in common: the generic rules and the one-line text.
 *
 * Types beyond the table belong to newer software: they are printed by number, their value is kept and
 * never looked into.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>
#include "arborist/base/i18n.h"
#include "arborist/base/text.h"
#include "arborist/format/btree_id.h"
#include "key_plain.h"
#include "key_row.h"

struct key_row {
	const char	*name;
	const char	*help;
	uint16_t	min_val;	/* bytes a value has at least */
	bool		val_empty;	/* there must be no value */
	bool		multi_line;	/* the text has nothing on the first line */
	key_check_fn	check;
	key_plain_fn	plain;		/* NULL beside a check: ask the check */
	key_plain_all_fn plain_all;
	key_text_fn	text;
};

#define PLAIN(name)	.plain = name##_plain, .plain_all = name##_plain_all

static const struct key_row rows[KEY_TYPE_NR] = {
	[KEY_deleted] = {
		.name = "deleted",
		.help = N_("removes the key at its position when sets are merged; never seen by a reader"),
	},
	[KEY_whiteout] = {
		.name = "whiteout",
		.help = N_("hides the key of an ancestor snapshot in this snapshot"),
	},
	[KEY_error] = {
		.name = "error", .val_empty = true,
		.help = N_("data known to be lost: reading the range gives an I/O error"),
	},
	[KEY_cookie] = {
		.name = "cookie", .min_val = 8, .text = cookie_to_text,
		.help = N_("a number; in rebalance_work it asks for a scan of an inode or of everything"),
	},
	[KEY_hash_whiteout] = {
		.name = "hash_whiteout", .val_empty = true,
		.help = N_("keeps a chain of hashed names together where one was deleted"),
	},
	[KEY_btree_ptr] = {
		.name = "btree_ptr", .check = btree_ptr_invalid, .text = btree_ptr_to_text,
		.help = N_("pointer to a btree node, old form: where it is, but not which node it must be"),
	},
	[KEY_extent] = {
		.name = "extent", .check = extent_invalid, PLAIN(extent), .text = extent_to_text,
		.help = N_("file data on disk: pointers to every copy, each after its checksum and compression"),
	},
	[KEY_reservation] = {
		.name = "reservation", .min_val = 8, .check = reservation_invalid, .text = reservation_to_text,
		.help = N_("space promised to a file range by fallocate, without data"),
	},
	[KEY_inode] = {
		.name = "inode", .min_val = 16, .multi_line = true, .check = inode_invalid, .text = inode_to_text,
		.help = N_("an inode in its first form"),
	},
	[KEY_inode_generation] = {
		.name = "inode_generation", .min_val = 8,
		.check = inode_generation_invalid, .text = inode_generation_to_text,
		.help = N_("remembers the generation of a deleted inode number"),
	},
	[KEY_dirent] = {
		.name = "dirent", .min_val = 16, .check = dirent_invalid, PLAIN(dirent), .text = dirent_to_text,
		.help = N_("a name in a directory, at the hash of the name"),
	},
	[KEY_xattr] = {
		.name = "xattr", .min_val = 8, .check = xattr_invalid, PLAIN(xattr), .text = xattr_to_text,
		.help = N_("an extended attribute of an inode, at the hash of its name"),
	},
	[KEY_alloc] = {
		.name = "alloc", .min_val = 8, .multi_line = true, .check = alloc_v1_invalid, .text = alloc_v4_to_text,
		.help = N_("state of a bucket, first form"),
	},
	[KEY_quota] = {
		.name = "quota", .min_val = 32, .check = quota_invalid, .text = quota_to_text,
		.help = N_("limits of a user, group or project"),
	},
	[KEY_stripe] = {
		.name = "stripe", .min_val = 8, .check = stripe_invalid, .text = stripe_to_text,
		.help = N_("an erasure coded stripe: its data and parity blocks and their checksums"),
	},
	[KEY_reflink_p] = {
		.name = "reflink_p", .min_val = 16, .check = reflink_p_invalid, PLAIN(reflink_p), .text = reflink_p_to_text,
		.help = N_("a file range that refers to shared data in the reflink btree"),
	},
	[KEY_reflink_v] = {
		.name = "reflink_v", .min_val = 8, .check = reflink_v_invalid, PLAIN(reflink_v), .text = reflink_v_to_text,
		.help = N_("shared data: an extent with a reference count"),
	},
	[KEY_inline_data] = {
		.name = "inline_data", .text = inline_data_to_text,
		.help = N_("file data kept in the key itself"),
	},
	[KEY_btree_ptr_v2] = {
		.name = "btree_ptr_v2", .min_val = 40, .check = btree_ptr_v2_invalid, .text = btree_ptr_v2_to_text,
		.help = N_("pointer to a btree node: its range, the number the node must carry, and where its copies are"),
	},
	[KEY_indirect_inline_data] = {
		.name = "indirect_inline_data", .min_val = 8, .text = indirect_inline_data_to_text,
		.help = N_("shared data kept in the key itself, with a reference count"),
	},
	[KEY_alloc_v2] = {
		.name = "alloc_v2", .min_val = 8, .multi_line = true, .check = alloc_v2_invalid, .text = alloc_v4_to_text,
		.help = N_("state of a bucket, second form"),
	},
	[KEY_subvolume] = {
		.name = "subvolume", .min_val = 16, .check = subvolume_invalid, .text = subvolume_to_text,
		.help = N_("a subvolume: its snapshot and its root directory"),
	},
	[KEY_snapshot] = {
		.name = "snapshot", .min_val = 24, .check = snapshot_invalid, .text = snapshot_to_text,
		.help = N_("a node of a snapshot tree; children have smaller numbers than their parent"),
	},
	[KEY_inode_v2] = {
		.name = "inode_v2", .min_val = 32, .multi_line = true, .check = inode_v2_invalid, .text = inode_to_text,
		.help = N_("an inode in its second form"),
	},
	[KEY_alloc_v3] = {
		.name = "alloc_v3", .min_val = 16, .multi_line = true, .check = alloc_v3_invalid, .text = alloc_v4_to_text,
		.help = N_("state of a bucket, third form"),
	},
	[KEY_set] = {
		.name = "set", .val_empty = true,
		.help = N_("says by being there: a free bucket, an entry of a list"),
	},
	[KEY_lru] = {
		.name = "lru", .min_val = 8, .check = lru_invalid, PLAIN(lru), .text = lru_to_text,
		.help = N_("obsolete entry of the list of buckets by age"),
	},
	[KEY_alloc_v4] = {
		.name = "alloc_v4", .min_val = 48, .multi_line = true, .check = alloc_v4_invalid, PLAIN(alloc_v4), .text = alloc_v4_to_text,
		.help = N_("state of a bucket: what kind of data it holds, how much, and its generation"),
	},
	[KEY_backpointer] = {
		.name = "backpointer", .min_val = 32, .check = backpointer_invalid, PLAIN(backpointer), .text = backpointer_to_text,
		.help = N_("from a place in a bucket back to the key that points there"),
	},
	[KEY_inode_v3] = {
		.name = "inode_v3", .min_val = 48, .multi_line = true, .check = inode_v3_invalid, PLAIN(inode_v3), .text = inode_to_text,
		.help = N_("an inode: mode, size, times, links, options"),
	},
	[KEY_bucket_gens] = {
		.name = "bucket_gens", .check = bucket_gens_invalid, .text = bucket_gens_to_text,
		.help = N_("generations of 256 buckets, read at mount instead of all alloc keys"),
	},
	[KEY_snapshot_tree] = {
		.name = "snapshot_tree", .min_val = 8, .check = snapshot_tree_invalid, .text = snapshot_tree_to_text,
		.help = N_("a tree of snapshots: its root and its main subvolume"),
	},
	[KEY_logged_op_truncate] = {
		.name = "logged_op_truncate", .min_val = 24, .text = logged_op_truncate_to_text,
		.help = N_("a truncation under way, finished at the next mount"),
	},
	[KEY_logged_op_finsert] = {
		.name = "logged_op_finsert", .min_val = 24, .text = logged_op_finsert_to_text,
		.help = N_("an insert or collapse of a file range under way, finished at the next mount"),
	},
	[KEY_accounting] = {
		.name = "accounting", .min_val = 8, .check = accounting_invalid, PLAIN(accounting), .text = accounting_to_text,
		.help = N_("counters: what is counted stands in the position"),
	},
};

const char *bkey_type_name(unsigned type)
{
	return type < KEY_TYPE_NR ? rows[type].name : NULL;
}

const char *bkey_type_help(unsigned type)
{
	return type < KEY_TYPE_NR ? rows[type].help : NULL;
}

bool bkey_type_parse(const char *s, unsigned *ret)
{
	for (unsigned i = 0; i < KEY_TYPE_NR; i++)
		if (!strcmp(s, rows[i].name)) {
			*ret = i;
			return true;
		}
	return false;
}

unsigned key_bad(struct arb_buf *why, enum key_error err, const char *fmt, ...)
{
	va_list ap;

	if (why) {
		va_start(ap, fmt);
		arb_buf_vprintf(why, fmt, ap);
		va_end(ap);
	}
	return err;
}

static unsigned check_type(const struct key_check_ctx *c, const struct bkey *k, struct arb_buf *why)
{
	const uint64_t interior = 1ULL << KEY_deleted | 1ULL << KEY_btree_ptr | 1ULL << KEY_btree_ptr_v2;
	uint64_t allowed = c->level ? interior : btree_info(c->btree)->leaf_types | 1ULL << KEY_deleted;

	if (k->type >= KEY_TYPE_NR || allowed >> k->type & 1)
		return 0;
	return key_bad(why, KEY_ERR_bkey_invalid_type_for_btree, "%s does not belong into level %u of btree %s",
		       rows[k->type].name, c->level, btree_info(c->btree)->name);
}

static unsigned check_size(const struct bkey *k, bool extents, struct arb_buf *why)
{
	if (!extents || k->type == KEY_deleted || k->type == KEY_whiteout) {
		if (k->size)
			return key_bad(why, KEY_ERR_bkey_size_nonzero, "size is %u, must be 0", k->size);
	} else if (!k->size) {
		return key_bad(why, KEY_ERR_bkey_extent_size_zero, "an extent of size 0");
	} else if (k->size > k->p.offset) {
		return key_bad(why, KEY_ERR_bkey_extent_size_greater_than_offset,
			       "size %u is larger than the offset of its end", k->size);
	}
	return 0;
}

static unsigned check_leaf_pos(const struct bkey *k, unsigned flags, struct arb_buf *why)
{
	if (flags & BTREE_SNAPSHOTS) {
		if (!k->p.snapshot)
			return key_bad(why, KEY_ERR_bkey_snapshot_zero, "snapshot is 0");
	} else if (!(flags & BTREE_SNAPSHOT_FIELD) && k->p.snapshot) {
		return key_bad(why, KEY_ERR_bkey_snapshot_nonzero, "snapshot is %u, must be 0", k->p.snapshot);
	}
	if (k->p.inode == UINT64_MAX && k->p.offset == UINT64_MAX)
		return key_bad(why, KEY_ERR_bkey_at_pos_max, "a key at the largest position");
	return 0;
}

static unsigned check_range(const struct key_check_ctx *c, const struct bkey *k, struct arb_buf *why)
{
	bool before = bpos_lt(k->p, c->min);

	if (!before && bpos_le(k->p, c->max))
		return 0;
	if (why) {
		arb_buf_puts(why, before ? "before the start of its node, " : "after the end of its node, ");
		bpos_to_text(why, before ? c->min : c->max);
	}
	return before ? KEY_ERR_bkey_before_start_of_btree_node : KEY_ERR_bkey_after_end_of_btree_node;
}

static unsigned check_val(const struct key_check_ctx *c, const struct bkey_s *k, struct arb_buf *why)
{
	const struct key_row *row = &rows[k->k.type];
	size_t bytes = bkey_val_bytes(&k->k);

	if (bytes < row->min_val)
		return key_bad(why, KEY_ERR_bkey_val_size_too_small, "value of %zu bytes, at least %u are needed",
			       bytes, row->min_val);
	if (row->val_empty && bytes)
		return key_bad(why, KEY_ERR_bkey_val_size_nonzero, "value of %zu bytes, must be empty", bytes);
	return row->check ? row->check(c, k, why) : 0;
}

unsigned bkey_invalid(const struct key_check_ctx *c, struct bkey_s k, struct arb_buf *why)
{
	const struct btree_info *btree = btree_info(c->btree);
	unsigned err;

	if (k.k.u64s < BKEY_U64s)
		return key_bad(why, KEY_ERR_bkey_u64s_too_small, "%u words, at least %u are needed", k.k.u64s, BKEY_U64s);
	if (c->btree >= BTREE_ID_NR && !c->level)
		return c->check_range ? check_range(c, &k.k, why) : 0;
	if ((c->level || c->committing) && (err = check_type(c, &k.k, why)))
		return err;
	if ((err = check_size(&k.k, !c->level && btree->flags & BTREE_EXTENTS, why)))
		return err;
	if (!c->level && (err = check_leaf_pos(&k.k, btree->flags, why)))
		return err;
	if (c->check_range && (err = check_range(c, &k.k, why)))
		return err;
	return k.k.type < KEY_TYPE_NR ? check_val(c, &k, why) : 0;
}

const char *bkey_invalid_own(unsigned err)
{
	return err == KEY_ERR_arborist_accounting_wrong_size ? "arborist_accounting_wrong_size" : NULL;
}

void key_plain_init(struct key_plain *p, const struct key_check_ctx *c)
{
	unsigned flags = btree_info(c->btree)->flags;

	*p = (struct key_plain){
		.check = c, .usable = !c->level && !c->committing && c->btree < BTREE_ID_NR && c->geo, .extents = flags & BTREE_EXTENTS,
		.snapshot_zero = !(flags & BTREE_SNAPSHOTS), .snapshot_other = flags & (BTREE_SNAPSHOTS | BTREE_SNAPSHOT_FIELD),
	};
}

/* Where there is no check. */
KEY_IS_PLAIN(any)
{
	(void)c, (void)k, (void)v;
	return true;
}
static KEY_PLAIN_ALL(any)

size_t key_plain_all(unsigned type, const struct key_batch *b, size_t from)
{
	const struct key_row *row = type < KEY_TYPE_NR ? &rows[type] : NULL;
	struct key_words words;

	if (!row || (row->check && !row->plain))
		return from;
	words.min = (row->min_val + 7) / 8;
	words.more = (row->val_empty ? 0 : BKEY_VAL_U64s_MAX) - words.min;
	return row->plain ? row->plain_all(b, from, words) : any_plain_all(b, from, words);
}

bool key_plain(const struct key_plain *p, const struct bkey *k, const uint8_t *v)
{
	const struct key_row *row;

	if (!p->usable || k->type >= KEY_TYPE_NR || k->u64s < BKEY_U64s || !key_plain_pos(p, k) || key_plain_behind(k->p))
		return false;
	row = &rows[k->type];
	if (bkey_val_bytes(k) < row->min_val || (row->val_empty && k->u64s > BKEY_U64s))
		return false;
	return row->plain ? row->plain(p->check, k, v) : !row->check;
}

void key_text_name(struct arb_buf *out, const struct key_text_ctx *c, const void *name, size_t n)
{
	if (c->flags & KEY_TEXT_RAW_NAMES)
		arb_buf_mem(out, name, n);
	else
		text_gate(out, name, n, TEXT_UTF8);
}

void key_text_line(struct arb_buf *out, const struct key_text_ctx *c)
{
	arb_buf_putc(out, '\n');
	arb_buf_spaces(out, c->indent + 2);
}

void bkey_val_to_text(struct arb_buf *out, const struct key_text_ctx *c, struct bkey_s k)
{
	const struct key_row *row = k.k.type < KEY_TYPE_NR ? &rows[k.k.type] : NULL;

	if (!row || !row->text || k.k.u64s < BKEY_U64s)
		return;
	if (row->multi_line && c->flags & KEY_TEXT_FIRST_LINE)
		return;
	if (bkey_val_bytes(&k.k) < row->min_val)
		arb_buf_puts(out, "(value too short)");
	else
		row->text(out, c, &k);
}

void bkey_to_text(struct arb_buf *out, const struct key_text_ctx *c, struct bkey_s k)
{
	arb_buf_printf(out, "u64s %u type ", k.k.u64s);
	if (k.k.type < KEY_TYPE_NR)
		arb_buf_puts(out, rows[k.k.type].name);
	else
		arb_buf_printf(out, "%u", k.k.type);
	arb_buf_putc(out, ' ');
	bpos_to_text(out, k.k.p);
	arb_buf_printf(out, " len %u ver %" PRIu64, k.k.size, k.k.ver.lo);
	if (k.k.u64s > BKEY_U64s) {
		arb_buf_puts(out, ": ");
		bkey_val_to_text(out, c, k);
	}
}
