/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * gc_gens: the oldest generation that a pointer into each bucket still has (repair-semantics.md 9), so that generations
 * of 8 bits can wrap. Not a recovery pass: the kernel does it while mounted.
 */
#include "passes.h"

#include <stdio.h>

#include "arborist/base/i18n.h"
#include "arborist/format/btree_id.h"
#include "arborist/format/key_type.h"
#include "alloc.h"

#define STALE_MAX 16	/* generations a pointer may be behind before its key is written anew */

struct gens {
	struct pass_ctx	*c;
	const struct fs_geometry *geo;
	uint8_t		*oldest[SB_MEMBERS_MAX];
	unsigned	btree;
	struct gc_cover	cover;
	const char	*incomplete;	/* why a pointer that was not seen may be older than all others; NULL: all were seen */
	struct gc_place	incomplete_at;	/* the first such place */
	struct bpos	incomplete_pos;
	struct bkey_buf	key, changed;
};

static enum arb_code ask(struct gens *g, struct finding *f, struct repair *r, bool *ret_fixed)
{
	if (r)
		requires_bucket_references(r);
	if (f && !g->c->scope.restricted) {
		f->repair = r;
	} else {
		repair_free(r);
		if (f)
			f->no_repair = true;
	}
	return pass_decide(g->c, f, ret_fixed);
}

static bool stopping(const struct gens *g)
{
	return g->c->port->stopping && g->c->port->stopping(g->c->port->arg);
}

static enum arb_code at_key(struct gens *g, const struct node *n, struct bkey_s k)
{
	enum arb_code code;

	if (!stopping(g))
		return pass_key(g->c, n->btree, n->level, k);
	code = g->c->port->step ? g->c->port->step(g->c->port->arg, &g->c->progress) : ARB_OK;	/* knows how it ends */
	return code ? code : ARB_E_CANCELLED;
}

/* --- pointers -------------------------------------------------------------------------------------------------------------- */

/* Bucket of a pointer; false when it does not exist. */
static bool bucket_of(const struct gens *g, const struct extent_ptr *p, uint64_t *ret)
{
	const struct member_geometry *m = geometry_member(g->geo, p->dev);

	if (!m || !m->gens || !g->oldest[p->dev])
		return false;
	*ret = p->sector / m->bucket_size;
	return *ret >= m->first_bucket && *ret < m->nbuckets;
}

static unsigned staleness(const struct gens *g, const struct extent_ptr *p)
{
	uint64_t bucket;

	return bucket_of(g, p, &bucket) ? gen_after(g->geo->member[p->dev].gens[bucket], p->gen) : 0;
}

static enum arb_code write_anew(struct gens *g, struct bkey_s k)
{
	struct finding *f = alloc_finding("arborist_gc_gens_stale", "gens.stale", g->btree, 0, k.k.p);
	struct key_text_ctx ctx = { .geo = g->geo };
	struct gc_place at = { .btree = g->btree };
	struct pointer_edit e = { 0 };
	struct extent_iter it = { 0 };
	struct extent_ptr p;
	bool left, fixed;
	ARB_BUF(m);

	if (f)
		f->upkeep = true;
	for (unsigned i = 0; i < GC_POINTERS_MAX && extent_next_ptr(k, &it, &p); i++)
		if (p.cached && staleness(g, &p))
			e.drop |= UINT32_C(1) << i;
	if (!e.drop) {			/* dirty pointers this old are a matter for check_allocations */
		finding_free(f);
		return ARB_OK;
	}
	bkey_to_text(&m, &ctx, k);
	if (f)
		finding_message(f, "cached copies more than %u generations old\n  %s", STALE_MAX, arb_buf_str(&m));
	bkey_buf_set(&g->key, k);
	left = pointers_edit(bkey_buf_s(&g->key), &e, &g->changed);
	return ask(g, f, alloc_repair_key(&at, k.k.p, left ? &g->changed : NULL, "drop outdated cached copies"), &fixed);
}

static enum arb_code take_pointers(void *arg, const struct node *n, struct bkey_s k)
{
	struct gens *g = arg;
	struct extent_iter it = { 0 };
	struct extent_ptr p;
	uint64_t bucket;
	bool old = false;
	enum arb_code code = at_key(g, n, k);

	if (code)
		return code;
	if (k.k.type != KEY_extent && k.k.type != KEY_reflink_v)
		return ARB_OK;
	while (extent_next_ptr(k, &it, &p))
		old |= staleness(g, &p) > STALE_MAX;
	if (old)
		return write_anew(g, k);
	it = (struct extent_iter){ 0 };
	while (extent_next_ptr(k, &it, &p))
		if (bucket_of(g, &p, &bucket) && gen_after(g->oldest[p.dev][bucket], p.gen))
			g->oldest[p.dev][bucket] = p.gen;
	return ARB_OK;
}

