/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is in files: extents with data and checksums on the devices, inline data, extents that two files share. */
#include "builder.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "arborist/base/le.h"

enum { INLINE_BYTES_MAX = 256, EXTENT_SECTORS_MAX = 128 };

/* Lines that tell which file, which version of it and which place they are of. */
static void fill_data(const struct builder *b, uint64_t inum, uint64_t offset, uint8_t *to, size_t n)
{
	char line[100];

	for (size_t at = 0; at < n; at += 64) {
		size_t len = n - at < 64 ? n - at : 64;

		snprintf(line, sizeof(line),
			 "%08" PRIx64 " snapshot %08" PRIx32 " inode %-10" PRIu64 " byte %-12" PRIu64 "          \n",
			 b->o->seed & UINT32_MAX, b->snapshot, inum, offset + at);
		line[63] = '\n';
		memcpy(to + at, line, len);
	}
}

/* The pointers of an extent. */
struct place {
	unsigned	nr;
	bool		striped;	/* the first one is part of a stripe */
	struct extent_ptr ptr[IMAGE_REPLICAS_MAX];
};

/*
 * With erasure coding extents take turns: most have one pointer, into a stripe; some have ordinary copies beside it; some lie
 * in a stripe's bucket, but their pointers do not say so yet; some are as without it.
 */
static enum arb_code place_find(struct builder *b, unsigned sectors, struct place *ret)
{
	static const struct { bool bucket, striped, copies; } turns[8] = {
		[1] = { 1, 1, 0 }, [2] = { 1, 1, 1 }, [3] = { 1, 1, 0 }, [4] = { 1, 0, 1 }, [5] = { 1, 1, 0 }, [6] = { 1, 1, 0 }, [7] = { 1, 1, 0 },
	};
	unsigned turn = b->o->parity ? b->nr_placed++ % 8 : 0;
	enum arb_code c = ARB_OK;

	*ret = (struct place){ .nr = b->replicas, .striped = turns[turn].striped };
	if (!turns[turn].bucket)
		return image_space_alloc(b, DATA_user, ret->nr, sectors, ret->ptr);
	ret->nr = turns[turn].copies ? b->replicas : 1;
	c = image_space_alloc(b, DATA_stripe, 1, sectors, ret->ptr);
	if (!c && ret->nr > 1)
		c = image_space_alloc(b, DATA_user, ret->nr - 1, sectors, ret->ptr + 1);
	if (!c && ret->striped)
		image_bucket_of(b, ret->ptr)->striped += sectors;
	return c;
}

/* Entries of an extent; which stripe the first pointer is part of is not known before all data has its place. */
static unsigned place_put(const struct place *p, uint8_t *to)
{
	unsigned words = 0;

	if (p->striped)
		le64_put(to + 8 * words++, 1 << EXTENT_ENTRY_stripe_ptr);
	for (unsigned i = 0; i < p->nr; i++)
		le64_put(to + 8 * words++, extent_ptr_word(p->ptr[i].dev, p->ptr[i].sector, p->ptr[i].gen));
	return words;
}

static enum arb_code data_write(struct builder *b, const struct place *p, const uint8_t *data, size_t n)
{
	enum arb_code c = ARB_OK;

	for (unsigned i = 0; !c && i < p->nr; i++)
		c = blk_write(b->dev[p->ptr[i].dev].blk, p->ptr[i].sector << 9, data, n, b->err);
	return c;
}

/* A character that a run of compressed data is made of: every file has its own. */
static uint8_t run_byte(uint64_t inum)
{
	return 'a' + inum % 26;
}

/* The data of @sectors compressed, in @out; returns the sectors it takes on disk, or as many as before when there is nothing to gain. */
static unsigned compress(const struct builder *b, unsigned type, uint8_t byte, unsigned sectors, uint8_t *out)
{
	size_t n = image_compress_run(type, byte, (size_t)sectors << 9, out), block = (size_t)b->geo.block_sectors << 9;

	return n && sectors > b->geo.block_sectors ? (n + block - 1) / block * b->geo.block_sectors : sectors;
}

/* Data as it goes to the devices. */
struct stored {
	const uint8_t	*data;
	unsigned	sectors;	/* there */
	unsigned	compression;
};

