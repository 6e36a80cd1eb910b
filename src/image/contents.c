/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A tree of directories and files: inodes, names, and data that is really there, with its checksums. Everything comes
 * from the seed, so the same options give the same filesystem.
 */
#include "builder.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "arborist/base/le.h"
#include "arborist/format/dirent.h"
#include "arborist/format/snapshot.h"

enum {
	LOST_FOUND_INODE = ROOT_INODE + 1, FIRST_FREE_INODE = ROOT_INODE + 2,
	STR_HASH_SIPHASH = 3, INLINE_BYTES_MAX = 256, EXTENT_SECTORS_MAX = 128, LATE_FILES = 7,
};

/* ---- inodes and names */

static struct image_inode *inode_new(struct builder *b, unsigned mode)
{
	struct image_inode *i = arb_array_push(&b->inodes);
	uint64_t now = 1000000 * (uint64_t)b->inodes.nr;	/* ns after the filesystem was made */

	if (!i) {
		image_no_memory(b);
		return NULL;
	}
	i->inum = ROOT_INODE + b->inodes.nr - 1;
	i->in.hash_seed = arb_random_u64(&b->random);
	i->in.flags = (uint64_t)STR_HASH_SIPHASH << 20;
	i->in.mode = mode;
	for (unsigned f = INODE_FIELD_atime; f <= INODE_FIELD_otime; f++)
		i->in.field[f] = now;
	return i;
}

/* Puts a name into a directory. Indices, since the array of inodes may move. */
static enum arb_code name_add(struct builder *b, size_t dir, size_t target, const char *name)
{
	struct image_inode *d = &b->inodes.v[dir], *t = &b->inodes.v[target];
	struct image_keys *to = t->late ? &b->late[BTREE_dirents] : &b->btree[BTREE_dirents].keys;
	struct dirent_key key = { .type = S_ISDIR(t->in.mode) ? DT_dir : DT_reg, .inode = t->inum, .name = (const uint8_t *)name,
				  .name_len = strlen(name) };
	struct bpos p = BPOS(d->inum, dirent_hash(d->in.hash_seed, name, strlen(name)), ROOT_SNAPSHOT);
	struct bkey_buf buf;

	if (!dirent_put(&buf, p, &key))
		return arb_fail(b->err, ARB_E_BAD_ARGUMENT, "impossible name %s", name);
	t->in.field[INODE_FIELD_dir] = d->inum;
	t->in.field[INODE_FIELD_dir_offset] = p.offset;
	if (S_ISDIR(t->in.mode))
		d->in.field[INODE_FIELD_nlink]++;
	return image_key_add(b, to, bkey_buf_s(&buf));
}

/* ---- data */

/* Lines that tell which file and which place they are of. */
static void fill_data(const struct builder *b, uint64_t inum, uint64_t offset, uint8_t *to, size_t n)
{
	char line[80];

	for (size_t at = 0; at < n; at += 64) {
		size_t len = n - at < 64 ? n - at : 64;

		snprintf(line, sizeof(line), "seed %016" PRIx64 " inode %-10" PRIu64 " byte %-12" PRIu64 "     \n", b->o->seed, inum,
			 offset + at);
		memcpy(to + at, line, len);
	}
}

static enum arb_code data_write(struct builder *b, const struct extent_ptr *ptrs, const uint8_t *data, size_t n)
{
	enum arb_code c = ARB_OK;

	for (unsigned i = 0; !c && i < b->replicas; i++)
		c = blk_write(b->dev[ptrs[i].dev].blk, ptrs[i].sector << 9, data, n, b->err);
	return c;
}

/* One extent of @sectors sectors that ends at @end, its data already in @data (padded to blocks with zeroes). */
static enum arb_code extent_add(struct builder *b, uint64_t inum, uint64_t end, unsigned sectors, const uint8_t *data)
{
	struct extent_ptr ptr[IMAGE_REPLICAS_MAX];
	struct bkey_buf key = { .k = { .p = BPOS(inum, end, ROOT_SNAPSHOT), .size = sectors, .type = KEY_extent } };
	enum arb_code c = image_space_alloc(b, DATA_user, sectors, ptr);
	unsigned words = 0;

	if (c)
		return c;
	if (b->data_csum) {
		struct csum csum = csum_compute(b->data_csum, data, (size_t)sectors << 9);
		struct extent_crc crc = { .compressed_size = sectors, .uncompressed_size = sectors, .live = sectors,
					  .csum_type = b->data_csum, .csum_lo = csum.lo, .csum_hi = csum.hi };

		words = extent_crc_put(key.v, &crc);
	}
	for (unsigned i = 0; i < b->replicas; i++)
		le64_put(key.v + 8 * words++, extent_ptr_word(ptr[i].dev, ptr[i].sector, 0));
	key.k.u64s = BKEY_U64s + words;
	b->user_sectors += (uint64_t)sectors * b->replicas;
	c = data_write(b, ptr, data, (size_t)sectors << 9);
	return c ? c : image_key_add(b, &b->btree[BTREE_extents].keys, bkey_buf_s(&key));
}

