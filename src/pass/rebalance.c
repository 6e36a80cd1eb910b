/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Which pointers of an extent are not yet where its rebalance entry wants them, or not yet compressed. Where depends on
 * targets: a device, or a disk group with everything below it.
 */
#include "rebalance.h"

#include "arborist/base/le.h"

#define TARGET_DEV	1	/* 1..256: device number plus one */
#define TARGET_GROUP	257	/* from here on: index of a disk group */
#define GROUP_BYTES	48
#define GROUP_FLAGS	32	/* offset of flags in an entry */

/* Option numbers of compression as the type that a crc entry then has. */
static const uint8_t opt_type[COMPRESSION_OPT_NR] = { COMPRESSION_none, COMPRESSION_lz4, COMPRESSION_gzip, COMPRESSION_zstd };

struct wish { unsigned compression, target; };

static bool find_wish(struct bkey_s k, struct wish *ret)
{
	struct extent_entry e;
	unsigned word = 0;

	while (extent_next_entry(&k, &word, &e))
		if (e.type == EXTENT_ENTRY_rebalance) {
			*ret = (struct wish){ e.first >> 40 & 0xff, e.first >> 48 };
			return true;
		}
	return false;
}

/* Group of a member, or of a group's parent: index, or -1. */
static int parent_group(const struct sb *sb, unsigned group)
{
	size_t n;
	const uint8_t *field = sb_field(sb, SB_FIELD_disk_groups, &n);
	uint64_t flags;

	if (!field || 8 + (group + 1) * (size_t)GROUP_BYTES > n)
		return -1;
	flags = le64_get(field + 8 + group * (size_t)GROUP_BYTES + GROUP_FLAGS);
	return flags & 1 ? -1 : (int)(flags >> 6 & 0x3ffff) - 1;
}

static bool in_target(const struct sb *sb, unsigned target, unsigned dev)
{
	struct sb_member m;
	int group;

	if (target < TARGET_GROUP)
		return target - TARGET_DEV == dev;
	if (!sb_member_get(sb, dev, &m))
		return false;
	group = (int)(m.flags >> 20 & 0xff) - 1;
	for (unsigned depth = 0; group >= 0 && depth < 64; depth++) {
		if ((unsigned)group == target - TARGET_GROUP)
			return true;
		group = parent_group(sb, group);
	}
	return false;
}

/* Is there a device in the target that takes user data now? A target without any live device counts as all of them. */
static bool accepts_data(const struct alloc_gc *g, unsigned target)
{
	const struct fs_geometry *geo = &g->v->geo;
	bool any = false, takes = false, all = false;

	for (unsigned i = 0; i < SB_MEMBERS_MAX; i++) {
		const struct member_geometry *m = geometry_member(geo, i);
		bool ready = m && m->online && !m->state && m->data_allowed >> DATA_user & 1;

		if (!m)
			continue;
		all |= ready;
		if (!in_target(g->v->devs->best, target, i))
			continue;
		any = true;
		takes |= ready;
	}
	return any ? takes : all;
}

static uint64_t to_compress(struct bkey_s k, unsigned opt)
{
	unsigned type = (opt & 15) < COMPRESSION_OPT_NR ? opt_type[opt & 15] : 0;
	struct extent_iter it = { 0 };
	struct extent_ptr p;
	uint64_t sum = 0;

	while (extent_next_ptr(k, &it, &p)) {
		if (p.crc.compression_type == COMPRESSION_incompressible || p.unwritten)
			return 0;
		if (!p.cached && p.crc.compression_type != type)
			sum += p.crc.compressed_size;
	}
	return sum;
}

static uint64_t to_move(const struct alloc_gc *g, struct bkey_s k, unsigned target)
{
	struct extent_iter it = { 0 };
	struct extent_ptr p;
	uint64_t sum = 0;

	if (!accepts_data(g, target))
		return 0;
	while (extent_next_ptr(k, &it, &p))
		if (!p.cached && !in_target(g->v->devs->best, target, p.dev))
			sum += p.crc.compressed_size;
	return sum;
}

void rebalance_mark(struct alloc_gc *g, struct bkey_s k)
{
	struct accounting_pos a = { .type = ACCT_rebalance_work };
	struct counter *memo = NULL;
	struct wish w;
	uint64_t sum;

	if (!find_wish(k, &w))
		return;
	sum = (w.compression ? to_compress(k, w.compression) : 0) + (w.target ? to_move(g, k, w.target) : 0);
	if (sum)
		counter_add(gc_counter(g, &memo, &a), COUNTED_NOW, sum, 0, 0);
}
