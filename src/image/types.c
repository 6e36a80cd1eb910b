/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Keys of the types that ordinary files do not have: what a kernel leaves behind when space is reserved, files are deleted in one of
 * several snapshots, data is cached or waits to be moved, an operation was cut off; quotas, special files.
 */
#include "builder.h"
#include <string.h>
#include <sys/stat.h>
#include "arborist/base/le.h"
#include "arborist/format/alloc.h"
#include "arborist/format/dirent.h"
#include "arborist/format/snapshot.h"

enum { PART_BLOCKS = 4, COMPRESSION_OPT_zstd = 3, SUBVOL = 1, FINSERT_FINISH = 2, READ_TIME = 1 };

static enum arb_code add(struct builder *b, unsigned btree, unsigned type, struct bpos p, uint32_t size, const void *v, size_t bytes)
{
	struct bkey_buf k = { .k = { .p = p, .size = size, .type = type, .u64s = BKEY_U64s + (bytes + 7) / 8 } };

	if (bytes)
		memcpy(k.v, v, bytes);
	return image_key_add(b, &b->btree[btree].keys, bkey_buf_s(&k));
}

static enum arb_code file_new(struct builder *b, unsigned mode, const char *name, size_t *ret)
{
	uint64_t offset;
	enum arb_code c;

	*ret = image_inode_new(b, mode);
	if (*ret == SIZE_MAX)
		return ARB_E_NOMEM;
	c = image_name_add(b, b->root, *ret, name, &offset);
	b->inodes.v[*ret].in.field[INODE_FIELD_dir] = b->inodes.v[b->root].inum;
	b->inodes.v[*ret].in.field[INODE_FIELD_dir_offset] = offset;
	return c;
}

/* ---- one file whose parts are of different kinds */

struct parts {
	struct builder	*b;
	uint64_t	inum;
	uint32_t	sectors;	/* of a part */
	uint64_t	end;		/* of the parts so far */
	enum arb_code	c;
};

static void part(struct parts *p, unsigned type, const uint64_t *words, unsigned nr)
{
	uint8_t v[64];

	for (unsigned i = 0; i < nr; i++)
		le64_put(v + 8 * i, words[i]);
	p->end += p->sectors;
	p->c = p->c ? p->c : add(p->b, BTREE_extents, type, BPOS(p->inum, p->end, p->b->snapshot), p->sectors, v, 8 * (size_t)nr);
}

/* Pointers to zeroes, which is what a device made for this holds; without a checksum. */
static unsigned places(struct parts *p, uint64_t *words)
{
	struct extent_ptr ptr[IMAGE_REPLICAS_MAX];
	unsigned nr = p->b->replicas;

	p->c = p->c ? p->c : image_space_alloc(p->b, DATA_user, nr, p->sectors, ptr);
	for (unsigned i = 0; !p->c && i < nr; i++)
		words[i] = extent_ptr_word(ptr[i].dev, ptr[i].sector, ptr[i].gen);
	return p->c ? 0 : nr;
}

static void reserved(struct parts *p)
{
	uint64_t word = (uint64_t)p->b->replicas << 32;

	part(p, KEY_reservation, &word, 1);
}

static void unwritten(struct parts *p)
{
	uint64_t words[IMAGE_REPLICAS_MAX];
	unsigned nr = places(p, words);

	for (unsigned i = 0; i < nr; i++)
		words[i] |= 1 << 3;
	part(p, KEY_extent, words, nr);
}

/* A copy in the cache, on a device that has none yet. */
static void cached(struct parts *p)
{
	uint64_t words[IMAGE_PTRS_MAX];
	unsigned nr = places(p, words), dev = p->b->next_dev;
	struct extent_ptr ptr;

	if (nr && nr < p->b->nr_devs) {
		for (unsigned i = 0; i < nr; i++)
			if (extent_ptr_decode(words[i]).dev == dev) {
				dev = (dev + 1) % p->b->nr_devs;
				i = -1U;
			}
		p->b->next_dev = dev;
		p->c = image_space_alloc(p->b, DATA_cached, 1, p->sectors, &ptr);
		words[nr++] = extent_ptr_word(ptr.dev, ptr.sector, ptr.gen) | 1 << 1;
	}
	part(p, KEY_extent, words, nr);
}

