/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One node from the devices: its replicas in turn, until one is good. */
#include "arborist/base/text.h"
#include "node_decode.h"

struct reader {
	struct devset	*devs;
	const struct fs_geometry *geo;
	unsigned	btree, level;
	const struct btree_ptr *ptr;
	enum node_want	want;
	struct defects	all;		/* of copies that are not used */
};

__attribute__((format(printf, 4, 5)))
static void copy_defect(struct reader *r, unsigned i, const char *own, const char *fmt, ...)
{
	ARB_BUF(b);
	struct defect *d;
	va_list ap;

	va_start(ap, fmt);
	arb_buf_vprintf(&b, fmt, ap);
	va_end(ap);
	d = defects_add(&r->all, 0, DEFECT_MUST_RETRY, "%s", arb_buf_str(&b));
	if (!d)
		return;
	d->own = own;
	d->dev = r->ptr->ptr[i].dev;
	d->sector = r->ptr->ptr[i].sector;
}

/* The sectors to read: no more than the pointer says are written. */
static size_t bytes_to_read(const struct reader *r)
{
	unsigned sectors = r->geo->node_sectors;

	if (r->ptr->sectors_written && r->ptr->sectors_written < sectors)
		sectors = r->ptr->sectors_written;
	return (size_t)sectors * 512;
}

static struct device *copy_device(struct reader *r, unsigned i)
{
	unsigned idx = r->ptr->ptr[i].dev;
	struct device *d = idx < SB_MEMBERS_MAX ? r->devs->dev[idx] : NULL;

	if (!d || d->left_out) {
		copy_defect(r, i, "arborist_copy_device_missing", "device %u is not here", idx);
		return NULL;
	}
	return d;
}

/* False: with a defect. */
static bool read_bytes(struct reader *r, unsigned i, uint8_t *to, size_t bytes)
{
	struct device *d = copy_device(r, i);
	uint64_t offset = r->ptr->ptr[i].sector * 512;
	struct arb_error why = { 0 };
	ARB_BUF(gated);

	if (!d)
		return false;
	if (offset > d->blk->bytes || bytes > d->blk->bytes - offset) {
		copy_defect(r, i, "arborist_copy_outside_device", "node at sector %llu lies outside of device %u",
			    (unsigned long long)r->ptr->ptr[i].sector, r->ptr->ptr[i].dev);
		return false;
	}
	if (!blk_read(d->blk, offset, to, bytes, &why))
		return true;
	text_gate_line(&gated, why.text, strlen(why.text), TEXT_UTF8);
	copy_defect(r, i, "arborist_copy_read_error", "read error: %s", arb_buf_str(&gated));
	return false;
}

static enum arb_code decode(struct reader *r, struct node_bytes *b, struct node **ret, struct arb_error *err)
{
	enum arb_code code = node_decode(b, ret, &r->all, err);

	if (!*ret)
		free(b->raw);
	return code;
}

static enum arb_code read_whole(struct reader *r, struct node_bytes *b, struct node **ret, struct arb_error *err)
{
	b->raw = malloc(b->bytes);
	if (!b->raw)
		return arb_fail(err, ARB_E_NOMEM, "out of memory for a btree node");
	if (read_bytes(r, b->replica, b->raw, b->bytes))
		return decode(r, b, ret, err);
	free(b->raw);
	return ARB_OK;
}

/* Into memory that is used again and again, and nothing is kept: unless there is something to say about the node. */
static enum arb_code read_checked(struct reader *r, struct node_bytes *b, struct node **ret, struct arb_error *err)
{
	enum arb_code code;
	uint8_t *copy;

	b->raw = scratch_bytes(b->bytes + NODE_SLACK);
	if (!b->raw)
		return read_whole(r, b, ret, err);
	if (!read_bytes(r, b->replica, b->raw, b->bytes))
		return ARB_OK;
	code = node_check(b, ret, err);
	if (code || *ret)
		return code;
	copy = malloc(b->bytes);
	if (!copy)
		return arb_fail(err, ARB_E_NOMEM, "out of memory for a btree node");
	b->raw = memcpy(copy, b->raw, b->bytes);
	return decode(r, b, ret, err);
}

static enum arb_code read_copy(struct reader *r, unsigned i, struct node **ret, struct arb_error *err)
{
	struct node_bytes b = {
		.geo = r->geo, .btree = r->btree, .level = r->level, .ptr = r->ptr, .replica = i, .bytes = bytes_to_read(r),
	};

	*ret = NULL;
	return r->want == NODE_CHECKED && !r->level ? read_checked(r, &b, ret, err) : read_whole(r, &b, ret, err);
}

static bool good(const struct node *n)
{
	return n && defects_worst(&n->defects) < DEFECT_WANT_RETRY;
}

/* Of two copies that both want a retry: the one with more keys. */
static void take_better(struct reader *r, struct node **best, struct node *n)
{
	struct node *worse = n;

	if (!*best || good(n) || n->nr_keys > (*best)->nr_keys) {
		worse = *best;
		*best = n;
	}
	if (worse)
		defects_move(&r->all, &worse->defects);
	node_free(worse);
}

enum arb_code node_read(struct devset *devs, const struct fs_geometry *geo, unsigned btree, unsigned level,
			const struct btree_ptr *ptr, enum node_want want, struct node **ret, struct defects *defects, struct arb_error *err)
{
	struct reader r = { .devs = devs, .geo = geo, .btree = btree, .level = level, .ptr = ptr, .want = want };
	enum arb_code code = ARB_OK;
	struct node *best = NULL;

	for (unsigned i = 0; i < ptr->nr_ptrs && !code && !good(best); i++) {
		struct node *n;

		code = read_copy(&r, i, &n, err);
		if (n)
			take_better(&r, &best, n);
	}
	if (code) {
		node_free(best);
		best = NULL;
		defects_free(&r.all);
	} else if (!ptr->nr_ptrs) {
		struct defect *d = defects_add(&r.all, 0, DEFECT_BAD_NODE, "the pointer names no device");

		if (d)
			d->own = "arborist_no_pointer";
	}
	if (r.all.list.nr || r.all.dropped)
		defects_move(best ? &best->defects : defects, &r.all);
	if (best && want == NODE_CHECKED && !level && !best->only_checked)
		node_drop_keys(best);
	*ret = best;
	return code;
}
