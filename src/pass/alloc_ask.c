/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Questions of the allocation gc: how a finding is made, shown and decided. */
#include "alloc.h"

#include "arborist/base/i18n.h"
#include "arborist/format/key_type.h"

struct finding *alloc_finding(const char *id, const char *site, unsigned btree, unsigned level, struct bpos pos)
{
	struct finding *f = finding_new(id, site);

	if (!f)
		return NULL;
	f->btree = btree;
	f->level = level;
	f->pos = f->end = pos;
	f->rule = alloc_rule(id, 0);
	return f;
}

void alloc_key_text(const struct alloc_gc *g, struct arb_buf *out, struct bkey_s k)
{
	struct key_text_ctx ctx = { .geo = &g->v->geo };

	bkey_to_text(out, &ctx, k);
}

struct repair *alloc_repair_key(const struct gc_place *at, struct bpos pos, const struct bkey_buf *k, const char *what)
{
	struct repair *r = repair_new("%s", tr(what));

	if (r && at->root)
		repair_root(r, at->btree, at->level - 1, k);
	else if (r && k)
		repair_insert(r, at->btree, at->level, bkey_buf_s(k));
	else if (r)
		repair_delete(r, at->btree, at->level, pos);
	if (r) {
		r->btree = at->btree;
		r->level = at->level;
		r->pos = r->end = pos;
	}
	return r;
}

enum arb_code alloc_come_by(void *arg, const struct node *n)
{
	const struct pass_ctx *c = ((struct alloc_gc *)arg)->c;

	(void)n;
	return c->port->step ? c->port->step(c->port->arg, &c->progress) : ARB_OK;
}

/* What follows from corrected buckets is asked of the next mount by each repair: any of them may be taken back. */
enum arb_code alloc_decide(struct alloc_gc *g, struct finding *f, struct repair *r, bool *ret_fixed)
{
	enum arb_code code;

	*ret_fixed = false;
	if (r && !g->report_only)
		requires_bucket_references(r);
	if (f && r && !g->report_only) {
		f->repair = r;
	} else {
		repair_free(r);
		if (f)
			f->no_repair = true;
	}
	code = pass_decide(g->c, f, ret_fixed);
	return code;
}
