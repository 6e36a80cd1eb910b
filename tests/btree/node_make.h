/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Makes nodes for tests: a geometry, keys with an 8-byte value, and the pointer that fits. */
#ifndef ARBORIST_TESTS_BTREE_NODE_MAKE_H
#define ARBORIST_TESTS_BTREE_NODE_MAKE_H

#include "arborist/base/le.h"
#include "arborist/base/port.h"
#include "arborist/btree/node_write.h"
#include "arborist/format/btree_id.h"

#define TEST_COOKIE	UINT64_C(0x1122334455667788)
#define TEST_VERSION	(1 << 10 | 13)
#define TEST_NODE_SECTORS 64

struct test_key {
	struct bkey	k;
	uint8_t		v[8];
};

static inline struct fs_geometry test_geometry(void)
{
	return (struct fs_geometry){
		.version = TEST_VERSION, .version_min = TEST_VERSION, .version_upgrade_complete = TEST_VERSION,
		.block_sectors = 1, .node_sectors = TEST_NODE_SECTORS, .meta_csum = CSUM_crc32c_nonzero,
		.bset_magic = UINT64_C(0xabcdef0123456789), .nr_members = 1,
		.member[0] = { .exists = true, .online = true, .bucket_size = 256, .nbuckets = 1024 },
	};
}

static inline struct test_key test_key(uint64_t inode, uint64_t offset, uint64_t value)
{
	struct test_key t = { .k = { .p = BPOS(inode, offset, 0), .u64s = BKEY_U64s + 1, .type = KEY_cookie } };

	le64_put(t.v, value);
	return t;
}

static inline struct test_key test_deleted(uint64_t inode, uint64_t offset)
{
	return (struct test_key){ .k = { .p = BPOS(inode, offset, 0), .u64s = BKEY_U64s, .type = KEY_deleted } };
}

static inline void test_keys_s(const struct test_key *t, size_t nr, struct bkey_s *out)
{
	for (size_t i = 0; i < nr; i++)
		out[i] = (struct bkey_s){ t[i].k, t[i].v };
}

/* A leaf of a btree without snapshots and sizes. */
static inline struct node_spec test_spec(void)
{
	return (struct node_spec){
		.btree = BTREE_lru, .level = 0, .node_seq = 3, .cookie = TEST_COOKIE, .min = POS_MIN, .max = SPOS_MAX,
		.journal_seq = 5, .version = TEST_VERSION, .csum_type = CSUM_crc32c_nonzero,
	};
}

static inline struct btree_ptr test_ptr(const struct node_spec *s, unsigned sectors)
{
	return (struct btree_ptr){
		.is_v2 = true, .seq = s->cookie, .sectors_written = sectors, .min_key = s->min, .max_key = s->max,
		.nr_ptrs = 1, .ptr[0] = { .sector = 4096, .dev = 0 },
	};
}

#endif