/* To be compressed in the background. */
static void rebalanced(struct parts *p)
{
	uint64_t words[IMAGE_REPLICAS_MAX + 1];
	unsigned nr = places(p, words);

	words[nr] = UINT64_C(1) << EXTENT_ENTRY_rebalance | (uint64_t)COMPRESSION_OPT_zstd << 40;
	part(p, KEY_extent, words, nr + 1);
	p->c = p->c ? p->c : add(p->b, BTREE_rebalance_work, KEY_set, BPOS(p->inum, p->end, p->b->snapshot), 0, NULL, 0);
	p->b->rebalance_sectors += (int64_t)nr * p->sectors;
}

static enum arb_code file_of_parts(struct builder *b, size_t *ret)
{
	struct parts p = { .b = b, .sectors = PART_BLOCKS * b->geo.block_sectors };

	p.c = file_new(b, S_IFREG | 0644, "parts", ret);
	if (p.c)
		return p.c;
	p.inum = b->inodes.v[*ret].inum;
	reserved(&p);
	unwritten(&p);
	cached(&p);
	rebalanced(&p);
	if (b->o->types > 1)
		part(&p, KEY_error, NULL, 0);
	b->inodes.v[*ret].in.size = p.end << 9;
	b->inodes.v[*ret].in.sectors = p.end;
	return p.c;
}

/* ---- what two files share, in the key itself */

static enum arb_code shared_inline(struct builder *b)
{
	static const char text[] = "so short that it is part of the key, and part of two files";
	uint64_t start = b->reflink_end, block = b->geo.block_sectors;
	uint8_t v[8 + sizeof(text)], to[16] = { 0 };
	enum arb_code c = ARB_OK;
	size_t file;

	le64_put(v, 2);
	memcpy(v + 8, text, sizeof(text));
	le64_put(to, start);
	b->reflink_end += block;
	c = add(b, BTREE_reflink, KEY_indirect_inline_data, BPOS(0, b->reflink_end, 0), block, v, sizeof(v));
	for (unsigned i = 0; !c && i < 2; i++) {
		c = file_new(b, S_IFREG | 0644, i ? "inline-b" : "inline-a", &file);
		if (c)
			break;
		b->inodes.v[file].in.size = sizeof(text) - 1;
		b->inodes.v[file].in.sectors = block;
		c = add(b, BTREE_extents, KEY_reflink_p, BPOS(b->inodes.v[file].inum, block, b->snapshot), block, to, sizeof(to));
	}
	return c;
}

/* ---- small things */

static enum arb_code special_files(struct builder *b)
{
	static const struct { const char *name; unsigned mode; } rows[] = {
		{ "fifo", S_IFIFO }, { "socket", S_IFSOCK }, { "chardev", S_IFCHR }, { "blockdev", S_IFBLK },
	};
	enum arb_code c = ARB_OK;

	for (unsigned i = 0; !c && i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t file;

		c = file_new(b, rows[i].mode | 0600, rows[i].name, &file);
		if (!c && i > 1)
			b->inodes.v[file].in.field[INODE_FIELD_dev] = 1 << 8 | 3;
	}
	return c;
}

static enum arb_code quotas(struct builder *b)
{
	enum arb_code c = ARB_OK;
	uint8_t v[32];

	for (unsigned type = 0; !c && type < 3; type++) {
		for (unsigned i = 0; i < 4; i++)
			le64_put(v + 8 * i, (type + 1) * UINT64_C(1000) >> i);
		c = add(b, BTREE_quotas, KEY_quota, BPOS(type, 1000, 0), 0, v, sizeof(v));
	}
	return c;
}

/* Names that were deleted while others with the same hash stood behind them; the generation of an inode number that was used. */
static enum arb_code left_behind(struct builder *b, uint64_t inum)
{
	uint64_t root = b->inodes.v[IMAGE_ROOT_DIR].inum;
	uint8_t generation[8] = { 7 }, cookie[8] = { 12 };
	enum arb_code c = add(b, BTREE_dirents, KEY_hash_whiteout, BPOS(root, 12345678901, ROOT_SNAPSHOT), 0, NULL, 0);

