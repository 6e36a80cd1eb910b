/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Accounting keys: what is counted is encoded in the 20 bytes of the position, the counters are the value
 * (format-keys.md 3.17).
 */
#ifndef ARBORIST_FORMAT_ACCOUNTING_H
#define ARBORIST_FORMAT_ACCOUNTING_H

#include "arborist/format/bkey.h"
#include "arborist/format/enums.h"

enum accounting_type {
	ACCT_nr_inodes, ACCT_persistent_reserved, ACCT_replicas, ACCT_dev_data_type, ACCT_compression,
	ACCT_snapshot, ACCT_btree, ACCT_rebalance_work, ACCT_inum, ACCT_TYPE_NR,
};
#define ACCT_COUNTERS_MAX	3
#define ACCT_REPLICAS_DEVS_MAX	16	/* what fits into a position */

struct accounting_pos {
	uint8_t		type;
	uint8_t		nr_replicas;			/* persistent_reserved */
	uint8_t		data_type;			/* replicas, dev_data_type */
	uint8_t		nr_devs, nr_required;		/* replicas; nr_devs as stored, may be too large on bad keys */
	uint8_t		devs[ACCT_REPLICAS_DEVS_MAX];	/* ascending */
	uint8_t		dev;				/* dev_data_type */
	uint8_t		compression_type;		/* compression */
	uint32_t	id;				/* snapshot, btree */
	uint64_t	inum;				/* inum */
};
/* Members that the type does not have are 0. Any 20 bytes decode; types from ACCT_TYPE_NR on give only the type. */
struct accounting_pos accounting_pos_get(struct bpos p);
struct bpos accounting_pos_put(const struct accounting_pos *a);
void accounting_pos_to_text(struct arb_buf *out, const struct accounting_pos *a);	/* "replicas user: 1/1 [0]" */
unsigned accounting_nr_counters(unsigned type);		/* 1 or 3; 0 when unknown */
const char *accounting_type_name(unsigned type);	/* NULL when unknown */

/* Counters of a key of type accounting; how many there are (at most ACCT_COUNTERS_MAX are stored to @ret), 0 for other keys. */
unsigned accounting_get(struct bkey_s k, int64_t ret[ACCT_COUNTERS_MAX]);
void accounting_put(struct bkey_buf *out, const struct accounting_pos *a, struct bversion ver, const int64_t *counters);

#endif
