/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Snapshots, snapshot trees and subvolumes; older values are shorter, what they lack reads as 0. */
#include <inttypes.h>
#include <string.h>
#include "arborist/base/le.h"
#include "arborist/format/snapshot.h"
#include "key_row.h"

#define SNAPSHOT_BYTES	56
#define SUBVOLUME_BYTES	40

/* The value, followed by zeroes up to @n bytes. False when @k is of another type or shorter than @min. */
static bool value_get(const struct bkey_s *k, unsigned type, size_t min, uint8_t *v, size_t n)
{
	size_t have = k->k.u64s >= BKEY_U64s ? bkey_val_bytes(&k->k) : 0;

	memset(v, 0, n);
	if (k->k.type != type || have < min)
		return false;
	memcpy(v, k->v, have < n ? have : n);
	return true;
}

bool snapshot_get(struct bkey_s k, struct snapshot_key *ret)
{
	uint8_t v[SNAPSHOT_BYTES];
	uint32_t flags;

	*ret = (struct snapshot_key) { 0 };
	if (!value_get(&k, KEY_snapshot, 24, v, sizeof(v)))
		return false;
	flags = le32_get(v);
	*ret = (struct snapshot_key) {
		.deleted	= flags & 1,
		.is_subvol	= flags >> 1 & 1,
		.has_depth	= bkey_val_bytes(&k.k) > 24,
		.parent		= le32_get(v + 4),
		.children	= { le32_get(v + 8), le32_get(v + 12) },
		.subvol		= le32_get(v + 16),
		.tree		= le32_get(v + 20),
		.depth		= le32_get(v + 24),
		.skip		= { le32_get(v + 28), le32_get(v + 32), le32_get(v + 36) },
		.btime		= { le64_get(v + 40), le64_get(v + 48) },
	};
	return true;
}