/* --- what was not seen ------------------------------------------------------------------------------------------------------ */

static void incomplete(struct gens *g, unsigned level, struct bpos pos, const char *why)
{
	if (g->incomplete)
		return;
	g->incomplete = why;
	g->incomplete_at = (struct gc_place){ .btree = g->btree, .level = level };
	g->incomplete_pos = pos;
}

static enum arb_code bad_node(void *arg, unsigned level, struct bkey_s ptr, const struct defects *d)
{
	(void)d;
	incomplete(arg, level, ptr.k.p, "a node cannot be read");
	return ARB_OK;
}

/* Of a node that was read in part nobody knows what else pointed where. */
static enum arb_code step(void *arg, const struct node *n)
{
	struct gens *g = arg;
	const char *why = gc_read_in_part(g->c, n);

	if (why)
		incomplete(g, n->level, n->max, why);
	return pass_step_node(g->c, n);
}

/* Above the leaves nothing is counted, but it shows whether all leaves were met. */
static enum arb_code interior(void *arg, const struct node *n)
{
	struct gens *g = arg;
	const char *why;
	enum arb_code code = gc_cover_node(&g->cover, g->c, n, &why);

	if (why)
		incomplete(g, n->level, n->max, why);
	return !code && stopping(g) ? at_key(g, n, (struct bkey_s){ 0 }) : code;
}

static enum arb_code look_for_gaps(struct gens *g, unsigned btree)
{
	enum arb_code code = ARB_OK;

	g->btree = btree;
	for (unsigned level = 0; level <= g->c->view->roots[btree].level && !code; level++) {
		struct walk w = { .btree = btree, .level = level, .start = POS_MIN, .end = SPOS_MAX, .node = interior, .bad = bad_node, .arg = g };

		if (level || !g->c->view->roots[btree].level)
			code = view_walk(g->c->view, &w, g->c->err);
	}
	gc_cover_free(&g->cover);
	return code;
}

static const char *name_of(unsigned btree)
{
	const char *name = btree_info(btree)->name;

	return name ? name : "(unknown)";
}

static enum arb_code report_incomplete(struct gens *g)
{
	const struct gc_place *at = &g->incomplete_at;
	struct finding *f = alloc_finding("arborist_gc_incomplete", "gens.incomplete", at->btree, at->level, g->incomplete_pos);
	bool fixed;

	if (f) {
		f->rule = alloc_rule("arborist_gc_incomplete", 0);
		finding_message(f, "btree %s: %s: the oldest generations are not known (check_topology first)", name_of(at->btree), g->incomplete);
	}
	return ask(g, f, NULL, &fixed);
}

/* Fixed: check_topology and then here again, once in a run. When that did not help, or in a restricted run, nothing is known. */
static enum arb_code needs_topology(struct gens *g)
{
	const struct pass *topology = pass_by_name("check_topology");
	const struct gc_place *at = &g->incomplete_at;
	char why[160];
	struct finding *f;
	enum arb_code code;
	bool fixed;

	if (g->c->scope.restricted || !pass_run_can_rewind(g->c->run, topology))
		return report_incomplete(g);
	snprintf(why, sizeof(why), "btree %s level %u: %s", name_of(at->btree), at->level, g->incomplete);
	f = alloc_finding("btree_node_read_error", "gens.read", at->btree, at->level, g->incomplete_pos);
	if (f) {
		finding_message(f, "btree node read error for %s: %s", name_of(at->btree), g->incomplete);
		f->by_itself = true;
	}
	code = pass_decide(g->c, f, &fixed);
	if (!code && fixed && pass_run_rewind(g->c->run, topology, why))
		return ARB_E_RESTART;
	return code ? code : report_incomplete(g);
}

/* --- alloc keys -------------------------------------------------------------------------------------------------------------- */

/* A bucket of type need_gc_gens becomes free: one more of the one kind, one less of the other. */
static void count_change(struct repair *r, unsigned dev, unsigned from, unsigned to)
{
	struct accounting_pos a = { .type = ACCT_dev_data_type, .dev = dev };
	const struct { unsigned type; int64_t by; } both[] = { { from, -1 }, { to, 1 } };

	for (unsigned i = 0; r && from != to && i < 2; i++) {
		int64_t v[ACCT_COUNTERS_MAX] = { both[i].by };
		struct bkey_buf delta;

		a.data_type = both[i].type;
		accounting_put(&delta, &a, (struct bversion){ .lo = 1 }, v);
		repair_insert(r, BTREE_accounting, 0, bkey_buf_s(&delta));
	}
}

