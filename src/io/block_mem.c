/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A device in memory: for tests, and for building filesystems before they are anywhere. */
#include "arborist/io/block.h"
#include <stdlib.h>
#include <string.h>

struct blk_mem {
	struct blk	b;
	uint8_t		*data;
};

static struct blk_mem *self(struct blk *b) { return (struct blk_mem *)b; }

static enum arb_code mem_read(struct blk *b, uint64_t offset, void *buf, size_t n, struct arb_error *err)
{
	(void)err;
	memcpy(buf, self(b)->data + offset, n);
	return ARB_OK;
}

static enum arb_code mem_write(struct blk *b, uint64_t offset, const void *buf, size_t n, struct arb_error *err)
{
	(void)err;
	memcpy(self(b)->data + offset, buf, n);
	return ARB_OK;
}

static void mem_close(struct blk *b)
{
	free(self(b)->data);
	free(self(b));
}

static void mem_ahead(struct blk *b, uint64_t offset, size_t n)
{
	(void)b, (void)offset, (void)n;
}

static const struct blk_ops mem_ops = { .read = mem_read, .write = mem_write, .close = mem_close, .ahead = mem_ahead };

enum arb_code blk_mem_new(const char *name, const void *init, uint64_t bytes, struct blk **ret, struct arb_error *err)
{
	struct blk_mem *m = calloc(1, sizeof(*m));

	*ret = NULL;
	if (m) {
		m->b.name = strdup(name);
		m->data = calloc(1, bytes ? bytes : 1);
	}
	if (!m || !m->b.name || !m->data) {
		if (m) {
			free(m->b.name);
			free(m->data);
		}
		free(m);
		return arb_fail(err, ARB_E_NOMEM, "no memory for a device of %llu bytes", (unsigned long long)bytes);
	}
	if (init)
		memcpy(m->data, init, bytes);
	m->b.ops = &mem_ops;
	m->b.bytes = bytes;
	*ret = &m->b;
	return ARB_OK;
}

void *blk_mem_data(struct blk *b)
{
	return b->ops == &mem_ops ? self(b)->data : NULL;
}