/* Writes it and puts checksum and pointers behind @words words of the key's value. */
static enum arb_code extent_make(struct builder *b, struct bkey_buf *key, unsigned words, unsigned sectors, const struct stored *s)
{
	struct place place;
	enum arb_code c = place_find(b, s->sectors, &place);

	if (c)
		return c;
	if (b->data_csum || s->compression) {
		struct csum csum = csum_compute(b->data_csum, s->data, (size_t)s->sectors << 9);
		struct extent_crc crc = { .compressed_size = s->sectors, .uncompressed_size = sectors, .live = sectors,
					  .csum_type = b->data_csum, .compression_type = s->compression, .csum_lo = csum.lo,
					  .csum_hi = csum.hi };

		words += extent_crc_put(key->v + 8 * words, &crc);
	}
	words += place_put(&place, key->v + 8 * words);
	key->k.u64s = BKEY_U64s + words;
	key->k.size = sectors;
	return data_write(b, &place, s->data, (size_t)s->sectors << 9);
}

static enum arb_code inline_add(struct builder *b, const struct image_inode *i, const uint8_t *data)
{
	struct bkey_buf key = { .k = { .p = BPOS(i->inum, b->geo.block_sectors, b->snapshot),
		.size = b->geo.block_sectors,
				       .type = KEY_inline_data, .u64s = BKEY_U64s + (i->in.size + 7) / 8 } };

	memcpy(key.v, data, i->in.size);
	return image_key_add(b, &b->btree[BTREE_extents].keys, bkey_buf_s(&key));
}

static enum arb_code extent_add(struct builder *b, const struct image_inode *i, uint64_t end, unsigned sectors,
				const uint8_t *data)
{
	struct bkey_buf key = { .k = { .p = BPOS(i->inum, end, b->snapshot), .type = KEY_extent } };
	struct stored s = { data, sectors, i->compression };
	uint8_t *out = NULL;
	enum arb_code c;

	if (i->compression && i->compression != COMPRESSION_incompressible) {
		out = calloc(EXTENT_SECTORS_MAX, 512);
		if (!out)
			return image_no_memory(b);
		s.sectors = compress(b, i->compression, run_byte(i->inum), sectors, out);
		s.data = s.sectors < sectors ? out : data;
		s.compression = s.sectors < sectors ? i->compression : COMPRESSION_incompressible;
	}
	c = extent_make(b, &key, 0, sectors, &s);
	free(out);
	return c ? c : image_key_add(b, &b->btree[BTREE_extents].keys, bkey_buf_s(&key));
}

/* An extent that two files will point to. */
static enum arb_code shared_add(struct builder *b, unsigned sectors, const uint8_t *data)
{
	struct bkey_buf key = { .k = { .p = BPOS(0, b->reflink_end + sectors, 0), .type = KEY_reflink_v } };
	struct stored s = { data, sectors, COMPRESSION_none };
	enum arb_code c;

	le64_put(key.v, 2);	/* references */
	c = extent_make(b, &key, 1, sectors, &s);
	b->reflink_end += sectors;
	return c ? c : image_key_add(b, &b->btree[BTREE_reflink].keys, bkey_buf_s(&key));
}

/* Writes all of a file's data in pieces of random length. */
static enum arb_code write_pieces(struct builder *b, const struct image_inode *i, bool shared)
{
	uint64_t block = (uint64_t)b->geo.block_sectors << 9, blocks = (i->in.size + block - 1) / block, at = 0;
	unsigned most = EXTENT_SECTORS_MAX / b->geo.block_sectors;
	uint8_t *data = calloc(EXTENT_SECTORS_MAX, 512);
	enum arb_code c = data ? ARB_OK : image_no_memory(b);