static enum arb_code take_alloc(void *arg, const struct node *n, struct bkey_s k)
{
	struct gens *g = arg;
	struct gc_place at = { .btree = BTREE_alloc };
	const struct member_geometry *m = k.k.p.inode < SB_MEMBERS_MAX ? geometry_member(g->geo, k.k.p.inode) : NULL;
	struct alloc_v4 a;
	struct finding *f;
	struct repair *r;
	unsigned was;
	uint8_t oldest;
	bool fixed;
	enum arb_code code = at_key(g, n, k);

	if (code)
		return code;
	if (!m || k.k.p.offset < m->first_bucket || k.k.p.offset >= m->nbuckets || !alloc_get(k, &a))
		return ARB_OK;
	oldest = g->oldest[k.k.p.inode][k.k.p.offset];
	if (a.oldest_gen == oldest)
		return ARB_OK;
	f = alloc_finding("arborist_gc_gens_oldest", "gens.oldest", BTREE_alloc, 0, k.k.p);
	if (f)
		finding_message(f, "bucket %llu:%llu gen %u oldest_gen %u, oldest pointer into it has %u", (unsigned long long)k.k.p.inode,
				(unsigned long long)k.k.p.offset, a.gen, a.oldest_gen, oldest);
	if (f)
		f->upkeep = (int8_t)(uint8_t)(oldest - a.oldest_gen) > 0;	/* left behind, as it always is after a while; ahead is an error */
	was = a.data_type;
	a.oldest_gen = oldest;
	if (data_type_is_empty(a.data_type))
		a.data_type = alloc_data_type(&a, a.data_type);
	alloc_put(&g->changed, k.k.p, &a);
	r = alloc_repair_key(&at, k.k.p, &g->changed, "correct the oldest generation of a bucket");
	count_change(r, k.k.p.inode, was, a.data_type);
	return ask(g, f, r, &fixed);
}

/* --- the pass ------------------------------------------------------------------------------------------------------------------ */

static enum arb_code make_room(struct gens *g)
{
	for (unsigned i = 0; i < SB_MEMBERS_MAX; i++) {
		const struct member_geometry *m = geometry_member(g->geo, i);

		if (!m || !m->gens)
			continue;
		g->oldest[i] = malloc(m->nbuckets ? m->nbuckets : 1);
		if (!g->oldest[i])
			return arb_fail(g->c->err, ARB_E_NOMEM, "no memory for the oldest generations");
		memcpy(g->oldest[i], m->gens, m->nbuckets);
		g->c->progress.memory += m->nbuckets;
	}
	return ARB_OK;
}

static enum arb_code walk(struct gens *g, unsigned btree, enum arb_code (*key)(void *, const struct node *, struct bkey_s))
{
	struct walk w = { .btree = btree, .start = POS_MIN, .end = SPOS_MAX, .key = key, .node = step, .bad = bad_node, .arg = g };

	g->btree = btree;
	return view_walk(g->c->view, &w, g->c->err);
}

static enum arb_code gc_gens(struct pass_ctx *c)
{
	struct gens *g = calloc(1, sizeof(*g));
	enum arb_code code;

	if (!g)
		return arb_fail(c->err, ARB_E_NOMEM, "no memory for gc_gens");
	g->c = c;
	g->geo = &c->view->geo;
	code = make_room(g);
	code = code ? code : look_for_gaps(g, BTREE_extents);
	code = code ? code : look_for_gaps(g, BTREE_reflink);
	code = code ? code : look_for_gaps(g, BTREE_alloc);
	code = code ? code : walk(g, BTREE_extents, take_pointers);
	code = code ? code : walk(g, BTREE_reflink, take_pointers);
	if (!code && !g->incomplete)
		code = walk(g, BTREE_alloc, take_alloc);
	if (!code && g->incomplete)
		code = needs_topology(g);
	c->progress.pos = (struct gc_pos){ .phase = GC_PHASE_not_running };
	if (!code && c->port->step)
		code = c->port->step(c->port->arg, &c->progress);
	for (unsigned i = 0; i < SB_MEMBERS_MAX; i++)
		free(g->oldest[i]);
	free(g);
	return code;
}

const struct pass pass_gc_gens = {
	.name = "gc_gens",
	.id = -1,
	.what = N_("find the oldest generation still in use of every bucket"),
	.help = N_("A bucket's generation has eight bits, and it may not run into a pointer that is still around from 256 generations ago. For every bucket the oldest "
		"generation that a pointer into it has is found and noted in its alloc key; cached copies more than 16 generations old are dropped on the way. "
		"Run on request only; the kernel does the same while mounted, when a bucket needs it."),
	.at_node = &(const struct rule){ N_("gc_gens: at a node"), N_("the pass comes to a node"),
			N_("the oldest generation that a pointer into each bucket has is noted; in the alloc btree it is held against what the alloc key says") },
	.run = gc_gens,
	.needs = { "alloc_read" },
};
