/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a fuzzer of ours looks like: libFuzzer's entry point, and seeds made by our own writers. Linked with driver.c it is a
 * test that changes the seeds at random, the same way every time; configured with --enable-fuzzing it is a libFuzzer program.
 */
#ifndef ARBORIST_TESTS_FUZZ_FUZZ_H
#define ARBORIST_TESTS_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include "arborist/base/port.h"
#include "arborist/format/geometry.h"

#define FUZZ_BYTES_MAX (256u << 10)

/* Returns 0. Everything it allocates it frees. */
int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);
/* A good input, a different one for each state of @r; at most FUZZ_BYTES_MAX bytes. The driver changes some bytes of it. */
size_t fuzz_seed(struct arb_random *r, uint8_t *buf);

/* A mistake in what must hold for every input. */
#define FUZZ_CHECK(cond) do { if (!(cond)) __builtin_trap(); } while (0)

static inline struct fs_geometry fuzz_geometry(void)
{
	return (struct fs_geometry){
		.version = 1037, .version_min = 1037, .version_upgrade_complete = 1037,
		.block_sectors = 1, .node_sectors = 64, .meta_csum = 1, .bset_magic = 0xabcdef0123456789, .jset_magic = 0x123456789abcdef0,
		.nr_members = 2,
		.member = {
			{ .exists = true, .online = true, .durability = 1, .bucket_size = 256, .nbuckets = 1024 },
			{ .exists = true, .durability = 1, .first_bucket = 1, .bucket_size = 512, .nbuckets = 64 },
		},
	};
}

#endif
