/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sums of the claims on one bucket, and what follows from them; private to the room. */
#ifndef ARBORIST_SRC_SESSION_CLAIMS_H
#define ARBORIST_SRC_SESSION_CLAIMS_H

#include "arborist/session/buckets.h"

/* Kinds of data that cannot share a bucket; where they meet, the later one stays. */
enum claim_rank { RANK_DATA, RANK_PARITY, RANK_BTREE, RANK_SUPER, RANK_NR };
enum claim_rank claim_rank(unsigned data_type);

struct claim_sums {
	uint16_t	types;			/* bit per data type */
	uint8_t		gen;			/* of the first pointer to data, for a bucket without alloc key */
	bool		has_gen;
	bool		parity;			/* it is a block of parity */
	uint8_t		redundancy;		/* of the stripe */
	uint32_t	stripe;
	uint64_t	dirty[RANK_NR], cached, striped;
};
void claim_sums_add(struct claim_sums *s, const struct claim *c, uint8_t bucket_gen, bool has_key);
/* A cached copy of another generation than the bucket's counts nowhere. */
bool claim_is_stale(const struct claim *c, uint8_t bucket_gen, bool has_key);
enum claim_rank claim_sums_rank(const struct claim_sums *s);	/* of what stays */
bool claim_sums_conflict(const struct claim_sums *s);
/* What check_allocations would have the alloc key say, its suggested repairs taken. @online: of the device. */
struct alloc_v4 claim_sums_expected(const struct claim_sums *s, const struct alloc_v4 *found, bool has_key, bool online);

#endif
