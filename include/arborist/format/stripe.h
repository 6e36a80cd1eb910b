/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Erasure coded stripes (format-keys.md 3.14). */
#ifndef ARBORIST_FORMAT_STRIPE_H
#define ARBORIST_FORMAT_STRIPE_H

#include "arborist/format/extent.h"

#define STRIPE_BLOCKS_MAX 16

struct stripe_key {
	uint16_t	sectors;	/* per block */
	uint8_t		algorithm, nr_blocks, nr_redundant, csum_granularity_bits, csum_type, disk_label;
	uint64_t	csum_bytes;	/* of the checksums of all blocks, as the header says */
};
/* The fixed part. False for other keys and when the value is shorter than its header. */
bool stripe_get(struct bkey_s k, struct stripe_key *ret);
/* Words the value must have. */
uint64_t stripe_val_u64s(const struct stripe_key *s);
/* Where things of a block stand in the value (bytes): the checksum of its @nr-th granule, its count of live sectors. */
uint64_t stripe_csum_offset(const struct stripe_key *s, unsigned b, unsigned nr);
uint64_t stripe_count_offset(const struct stripe_key *s, unsigned b);
/* Makes the key of a stripe from the fixed part (csum_bytes is computed); pointers, checksums and counts are 0. False: too long. */
bool stripe_put(struct bkey_buf *out, uint64_t idx, const struct stripe_key *s);
/* Pointer and live sectors of block @b; false when the value does not reach so far. */
bool stripe_block(struct bkey_s k, const struct stripe_key *s, unsigned b, struct extent_ptr *ptr, uint16_t *ret_sectors);
/* Does an extent's pointer (with a stripe entry naming this stripe) lie in it? */
bool stripe_matches_ptr(struct bkey_s k, const struct stripe_key *s, const struct extent_ptr *p);

#endif
