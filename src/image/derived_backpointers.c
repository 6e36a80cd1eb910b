/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Backpointers: one per pointer, of nodes and of data. */
#include "builder.h"
#include "arborist/format/alloc.h"

static enum arb_code backpointer_add(struct builder *b, unsigned btree, unsigned level, unsigned type, struct bpos pos,
				     const struct extent_ptr *p, uint32_t sectors)
{
	const struct member_geometry *m = &b->geo.member[p->dev];
	uint64_t bucket = p->sector / m->bucket_size, offset = (p->sector % m->bucket_size << 10) + p->crc.offset;
	struct backpointer bp = { .btree = btree, .level = level, .data_type = type, .bucket_offset = offset,
				  .bucket_len = sectors, .pos = pos };
	struct bkey_buf buf;

	backpointer_put(&buf, backpointer_pos(m, p->dev, bucket, offset), &bp);
	return image_key_add(b, &b->btree[BTREE_backpointers].keys, bkey_buf_s(&buf));
}

static enum arb_code backpointers_of_nodes(struct builder *b, unsigned btree)
{
	const struct image_btree *t = &b->btree[btree];
	enum arb_code c = ARB_OK;

	for (unsigned level = 0; level < t->depth; level++)
		for (size_t i = 0; i < t->level[level].node.nr; i++) {
			const struct btree_ptr *p = &t->level[level].node.v[i].ptr;

			for (unsigned r = 0; !c && r < p->nr_ptrs; r++)
				c = backpointer_add(b, btree, level + 1, DATA_btree, p->max_key, &p->ptr[r],
						    b->geo.node_sectors);
		}
	return c;
}

static enum arb_code backpointers_of_keys(struct builder *b, unsigned btree)
{
	const struct image_keys *keys = &b->btree[btree].keys;
	enum arb_code c = ARB_OK;

	for (size_t i = 0; i < keys->list.nr; i++) {
		struct extent_iter it = { 0 };
		struct extent_ptr p;

		while (!c && extent_next_ptr(keys->list.v[i], &it, &p))
			c = p.cached ? ARB_OK : backpointer_add(b, btree, 0, p.has_ec ? DATA_stripe : DATA_user, keys->list.v[i].k.p, &p,
					    extent_disk_sectors(&p, keys->list.v[i].k.size));
	}
	return c;
}

enum arb_code image_derive_backpointers(struct builder *b)
{
	enum arb_code c = ARB_OK;

	for (unsigned id = 0; !c && id < BTREE_ID_NR; id++) {
		c = backpointers_of_nodes(b, id);
		if (!c && btree_info(id)->flags & BTREE_DATA)
			c = backpointers_of_keys(b, id);
	}
	return c;
}
