/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What validation, decoding and printing of nodes and keys need to know of the filesystem. Filled once from
 * the chosen superblock (sb_geometry() in superblock.h), immutable afterwards, shared by all threads.
 */
#ifndef ARBORIST_FORMAT_GEOMETRY_H
#define ARBORIST_FORMAT_GEOMETRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SB_MEMBERS_MAX 64
#define DEV_NONE 255		/* "no device" in pointers and replicas entries */

struct member_geometry {
	bool		exists;		/* live slot: uuid is not zero */
	bool		online;		/* one of the devices that were opened */
	uint8_t		state;		/* rw 0, ro 1, failed 2, spare 3 */
	uint8_t		durability;	/* as it counts: 0..3 */
	uint8_t		data_allowed;	/* bit per data type */
	uint16_t	first_bucket;
	uint16_t	bucket_size;	/* sectors */
	uint64_t	nbuckets;
	uint8_t		btree_bitmap_shift;
	uint64_t	btree_bitmap;
	/* Generation of each bucket as alloc_read found it, nbuckets bytes, or NULL: counts as 0. Owned by the view. */
	const uint8_t	*gens;
};

struct seq_range { uint64_t start, end; };	/* half open */

struct fs_geometry {
	uint8_t		uuid[16];		/* internal */
	uint16_t	version, version_min, version_upgrade_complete;
	uint16_t	block_sectors;
	uint16_t	node_sectors;		/* btree node size */
	uint8_t		meta_csum;		/* checksum type of new metadata */
	bool		encrypted;
	bool		clean;
	uint64_t	jset_magic, bset_magic;
	unsigned	nr_members;
	struct member_geometry member[SB_MEMBERS_MAX];
	/* Blacklisted journal seqs, ascending; owned by whoever filled the geometry. */
	const struct seq_range *blacklist;
	size_t		nr_blacklist;
};

bool geometry_seq_blacklisted(const struct fs_geometry *g, uint64_t seq);
static inline const struct member_geometry *geometry_member(const struct fs_geometry *g, unsigned dev)
{
	return dev < SB_MEMBERS_MAX && g->member[dev].exists ? &g->member[dev] : NULL;
}

#endif