	c = c ? c : add(b, BTREE_xattrs, KEY_hash_whiteout, BPOS(inum, 12345678901, ROOT_SNAPSHOT), 0, NULL, 0);
	c = c ? c : add(b, BTREE_inodes, KEY_inode_generation, BPOS(0, b->next_inum++, ROOT_SNAPSHOT), 0, generation, 8);
	return c ? c : add(b, BTREE_rebalance_work, KEY_cookie, BPOS(0, inum, ROOT_SNAPSHOT), 0, cookie, 8);
}

static enum arb_code buckets_to_discard(struct builder *b)
{
	enum arb_code c = ARB_OK;
	uint64_t bucket;

	for (unsigned i = 0; !c && i < b->nr_devs; i++) {
		c = image_space_bucket(b, &b->dev[i], DATA_need_discard, &bucket);
		c = c ? c : add(b, BTREE_need_discard, KEY_set, BPOS(i, bucket, 0), 0, NULL, 0);
	}
	return c;
}

/* Deleted while open, and two operations under way, when the power was cut. */
static enum arb_code cut_off(struct builder *b, size_t file)
{
	size_t open = image_inode_new(b, S_IFREG | 0600);
	uint8_t truncate[24] = { SUBVOL }, finsert[40] = { FINSERT_FINISH, 0, 0, 0, SUBVOL };
	enum arb_code c;

	if (open == SIZE_MAX)
		return ARB_E_NOMEM;
	b->inodes.v[open].in.flags |= INODE_unlinked;
	c = add(b, BTREE_deleted_inodes, KEY_set, BPOS(0, b->inodes.v[open].inum, b->inodes.v[open].snapshot), 0, NULL, 0);
	le64_put(truncate + 8, b->inodes.v[file].inum);
	le64_put(truncate + 16, b->inodes.v[file].in.size);
	le64_put(finsert + 8, b->inodes.v[file].inum);
	c = c ? c : add(b, BTREE_logged_ops, KEY_logged_op_truncate, BPOS(0, 1, 0), 0, truncate, sizeof(truncate));
	return c ? c : add(b, BTREE_logged_ops, KEY_logged_op_finsert, BPOS(0, 2, 0), 0, finsert, sizeof(finsert));
}

/* ---- */

enum arb_code image_types(struct builder *b)
{
	enum arb_code c;
	size_t file;

	if (!b->o->types)
		return ARB_OK;
	c = file_of_parts(b, &file);
	c = c ? c : shared_inline(b);
	c = c ? c : special_files(b);
	c = c ? c : quotas(b);
	c = c ? c : left_behind(b, b->inodes.v[file].inum);
	c = c ? c : buckets_to_discard(b);
	if (!c && b->o->nr_snapshots) {
		c = file_new(b, S_IFREG | 0644, "deleted-later", &b->doomed);
		if (!c)
			b->inodes.v[b->doomed].in.size = 4 * PART_BLOCKS << 9;
		c = c ? c : image_file_data(b, b->doomed);
	}
	return c;
}

static enum arb_code white_out(struct builder *b, unsigned btree, uint64_t inode, uint64_t only_offset)
{
	const struct image_keys *keys = &b->btree[btree].keys;
	size_t nr = keys->list.nr;
	enum arb_code c = ARB_OK;

	for (size_t i = 0; !c && i < nr; i++) {
		struct bpos p = keys->list.v[i].k.p;

		if (p.inode == inode && (!only_offset || p.offset == only_offset) && p.snapshot == ROOT_SNAPSHOT)
			c = add(b, btree, KEY_whiteout, BPOS(p.inode, p.offset, b->snapshot), 0, NULL, 0);
	}
	return c;
}

enum arb_code image_types_late(struct builder *b)
{
	const struct image_inode *i = &b->inodes.v[b->doomed];
	enum arb_code c = ARB_OK;

	if (!b->o->types)
		return ARB_OK;
	if (b->o->nr_snapshots) {
		c = white_out(b, BTREE_extents, i->inum, 0);
		c = c ? c : white_out(b, BTREE_dirents, i->in.field[INODE_FIELD_dir], i->in.field[INODE_FIELD_dir_offset]);
		c = c ? c : add(b, BTREE_inodes, KEY_whiteout, BPOS(0, i->inum, b->snapshot), 0, NULL, 0);
	}
	return !c && b->o->unclean ? cut_off(b, IMAGE_DIRS + b->o->nr_dirs) : c;
}
