/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Shared by the files of the builder. The work goes in one direction: contents make keys and allocate data, trees are
 * planned and get their nodes, what follows from the allocations (alloc, freespace, backpointers ...) becomes keys too,
 * then everything is written, the superblocks last.
 */
#ifndef IMAGE_BUILDER_H
#define IMAGE_BUILDER_H

#include "arborist/base/array.h"
#include "arborist/format/enums.h"
#include "arborist/format/extent.h"
#include "arborist/format/btree_id.h"
#include "arborist/format/checksum.h"
#include "arborist/format/inode.h"
#include "arborist/format/superblock.h"
#include "arborist/image/image.h"

#define IMAGE_REPLICAS_MAX 3
#define IMAGE_PTRS_MAX (IMAGE_REPLICAS_MAX + 1)	/* with a cached one */
/* The last entry a clean shutdown writes; what lies in the trees was journalled before it. */
#define IMAGE_JOURNAL_SEQ 16
/* Entries that a power cut took before, and which the next mount blacklisted. */
#define IMAGE_BLACKLIST_START 3
#define IMAGE_BLACKLIST_END 7

struct image_keys {
	ARB_ARRAY(struct bkey_s) list;	/* values are owned */
};

/* A node: its place, and which keys of its level below it holds. */
struct image_node {
	struct btree_ptr ptr;
	size_t		first, nr;	/* keys of the btree, or nodes of the level below */
};

struct image_btree {
	struct image_keys keys;
	struct {
		ARB_ARRAY(struct image_node) node;
	} level[BTREE_MAX_DEPTH];
	unsigned	depth;		/* levels with nodes; 0: the btree has no root */
};

struct image_bucket {
	uint8_t		data_type, gen;
	uint8_t		redundancy;	/* of its stripe */
	uint32_t	sectors;	/* in use */
	uint32_t	striped;	/* of these: by pointers that name the stripe */
	uint32_t	stripe;		/* 0: of none */
};

struct image_dev {
	struct blk	*blk;
	unsigned	idx;
	uint8_t		uuid[16];
	uint64_t	nbuckets;
	uint16_t	bucket_sectors;
	struct image_bucket *bucket;
	uint64_t	next_free;	/* no free bucket before it */
	uint64_t	open[DATA_TYPE_NR];	/* bucket being filled, 0: none */
	uint64_t	sb_sector[3];
	uint64_t	journal_start, journal_nr;	/* buckets */
	uint64_t	journal_used;	/* sectors in the first journal bucket */
	struct sb_member member;
};

/* A file or directory, until its inode becomes a key. */
struct image_inode {
	uint64_t	inum;
	struct inode	in;
	uint32_t	snapshot;
	bool		late;		/* only the journal knows of it */
	unsigned	compression;	/* of its data */
};
enum { IMAGE_ROOT_DIR, IMAGE_LOST_FOUND, IMAGE_DIRS };	/* first entries of builder.inodes */

struct builder {
	const struct image_options *o;
	struct fs_geometry geo;
	struct arb_random random;
	unsigned	nr_devs, replicas;
	struct image_dev dev[SB_MEMBERS_MAX];
	uint8_t		data_csum;
	uint8_t		uuid[16], user_uuid[16];
	uint64_t	time_ns;
	struct image_btree btree[BTREE_ID_NR];
	ARB_ARRAY(struct image_inode) inodes;	/* every version of each */
	uint64_t	next_inum;
	uint32_t	snapshot;	/* that of the root subvolume: where changes go */
	size_t		root;		/* index of the root directory's newest version */
	uint64_t	reflink_end;	/* of the shared extents so far */
	unsigned	next_dev;	/* round robin of replicas */
	unsigned	nr_placed;	/* extents that took turns with erasure coding */
	size_t		doomed;		/* a file that is deleted after the snapshots */
	int64_t		rebalance_sectors;	/* that wait for work in the background */
	/* Keys that only the journal holds, and accounting deltas that go with them */
	struct image_keys late[BTREE_ID_NR];
	int64_t		late_inodes;
	struct arb_error *err;
};

/* ---- keys.c */
enum arb_code image_key_add(struct builder *b, struct image_keys *to, struct bkey_s k);
void image_keys_clear(struct image_keys *keys);
void image_keys_sort(struct image_keys *keys);
enum arb_code image_no_memory(struct builder *b);

/* ---- space.c: buckets of the devices */
enum arb_code image_space_init(struct builder *b, struct image_dev *d);
void image_space_mark(struct image_dev *d, uint64_t sector, uint64_t sectors, enum data_type type);
/* Room for @sectors on @nr devices, in buckets of @type; never across buckets. Fills ret[0..nr). */
enum arb_code image_space_alloc(struct builder *b, enum data_type type, unsigned nr, unsigned sectors, struct extent_ptr *ret);
/* A whole bucket of @type, with nothing in it. */
enum arb_code image_space_bucket(struct builder *b, struct image_dev *d, enum data_type type, uint64_t *ret);
static inline struct image_bucket *image_bucket_of(struct builder *b, const struct extent_ptr *p)
{
	return &b->dev[p->dev].bucket[p->sector / b->dev[p->dev].bucket_sectors];
}

