/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Opening a view, and single nodes seen through it. */
#include <stdio.h>

#include "arborist/overlay/overlay.h"
#include "view_private.h"

#define CACHE_BYTES	((size_t)256 << 20)

/* A root whose pointer cannot be followed counts as lost. */
static void check_root(struct btree_root *r)
{
	struct btree_ptr ptr;

	if (r->level >= BTREE_MAX_DEPTH)
		snprintf(r->why, sizeof(r->why), "its level %u is more than a btree can have", r->level);
	else if (!btree_ptr_get(bkey_buf_s(&r->key), &ptr))
		snprintf(r->why, sizeof(r->why), "its key is not a pointer to a node");
	else if (!ptr.nr_ptrs)
		snprintf(r->why, sizeof(r->why), "its key has no pointers");
	r->lost = r->why[0];
}

static void set_fake_root(struct btree_root *r)
{
	*r = (struct btree_root){ .fake = true };
	r->key.k = (struct bkey){ .p = SPOS_MAX, .u64s = BKEY_U64s, .type = KEY_btree_ptr };
}

static void set_root(struct view *v, unsigned btree)
{
	const struct btree_root_entry *e = &v->journal->roots[btree];
	struct btree_root *r = &v->roots[btree];

	if (!e->present) {
		if (btree < BTREE_ID_NR)
			set_fake_root(r);
		return;
	}
	r->exists = true;
	r->level = e->level;
	if (e->lost) {
		r->lost = true;
		snprintf(r->why, sizeof(r->why), "the journal names it without a pointer");
		return;
	}
	bkey_buf_set(&r->key, bkey_buf_s(&e->key));
	check_root(r);
}

static enum arb_code read_journal(struct view *v, const struct view_options *o, struct arb_error *err)
{
	enum arb_code code = overlay_new(&v->overlay, err);

	devset_geometry(v->devs, &v->geo);
	if (!code)
		code = journal_read_as(v->devs, &v->geo, v->workers, o && o->trust_clean, o && o->no_journal ? NULL : v->overlay, &v->journal,
				       err);
	return code;
}

/* Everything but the devices, which are the caller's until all has gone well. */
static void free_parts(struct view *v)
{
	if (v->cache)
		node_cache_quiesce(v->cache);
	node_cache_free(v->cache);
	view_ahead_free(v->ahead);
	overlay_free(v->overlay);
	journal_free(v->journal);
	for (unsigned i = 0; i < SB_MEMBERS_MAX; i++)
		free((void *)v->geo.member[i].gens);
	free(v);
}

enum arb_code view_open(struct devset *devs, struct workers *w, const struct view_options *o,
			struct view **ret, struct arb_error *err)
{
	struct view *v = calloc(1, sizeof(*v));
	enum arb_code code;

	rcu_thread_ensure();
	if (v)
		v->ahead = view_ahead_new();
	if (!v || !v->ahead) {
		free(v);
		return arb_fail(err, ARB_E_NOMEM, "out of memory for the view");
	}
	v->devs = devs;
	v->workers = w;
	code = node_cache_new(o && o->cache_bytes ? o->cache_bytes : CACHE_BYTES, &v->cache, err);
	if (!code)
		code = read_journal(v, o, err);
	if (code) {
		free_parts(v);
		return code;
	}
	for (unsigned b = 0; b < BTREE_ID_NR_MAX; b++)
		set_root(v, b);
	view_find_unnamed(v);
	*ret = v;
	return ARB_OK;
}

void view_free(struct view *v)
{
	struct devset *devs = v ? v->devs : NULL;

	if (!v)
		return;
	free_parts(v);
	devset_free(devs);
}

/* A result without a node. */
__attribute__((format(printf, 4, 5)))
static enum arb_code no_node(const char *own, struct node_got *ret, struct arb_error *err, const char *fmt, ...)
{
	struct defects why = { 0 };
	struct defect *d;
	ARB_BUF(b);
	va_list ap;

	va_start(ap, fmt);
	arb_buf_vprintf(&b, fmt, ap);
	va_end(ap);
	d = defects_add(&why, 0, DEFECT_BAD_NODE, "%s", arb_buf_str(&b));
	if (d)
		d->own = own;
	return node_got_make(NULL, &why, ret, err);
}

enum arb_code view_node_as(struct view *v, unsigned btree, unsigned level, struct bkey_s ptr, enum node_want want,
			   struct node_got *ret, struct arb_error *err)
{
	struct node_source src = view_source(v);
	struct btree_ptr p;
	struct node_place at = { .btree = btree, .level = level, .ptr = &p, .want = want };
	enum arb_code code;

	if (level >= BTREE_MAX_DEPTH)
		return no_node("arborist_node_level", ret, err, "level %u is more than a btree can have", level);
	if (!btree_ptr_get(ptr, &p))
		return no_node("arborist_no_pointer", ret, err, "the key is not a pointer to a node");
	code = node_cache_get(v->cache, &src, &at, ret, err);
	v->bytes_read = node_cache_bytes_read(v->cache);
	return code;
}

enum arb_code view_node(struct view *v, unsigned btree, unsigned level, struct bkey_s ptr, struct node_got *ret, struct arb_error *err)
{
	return view_node_as(v, btree, level, ptr, NODE_WHOLE, ret, err);
}

bool view_node_cached(struct view *v, unsigned btree, unsigned level, struct bkey_s ptr, struct node_got *ret)
{
	struct btree_ptr p;
	struct node_place at = { .btree = btree, .level = level, .ptr = &p };

	return level < BTREE_MAX_DEPTH && btree_ptr_get(ptr, &p) && node_cache_peek(v->cache, &at, ret);
}

static enum arb_code fake_root(unsigned btree, unsigned level, struct node_got *ret, struct arb_error *err)
{
	struct node *n = calloc(1, sizeof(*n));

	if (!n)
		return arb_fail(err, ARB_E_NOMEM, "out of memory for a btree node");
	n->btree = btree;
	n->level = level;
	n->max = SPOS_MAX;
	n->ptr.max_key = SPOS_MAX;
	return node_got_make(n, NULL, ret, err);
}

enum arb_code view_root(struct view *v, unsigned btree, struct node_got *ret, struct arb_error *err)
{
	const struct btree_root *r = btree < BTREE_ID_NR_MAX ? &v->roots[btree] : NULL;

	if (!r || (!r->exists && !r->fake))
		return no_node("arborist_no_root", ret, err, "there is no such btree");
	if (r->fake)
		return fake_root(btree, r->level, ret, err);
	if (r->lost)
		return no_node("arborist_root_lost", ret, err, "the root is lost: %s", r->why);
	return view_node(v, btree, r->level, bkey_buf_s(&r->key), ret, err);
}