void snapshot_put(struct bkey_buf *out, uint32_t id, const struct snapshot_key *s)
{
	const uint32_t words[] = {
		(uint32_t)s->deleted | (uint32_t)s->is_subvol << 1, s->parent, s->children[0], s->children[1], s->subvol,
		s->tree, s->depth, s->skip[0], s->skip[1], s->skip[2],
	};

	for (unsigned i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		le32_put(out->v + 4 * i, words[i]);
	le64_put(out->v + 40, s->btime[0]);
	le64_put(out->v + 48, s->btime[1]);
	out->k = (struct bkey) { .p = BPOS(0, id, 0), .type = KEY_snapshot, .u64s = BKEY_U64s + SNAPSHOT_BYTES / 8 };
}

/* Ids are at 0:1 .. 0:@max. */
static bool id_pos_ok(struct bpos p, uint64_t max)
{
	return !p.inode && p.offset && p.offset <= max;
}

static unsigned check_family(const struct snapshot_key *s, uint64_t id, struct arb_buf *why)
{
	if (s->parent && s->parent <= id)
		return key_bad(why, KEY_ERR_snapshot_parent_bad, "parent %u is not larger than the snapshot", s->parent);
	if (s->children[0] < s->children[1])
		return key_bad(why, KEY_ERR_snapshot_children_not_normalized, "children %u %u in the wrong order",
			       s->children[0], s->children[1]);
	if (s->children[0] && s->children[0] == s->children[1])
		return key_bad(why, KEY_ERR_snapshot_child_duplicate, "the same child twice, %u", s->children[0]);
	for (unsigned i = 0; i < 2; i++)
		if (s->children[i] >= id)
			return key_bad(why, KEY_ERR_snapshot_child_bad, "child %u is not smaller than the snapshot",
				       s->children[i]);
	return 0;
}

static unsigned check_skiplist(const struct snapshot_key *s, struct arb_buf *why)
{
	if (s->skip[0] > s->skip[1] || s->skip[1] > s->skip[2])
		return key_bad(why, KEY_ERR_snapshot_skiplist_not_normalized, "skiplist does not ascend");
	for (unsigned i = 0; i < 3; i++)
		if (s->skip[i] && s->skip[i] < s->parent)
			return key_bad(why, KEY_ERR_snapshot_skiplist_bad, "skiplist entry %u is smaller than the parent %u",
				       s->skip[i], s->parent);
	return 0;
}

unsigned snapshot_invalid(const struct key_check_ctx *c, const struct bkey_s *k, struct arb_buf *why)
{
	struct snapshot_key s;
	unsigned err;

	(void)c;
	snapshot_get(*k, &s);
	if (!id_pos_ok(k->k.p, UINT32_MAX))
		return key_bad(why, KEY_ERR_snapshot_pos_bad, "not a position of a snapshot");
	err = check_family(&s, k->k.p.offset, why);
	return err ? err : check_skiplist(&s, why);
}

void snapshot_to_text(struct arb_buf *out, const struct key_text_ctx *c, const struct bkey_s *k)
{
	struct snapshot_key s;

	(void)c;
	snapshot_get(*k, &s);
	arb_buf_printf(out, "is_subvol %u deleted %u parent %10u children %10u %10u subvol %u tree %u", s.is_subvol,
		       s.deleted, s.parent, s.children[0], s.children[1], s.subvol, s.tree);
	if (s.has_depth)
		arb_buf_printf(out, " depth %u skiplist %u %u %u", s.depth, s.skip[0], s.skip[1], s.skip[2]);
}

bool subvolume_get(struct bkey_s k, struct subvolume_key *ret)
{
	uint8_t v[SUBVOLUME_BYTES];
	uint32_t flags;

	*ret = (struct subvolume_key) { 0 };
	if (!value_get(&k, KEY_subvolume, 16, v, sizeof(v)))
		return false;
	flags = le32_get(v);
	*ret = (struct subvolume_key) {
		.read_only	= flags & 1,
		.is_snapshot	= flags >> 1 & 1,
		.unlinked	= flags >> 2 & 1,
		.has_parents	= bkey_val_bytes(&k.k) > 16,
		.snapshot	= le32_get(v + 4),
		.inode		= le64_get(v + 8),
		.creation_parent = le32_get(v + 16),
		.fs_path_parent	= le32_get(v + 20),
		.otime		= { le64_get(v + 24), le64_get(v + 32) },
	};
	return true;
}

void subvolume_put(struct bkey_buf *out, uint32_t id, const struct subvolume_key *s)
{
	le32_put(out->v, (uint32_t)s->read_only | (uint32_t)s->is_snapshot << 1 | (uint32_t)s->unlinked << 2);
	le32_put(out->v + 4, s->snapshot);
	le64_put(out->v + 8, s->inode);
	le32_put(out->v + 16, s->creation_parent);
	le32_put(out->v + 20, s->fs_path_parent);
	le64_put(out->v + 24, s->otime[0]);
	le64_put(out->v + 32, s->otime[1]);
	out->k = (struct bkey) { .p = BPOS(0, id, 0), .type = KEY_subvolume, .u64s = BKEY_U64s + SUBVOLUME_BYTES / 8 };
}

unsigned subvolume_invalid(const struct key_check_ctx *c, const struct bkey_s *k, struct arb_buf *why)
{
	struct subvolume_key s;

	(void)c;
	subvolume_get(*k, &s);
	if (!id_pos_ok(k->k.p, INT32_MAX))
		return key_bad(why, KEY_ERR_subvol_pos_bad, "not a position of a subvolume");
	if (!s.snapshot)
		return key_bad(why, KEY_ERR_subvol_snapshot_bad, "snapshot is 0");
	if (!s.inode)
		return key_bad(why, KEY_ERR_subvol_inode_bad, "root inode is 0");
	return 0;
}

void subvolume_to_text(struct arb_buf *out, const struct key_text_ctx *c, const struct bkey_s *k)
{
	struct subvolume_key s;

	(void)c;
	subvolume_get(*k, &s);
	arb_buf_printf(out, "root %" PRIu64 " snapshot id %u", s.inode, s.snapshot);
	if (s.has_parents)
		arb_buf_printf(out, " creation_parent %u fs_parent %u", s.creation_parent, s.fs_path_parent);
}

bool snapshot_tree_get(struct bkey_s k, struct snapshot_tree_key *ret)
{
	uint8_t v[8];
	bool ok = value_get(&k, KEY_snapshot_tree, 8, v, sizeof(v));

	*ret = (struct snapshot_tree_key) { le32_get(v), le32_get(v + 4) };
	return ok;
}

void snapshot_tree_put(struct bkey_buf *out, uint32_t id, const struct snapshot_tree_key *t)
{
	le32_put(out->v, t->master_subvol);
	le32_put(out->v + 4, t->root_snapshot);
	out->k = (struct bkey) { .p = BPOS(0, id, 0), .type = KEY_snapshot_tree, .u64s = BKEY_U64s + 1 };
}

unsigned snapshot_tree_invalid(const struct key_check_ctx *c, const struct bkey_s *k, struct arb_buf *why)
{
	(void)c;
	return id_pos_ok(k->k.p, UINT32_MAX) ? 0 : key_bad(why, KEY_ERR_snapshot_tree_pos_bad, "not a position of a snapshot tree");
}

void snapshot_tree_to_text(struct arb_buf *out, const struct key_text_ctx *c, const struct bkey_s *k)
{
	struct snapshot_tree_key t;

	(void)c;
	snapshot_tree_get(*k, &t);
	arb_buf_printf(out, "subvol %u root snapshot %u", t.master_subvol, t.root_snapshot);
}
