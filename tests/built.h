/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Filesystems that are built in memory, and looked at there. Behind unit.h. */
#ifndef ARBORIST_TESTS_BUILT_H
#define ARBORIST_TESTS_BUILT_H

#include <stdlib.h>

#include "arborist/btree/view.h"
#include "arborist/image/image.h"

#define BUILT_DEVICES_MAX 8

/* A filesystem on one device of @bytes, as bytes; NULL: it could not be built. The caller frees it. */
static inline uint8_t *built_bytes(const struct image_options *o, uint64_t bytes)
{
	uint8_t *to = NULL;
	struct blk *b;

	if (blk_mem_new("built", NULL, bytes, &b, NULL))
		return NULL;
	if (!image_build(o, b, NULL) && (to = malloc(bytes)))
		memcpy(to, blk_mem_data(b), bytes);
	blk_close(b);
	return to;
}

/* The same on several, each of @bytes. */
static inline void built_devices(const struct image_options *o, struct blk **blks, unsigned nr, uint64_t bytes)
{
	struct arb_error err = { 0 };

	for (unsigned i = 0; i < nr; i++)
		assert_int_equal(blk_mem_new("disk", NULL, bytes, &blks[i], NULL), ARB_OK);
	if (image_build_set(o, blks, nr, &err))
		fail_msg("%s", err.text);
}

/* Of devices that stay the caller's. */
static inline struct view *built_view(struct blk **blks, unsigned nr, struct workers *workers)
{
	struct blk *borrowed[BUILT_DEVICES_MAX];
	struct devset *d;
	struct view *v;

	assert_in_range(nr, 1, BUILT_DEVICES_MAX);
	for (unsigned i = 0; i < nr; i++)
		assert_int_equal(blk_borrow_new(blks[i], &borrowed[i], NULL), ARB_OK);
	assert_int_equal(devset_open_blk(borrowed, nr, NULL, &d, NULL), ARB_OK);
	assert_int_equal(view_open(d, workers, NULL, &v, NULL), ARB_OK);
	return v;
}

#endif
