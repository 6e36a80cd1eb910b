/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The block port: checks ranges once, for all back ends. */
#include "arborist/io/block.h"
#include <inttypes.h>
#include <stdlib.h>

static enum arb_code check_range(const struct blk *b, uint64_t offset, size_t n, enum arb_code c, struct arb_error *err)
{
	if (offset <= b->bytes && n <= b->bytes - offset)
		return ARB_OK;
	return arb_fail(err, c, "%s: bytes %" PRIu64 " to %" PRIu64 " lie beyond its end at %" PRIu64, b->name, offset,
			offset + n,
			b->bytes);
}

enum arb_code blk_read(struct blk *b, uint64_t offset, void *buf, size_t n, struct arb_error *err)
{
	enum arb_code c = check_range(b, offset, n, ARB_E_READ, err);

	return c || !n ? c : b->ops->read(b, offset, buf, n, err);
}

enum arb_code blk_write(struct blk *b, uint64_t offset, const void *buf, size_t n, struct arb_error *err)
{
	enum arb_code c = check_range(b, offset, n, ARB_E_WRITE, err);

	if (!c && !b->ops->write)
		c = arb_fail(err, ARB_E_WRITE, "%s can only be read", b->name);
	return c || !n ? c : b->ops->write(b, offset, buf, n, err);
}

enum arb_code blk_sync(struct blk *b, struct arb_error *err)
{
	return b->ops->sync ? b->ops->sync(b, err) : ARB_OK;
}

enum arb_code blk_open_write(struct blk *b, struct arb_error *err)
{
	if (!b->ops->write)
		return arb_fail(err, ARB_E_WRITE, "%s can only be read", b->name);
	return b->ops->open_write ? b->ops->open_write(b, err) : ARB_OK;
}

void blk_close_write(struct blk *b)
{
	if (b->ops->close_write)
		b->ops->close_write(b);
}

enum arb_code blk_drop_cache(struct blk *b, struct arb_error *err)
{
	return b->ops->drop_cache ? b->ops->drop_cache(b, err) : ARB_OK;
}

bool blk_ahead(struct blk *b, uint64_t offset, size_t n)
{
	if (!b->ops->ahead)
		return false;
	if (!check_range(b, offset, n, ARB_E_READ, NULL))
		b->ops->ahead(b, offset, n);
	return true;
}

bool blk_next_data(struct blk *b, uint64_t offset, uint64_t *ret_start, uint64_t *ret_end)
{
	if (offset >= b->bytes)
		return false;
	*ret_start = offset;
	*ret_end = b->bytes;
	return !b->ops->next_data || b->ops->next_data(b, offset, ret_start, ret_end);
}

void blk_close(struct blk *b)
{
	char *name;

	if (!b)
		return;
	name = b->name;
	b->ops->close(b);
	free(name);
}