/* ---- contents.c */
enum arb_code image_contents(struct builder *b);
enum arb_code image_contents_late(struct builder *b);	/* files that only the journal of an unclean filesystem has */
enum arb_code image_contents_keys(struct builder *b);	/* the inodes become keys */
/* Indices into builder.inodes, since it may move. */
size_t image_inode_new(struct builder *b, unsigned mode);			/* SIZE_MAX: no memory */
size_t image_inode_version(struct builder *b, size_t of);		/* a newer one, in builder.snapshot */
enum arb_code image_name_add(struct builder *b, size_t dir, size_t target, const char *name, uint64_t *ret_offset);
enum arb_code image_subvol_name_add(struct builder *b, size_t dir, uint32_t parent, uint32_t child, const char *name,
				    uint64_t *ret_offset);

/* ---- data.c: what is in files */
enum arb_code image_file_data(struct builder *b, size_t file);		/* in.size bytes; sets in.sectors */
enum arb_code image_symlink_data(struct builder *b, size_t link, const char *target);
enum arb_code image_file_shared(struct builder *b, size_t file, size_t copy);	/* the same, of two files that share it */

enum arb_code image_file_rewrite(struct builder *b, size_t old, size_t version);	/* new data wherever the old version has some */

/* ---- compress.c */
/* @n bytes (512 to 64 KiB) that are all @byte, an ASCII character, compressed; room for n / 8 + 32. 0: no such type. */
size_t image_compress_run(unsigned type, uint8_t byte, size_t n, uint8_t *out);

/* ---- types.c, types_old.c: keys of all types */
enum arb_code image_types(struct builder *b);
enum arb_code image_types_late(struct builder *b);	/* after the snapshots */
/* Some keys take turns in being as older versions wrote them; false: this one is not. */
struct alloc_v4;
bool image_alloc_old(struct bkey_buf *out, struct bpos p, const struct alloc_v4 *a);
bool image_inode_old(struct bkey_buf *out, struct bpos p, const struct inode *in);

/* ---- stripes.c: erasure coding, once all data has its place */
enum arb_code image_stripes(struct builder *b);
/* Adds the devices of stripe @idx to @p, and how many of them are needed. */
struct accounting_pos;
void image_stripe_devices(const struct builder *b, uint64_t idx, struct accounting_pos *p);
/* Devices of a set stand in ascending order. */
void image_device_add(struct accounting_pos *p, unsigned dev);

/* ---- parity.c */
/* The XOR of @nr_data blocks of @bytes, and with @nr_parity 2 the second syndrome of RAID 6; they follow each other at @blocks. */
void image_parity(uint8_t *blocks, size_t bytes, unsigned nr_data, unsigned nr_parity);

/* ---- snapshots.c */
enum arb_code image_snapshots(struct builder *b);

/* ---- nodes.c */
/* Plans a btree over its keys and allocates nodes that are not there yet; *grown is set when it did. */
enum arb_code image_btree_plan(struct builder *b, unsigned btree, bool *grown);
void image_btree_ranges(struct builder *b, unsigned btree);
enum arb_code image_btree_write(struct builder *b, unsigned btree);
/* The pointer to the root node, and its level; false when the btree has none. */
bool image_btree_root(const struct builder *b, unsigned btree, struct bkey_buf *ret, unsigned *ret_level);
uint64_t image_btree_nodes(const struct builder *b, unsigned btree);

/* ---- derived_*.c: btrees that follow from what was allocated; each is made anew as often as the allocations change */
enum arb_code image_derive_alloc(struct builder *b);
enum arb_code image_derive_gens(struct builder *b);
enum arb_code image_derive_lru(struct builder *b);
enum arb_code image_derive_freespace(struct builder *b);
enum arb_code image_derive_backpointers(struct builder *b);
enum arb_code image_derive_accounting(struct builder *b);

/* ---- super.c, log.c */
enum arb_code image_log_write(struct builder *b);
/* A superblock with identity, options and members, but none of what the last mount left; *ret is the caller's. */
enum arb_code image_super_new(struct builder *b, struct sb *ret);
enum arb_code image_super_write(struct builder *b);
/* Roots, clocks, key version as jset entries: the same in the journal and in the clean section. */
struct jset_writer;
void image_log_roots(const struct builder *b, struct jset_writer *w);
void image_log_clocks(const struct builder *b, struct jset_writer *w);

#endif
