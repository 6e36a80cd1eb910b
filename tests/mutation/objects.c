/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>
#include "arborist/base/le.h"
#include "arborist/btree/view.h"
#include "arborist/format/superblock.h"
#include "objects.h"

#define SECTOR 512
#define LAYOUT_BYTES 512
#define BSET_AT_START 136	/* of the first bset in a node */
#define BSET_AT_ENTRY 16	/* of a later one in its entry */
#define SB_BYTES_USED 4096	/* of a slot; enough for what tests build */

struct search {
	struct view	*view;
	const char *const *paths;
	unsigned	nr;
	struct objects	*ret;
};

static unsigned file_of(const struct search *s, unsigned dev)
{
	for (unsigned i = 0; i < s->nr; i++)
		if (s->view->devs->dev[dev] && !strcmp(s->view->devs->dev[dev]->blk->name, s->paths[i]))
			return i;
	return 0;
}

static void add(struct search *s, enum object_kind kind, unsigned dev, uint64_t sector, uint32_t bytes)
{
	struct object *o;

	if (!s->view->devs->dev[dev] || sector * SECTOR + bytes > s->view->devs->dev[dev]->blk->bytes)
		return;
	if ((o = arb_array_push(&s->ret->list)))
		*o = (struct object) { kind, file_of(s, dev), sector * SECTOR, bytes, s->view->geo.block_sectors * SECTOR };
}

static void find_superblocks(struct search *s)
{
	for (unsigned i = 0; i < SB_MEMBERS_MAX; i++) {
		const struct device *d = s->view->devs->dev[i];

		if (!d)
			continue;
		add(s, OBJECT_LAYOUT, i, SB_LAYOUT_SECTOR, LAYOUT_BYTES);
		for (size_t c = 0; c < d->copies.nr; c++)
			add(s, OBJECT_SB, i, d->copies.v[c].sector,
			    d->copies.v[c].readable ? d->copies.v[c].sb.bytes : SB_BYTES_USED);
	}
}

static enum arb_code found_node(void *arg, unsigned level, struct bkey_s ptr, const struct node_got *got)
{
	struct search *s = arg;
	struct btree_ptr p;

	(void)level;
	(void)got;
	if (!btree_ptr_get(ptr, &p))
		return ARB_OK;
	for (unsigned i = 0; i < p.nr_ptrs; i++)
		if (p.ptr[i].dev < SB_MEMBERS_MAX)
			add(s, OBJECT_NODE, p.ptr[i].dev, p.ptr[i].sector, s->view->geo.node_sectors * SECTOR);
	return ARB_OK;
}

static enum arb_code find_nodes(struct search *s, struct arb_error *err)
{
	enum arb_code code = ARB_OK;

	for (unsigned id = 0; id < BTREE_ID_NR && !code; id++)
		if (s->view->roots[id].exists)
			code = view_walk_nodes(s->view, id, 0, found_node, s, err);
	return code;
}

static enum arb_code find_jsets(struct search *s, struct arb_error *err)
{
	struct view *v = s->view;
	enum arb_code code = journal_index(v->journal, v->devs, &v->geo, v->workers, err);

	for (size_t i = 0; i < v->journal->copies.nr && !code; i++) {
		const struct journal_copy *c = &v->journal->copies.v[i];

		add(s, OBJECT_JSET, c->dev, c->bucket * v->geo.member[c->dev].bucket_size + c->offset, c->sectors * SECTOR);
	}
	return code;
}

static enum arb_code find_all(struct search *s, struct workers *w, struct arb_error *err)
{
	struct devset_options degraded = { .degraded = true };
	struct view_options options = { 0 };
	struct devset *devs;
	enum arb_code code;

	if ((code = devset_open(s->paths, s->nr, &degraded, &devs, err)))
		return code;
	if ((code = view_open(devs, w, &options, &s->view, err))) {
		devset_free(devs);
		return code;
	}
	find_superblocks(s);
	if (!(code = find_nodes(s, err)))
		code = find_jsets(s, err);
	view_free(s->view);
	return code;
}

enum arb_code objects_find(const char *const *paths, unsigned nr, struct objects *ret, struct arb_error *err)
{
	struct search s = { .paths = paths, .nr = nr, .ret = ret };
	struct workers *w;
	enum arb_code code = workers_new(1, &w, err);

	if (code)
		return code;
	code = find_all(&s, w, err);
	workers_free(w);
	return code;
}

/* The checksum over everything after it. */
static void fix(uint8_t *p, size_t n, unsigned type)
{
	if (csum_type_known(type) && !csum_type_encrypts(type))
		csum_put(p, csum_compute(type, p + 16, n - 16));
}

/* Steps through the bsets of a node; the end of the last one that makes sense. */
static size_t node_bsets(const struct object *o, uint8_t *p, bool put_right)
{
	size_t at = 0, end = 0, header = NODE_HEADER_BYTES, bset_at = BSET_AT_START;
	uint64_t seq = bset_header_get(p + BSET_AT_START).seq;

	while (at + header <= o->bytes) {
		struct bset_header h = bset_header_get(p + at + bset_at);
		size_t n = header + 8 * (size_t)h.u64s;

		if (h.seq != seq || at + n > o->bytes)
			break;
		if (put_right)
			fix(p + at, n, h.csum_type);
		end = at + n;
		at += (n + o->block_bytes - 1) / o->block_bytes * o->block_bytes;
		header = NODE_ENTRY_BYTES;
		bset_at = BSET_AT_ENTRY;
	}
	return end;
}

static void fix_jset(const struct object *o, uint8_t *p)
{
	struct jset_header h = jset_header_get(p);

	if (jset_bytes(&h) <= o->bytes)
		fix(p, jset_bytes(&h), h.csum_type);
}

static void fix_sb(const struct object *o, uint8_t *p)
{
	size_t n = SB_FIXED_BYTES + 8 * (size_t)le32_get(p + 124);

	if (n <= o->bytes)
		fix(p, n, le64_get(p + 144) >> 2 & 0x3f);
}

void object_fix(const struct object *o, uint8_t *p)
{
	switch (o->kind) {
	case OBJECT_SB:
		fix_sb(o, p);
		break;
	case OBJECT_NODE:
		node_bsets(o, p, true);
		break;
	case OBJECT_JSET:
		fix_jset(o, p);
		break;
	default:
		break;
	}
}

size_t object_used(const struct object *o, uint8_t *p)
{
	size_t used = o->kind == OBJECT_NODE ? node_bsets(o, p, false) : 0;

	return used ? used : o->bytes;
}
