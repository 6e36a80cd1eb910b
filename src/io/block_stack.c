/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Back ends that lie on top of another one: borrowing it, recording what is written, and failing on purpose. */
#include "arborist/io/block.h"
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

struct blk_stack {
	struct blk	b;
	struct blk	*under;
	/* recording */
	struct blk_journal *log;
	unsigned	dev;
	/* faults */
	atomic_uint_fast64_t writes_left;
	uint64_t	bad_from, bad_to;
};

static struct blk_stack *self(struct blk *b) { return (struct blk_stack *)b; }

static enum arb_code stack_read(struct blk *b, uint64_t offset, void *buf, size_t n, struct arb_error *err)
{
	return blk_read(self(b)->under, offset, buf, n, err);
}

static enum arb_code stack_open_write(struct blk *b, struct arb_error *err) { return blk_open_write(self(b)->under, err); }
static void stack_close_write(struct blk *b) { blk_close_write(self(b)->under); }
static bool stack_next_data(struct blk *b, uint64_t offset, uint64_t *ret_start, uint64_t *ret_end)
{
	return blk_next_data(self(b)->under, offset, ret_start, ret_end);
}
static enum arb_code stack_drop_cache(struct blk *b, struct arb_error *err) { return blk_drop_cache(self(b)->under, err); }

static void stack_close(struct blk *b)
{
	blk_close(self(b)->under);
	free(self(b));
}

static enum arb_code stack_new(const struct blk_ops *ops, struct blk *under, struct blk_stack **ret,
			       struct arb_error *err)
{
	struct blk_stack *s = calloc(1, sizeof(*s));

	*ret = NULL;
	if (!s || !(s->b.name = strdup(under->name))) {
		free(s);
		return arb_fail(err, ARB_E_NOMEM, "no memory to open %s", under->name);
	}
	s->b.ops = ops;
	s->b.bytes = under->bytes;
	s->under = under;
	*ret = s;
	return ARB_OK;
}

/* ---- borrowing */

static enum arb_code borrow_write(struct blk *b, uint64_t offset, const void *buf, size_t n, struct arb_error *err)
{
	return blk_write(self(b)->under, offset, buf, n, err);
}

static enum arb_code borrow_sync(struct blk *b, struct arb_error *err) { return blk_sync(self(b)->under, err); }
static void borrow_close(struct blk *b) { free(self(b)); }

static const struct blk_ops borrow_ops = {
	stack_read, borrow_write, borrow_sync, borrow_close, stack_open_write, stack_close_write, stack_drop_cache,
	.next_data = stack_next_data,
};

enum arb_code blk_borrow_new(struct blk *under, struct blk **ret, struct arb_error *err)
{
	struct blk_stack *s;
	enum arb_code c = stack_new(&borrow_ops, under, &s, err);

	*ret = c ? NULL : &s->b;
	return c;
}

/* ---- recording */

static enum arb_code record(struct blk_stack *s, bool sync, uint64_t offset, const void *buf, size_t n,
			    struct arb_error *err)
{
	struct blk_record *r = arb_array_push(&s->log->list);

	if (r && n) {
		r->data = malloc(n);
		if (r->data)
			memcpy(r->data, buf, n);
		else
			s->log->list.nr--;
	}
	if (!r || (n && !r->data))
		return arb_fail(err, ARB_E_NOMEM, "no memory to record a write");
	r->sync = sync;
	r->offset = offset;
	r->n = n;
	r->dev = s->dev;
	return ARB_OK;
}

static enum arb_code record_write(struct blk *b, uint64_t offset, const void *buf, size_t n, struct arb_error *err)
{
	enum arb_code c = blk_write(self(b)->under, offset, buf, n, err);

	return c ? c : record(self(b), false, offset, buf, n, err);
}

static enum arb_code record_sync(struct blk *b, struct arb_error *err)
{
	enum arb_code c = blk_sync(self(b)->under, err);

	return c ? c : record(self(b), true, 0, NULL, 0, err);
}

static const struct blk_ops record_ops = {
	stack_read, record_write, record_sync, stack_close, stack_open_write, stack_close_write, stack_drop_cache,
};

enum arb_code blk_record_new(struct blk *under, struct blk_journal *log, unsigned dev, struct blk **ret,
			     struct arb_error *err)
{
	struct blk_stack *s;
	enum arb_code c = stack_new(&record_ops, under, &s, err);

	*ret = NULL;
	if (c)
		return c;
	s->log = log;
	s->dev = dev;
	*ret = &s->b;
	return ARB_OK;
}

void blk_journal_free(struct blk_journal *log)
{
	for (size_t i = 0; i < log->list.nr; i++)
		free(log->list.v[i].data);
	arb_array_free(&log->list);
}

/* ---- faults */

static bool spend(struct blk_stack *s)
{
	uint_fast64_t left = atomic_load(&s->writes_left);

	if (!left)
		return false;
	if (left != UINT64_MAX)
		atomic_store(&s->writes_left, left - 1);
	return true;
}

static enum arb_code fault_read(struct blk *b, uint64_t offset, void *buf, size_t n, struct arb_error *err)
{
	if (offset < self(b)->bad_to && offset + n > self(b)->bad_from)
		return arb_fail(err, ARB_E_READ, "%s: cannot read at byte %llu: broken on purpose", b->name,
				(unsigned long long)offset);
	return blk_read(self(b)->under, offset, buf, n, err);
}

static enum arb_code fault_write(struct blk *b, uint64_t offset, const void *buf, size_t n, struct arb_error *err)
{
	if (!spend(self(b)))
		return arb_fail(err, ARB_E_WRITE, "%s: cannot write at byte %llu: broken on purpose", b->name,
				(unsigned long long)offset);
	return blk_write(self(b)->under, offset, buf, n, err);
}

static enum arb_code fault_sync(struct blk *b, struct arb_error *err)
{
	if (!atomic_load(&self(b)->writes_left))
		return arb_fail(err, ARB_E_SYNC, "%s: cannot sync: broken on purpose", b->name);
	return blk_sync(self(b)->under, err);
}

static const struct blk_ops fault_ops = {
	fault_read, fault_write, fault_sync, stack_close, stack_open_write, stack_close_write, stack_drop_cache,
};

enum arb_code blk_fault_new(struct blk *under, uint64_t writes_left, uint64_t bad_from, uint64_t bad_to, struct blk **ret,
			    struct arb_error *err)
{
	struct blk_stack *s;
	enum arb_code c = stack_new(&fault_ops, under, &s, err);

	*ret = NULL;
	if (c)
		return c;
	atomic_store(&s->writes_left, writes_left);
	s->bad_from = bad_from;
	s->bad_to = bad_to;
	*ret = &s->b;
	return ARB_OK;
}