	while (!c && at < blocks) {
		uint64_t n = 1 + arb_random_u64(&b->random) % most, left = i->in.size - at * block;
		unsigned sectors;

		n = n > blocks - at ? blocks - at : n;
		sectors = n * b->geo.block_sectors;
		memset(data, 0, EXTENT_SECTORS_MAX * 512);
		if (i->compression)
			memset(data, run_byte(i->inum), n * block);
		else
			fill_data(b, i->inum, at * block, data, left < n * block ? left : n * block);
		if (shared)
			c = shared_add(b, sectors, data);
		else if (!i->compression && i->in.size <= INLINE_BYTES_MAX && i->in.size <= block / 2)
			c = inline_add(b, i, data);
		else
			c = extent_add(b, i, (at + n) * b->geo.block_sectors, sectors, data);
		at += n;
	}
	free(data);
	return c;
}

static uint64_t size_in_sectors(const struct builder *b, const struct image_inode *i)
{
	uint64_t block = (uint64_t)b->geo.block_sectors << 9;

	return (i->in.size + block - 1) / block * b->geo.block_sectors;
}

enum arb_code image_file_data(struct builder *b, size_t file)
{
	struct image_inode *i = &b->inodes.v[file];

	i->in.sectors = size_in_sectors(b, i);
	return write_pieces(b, i, false);
}

enum arb_code image_file_shared(struct builder *b, size_t file, size_t copy)
{
	uint64_t start = b->reflink_end, sectors = size_in_sectors(b, &b->inodes.v[file]);
	const size_t both[] = { file, copy };
	enum arb_code c = write_pieces(b, &b->inodes.v[file], true);

	for (unsigned n = 0; !c && n < 2; n++) {
		struct image_inode *i = &b->inodes.v[both[n]];
		struct bkey_buf key = { .k = { .p = BPOS(i->inum, sectors, b->snapshot), .size = sectors,
			.type = KEY_reflink_p,
					       .u64s = BKEY_U64s + 2 } };

		i->in.size = b->inodes.v[file].in.size;
		i->in.sectors = sectors;
		le64_put(key.v, start);		/* no padding on either side */
		c = image_key_add(b, &b->btree[BTREE_extents].keys, bkey_buf_s(&key));
	}
	return c;
}

/* Where a symlink leads: in the inode's first block, as data. */
enum arb_code image_symlink_data(struct builder *b, size_t link, const char *target)
{
	struct image_inode *i = &b->inodes.v[link];
	uint64_t block = (uint64_t)b->geo.block_sectors << 9;
	uint8_t *data = calloc(1, block);
	enum arb_code c = data ? ARB_OK : image_no_memory(b);

	i->in.size = strlen(target);
	i->in.sectors = size_in_sectors(b, i);
	if (!c && i->in.size < block) {
		memcpy(data, target, i->in.size);
		c = i->in.size <= INLINE_BYTES_MAX ? inline_add(b, i, data) :
			extent_add(b, i, b->geo.block_sectors, b->geo.block_sectors, data);
	}
	free(data);
	return c;
}

/* The new extent ends where the old one does, so that it hides it in its snapshot. */
static enum arb_code rewrite_extent(struct builder *b, const struct image_inode *i, struct bkey_s old)
{
	uint64_t start = (old.k.p.offset - old.k.size) << 9, bytes = (uint64_t)old.k.size << 9;
	uint8_t *data = calloc(1, bytes);
	enum arb_code c = data ? ARB_OK : image_no_memory(b);

	if (!c && i->compression) {
		memset(data, run_byte(i->inum), bytes);
		c = extent_add(b, i, old.k.p.offset, old.k.size, data);
	} else if (!c) {
		fill_data(b, i->inum, start, data, i->in.size - start < bytes ? i->in.size - start : bytes);
		c = old.k.type == KEY_inline_data ? inline_add(b, i, data) : extent_add(b, i, old.k.p.offset, old.k.size, data);
	}
	free(data);
	return c;
}

enum arb_code image_file_rewrite(struct builder *b, size_t old, size_t version)
{
	const struct image_inode *was = &b->inodes.v[old];
	struct image_keys *keys = &b->btree[BTREE_extents].keys;
	size_t nr = keys->list.nr;
	enum arb_code c = ARB_OK;

	for (size_t i = 0; !c && i < nr; i++)
		if (keys->list.v[i].k.p.inode == was->inum && keys->list.v[i].k.p.snapshot == was->snapshot)
			c = rewrite_extent(b, &b->inodes.v[version], keys->list.v[i]);
	return c;
}