static enum arb_code inline_add(struct builder *b, struct image_inode *i, const uint8_t *data)
{
	struct bkey_buf key = { .k = { .p = BPOS(i->inum, b->geo.block_sectors, ROOT_SNAPSHOT), .size = b->geo.block_sectors,
				       .type = KEY_inline_data, .u64s = BKEY_U64s + (i->in.size + 7) / 8 } };

	memcpy(key.v, data, i->in.size);
	i->in.sectors = b->geo.block_sectors;
	return image_key_add(b, &b->btree[BTREE_extents].keys, bkey_buf_s(&key));
}

static enum arb_code file_data(struct builder *b, struct image_inode *i)
{
	uint64_t blocks = (i->in.size + (b->geo.block_sectors << 9) - 1) / (b->geo.block_sectors << 9), at = 0;
	unsigned most = EXTENT_SECTORS_MAX / b->geo.block_sectors;
	uint8_t *data = calloc(EXTENT_SECTORS_MAX, 512);
	enum arb_code c = data ? ARB_OK : image_no_memory(b);

	while (!c && at < blocks) {
		uint64_t n = 1 + arb_random_u64(&b->random) % most, first = at * b->geo.block_sectors << 9;
		uint64_t bytes;

		n = n > blocks - at ? blocks - at : n;
		bytes = i->in.size - first < n * b->geo.block_sectors << 9 ? i->in.size - first : n * b->geo.block_sectors << 9;
		memset(data, 0, EXTENT_SECTORS_MAX * 512);
		fill_data(b, i->inum, first, data, bytes);
		if (i->in.size <= INLINE_BYTES_MAX && i->in.size <= (uint64_t)b->geo.block_sectors << 8)
			c = inline_add(b, i, data);
		else
			c = extent_add(b, i->inum, (at + n) * b->geo.block_sectors, n * b->geo.block_sectors, data);
		at += n;
		i->in.sectors = at * b->geo.block_sectors;
	}
	free(data);
	return c;
}

/* One file in eight is empty, one in eight tiny; the others have any size up to the largest. */
static uint64_t file_size(struct builder *b)
{
	uint64_t r = arb_random_u64(&b->random), max = b->o->file_bytes_max;

	if (!max || r % 8 == 0)
		return 0;
	if (r % 8 == 1)
		return 1 + (r >> 8) % (max < INLINE_BYTES_MAX ? max : INLINE_BYTES_MAX);
	return 1 + (r >> 8) % max;
}

/* ---- the tree */

static enum arb_code make_dirs(struct builder *b)
{
	char name[40];

	for (unsigned i = 0; i < b->o->nr_dirs; i++) {
		size_t parent = i ? 2 + (i - 1) / 4 : 0;	/* entry 0 is the root directory, 1 lost+found */
		enum arb_code c;

		if (!inode_new(b, S_IFDIR | 0755))
			return ARB_E_NOMEM;
		snprintf(name, sizeof(name), "dir-%u", i);
		c = name_add(b, parent, b->inodes.nr - 1, name);
		if (c)
			return c;
	}
	return ARB_OK;
}

static enum arb_code make_file(struct builder *b, unsigned nr, bool late)
{
	size_t dir = nr % (b->o->nr_dirs + 1);
	struct image_inode *i = inode_new(b, S_IFREG | 0644);
	enum arb_code c;
	char name[40];

	if (!i)
		return ARB_E_NOMEM;
	i->late = late;
	i->in.size = late ? 0 : file_size(b);
	snprintf(name, sizeof(name), "%s-%u", late ? "late" : "file", nr);
	c = file_data(b, i);
	return c ? c : name_add(b, dir ? dir + 1 : 0, b->inodes.nr - 1, name);
}

static enum arb_code inode_keys(struct builder *b)
{
	struct bkey_buf buf;
	enum arb_code c = ARB_OK;

	for (size_t i = 0; !c && i < b->inodes.nr; i++) {
		const struct image_inode *n = &b->inodes.v[i];

		inode_put(&buf, BPOS(0, n->inum, ROOT_SNAPSHOT), &n->in);
		c = image_key_add(b, n->late ? &b->late[BTREE_inodes] : &b->btree[BTREE_inodes].keys, bkey_buf_s(&buf));
		b->late_inodes += n->late;
	}
	return c;
}

enum arb_code image_contents(struct builder *b)
{
	enum arb_code c;

	if (!inode_new(b, S_IFDIR | 0755) || !inode_new(b, S_IFDIR | 0700))
		return ARB_E_NOMEM;
	b->inodes.v[0].in.field[INODE_FIELD_subvol] = ROOT_SUBVOL;
	c = name_add(b, 0, 1, "lost+found");
	c = c ? c : make_dirs(b);
	for (unsigned i = 0; !c && i < b->o->nr_files; i++)
		c = make_file(b, i, false);
	for (unsigned i = 0; !c && b->o->unclean && i < LATE_FILES; i++)
		c = make_file(b, i, true);
	return c ? c : inode_keys(b);
}
