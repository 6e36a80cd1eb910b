/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a plan loses: from the repairs to ranges, from those to events, from events to inodes with their paths. */
#include <config.h>
#include <stdlib.h>
#include "arborist/base/i18n.h"
#include "arborist/format/extent.h"
#include "arborist/format/inode.h"
#include "arborist/format/key_type.h"
#include "loss.h"

typedef unsigned long long ull;

bool loss_cancelled(const struct loss_finder *f)
{
	return f->o->cancelled && f->o->cancelled(f->o->arg);
}

enum arb_code loss_event(struct loss_finder *f, uint64_t inum, enum lost_what what, uint64_t n)
{
	struct lost_event *e;

	if (f->events.nr >= LOSS_KEYS_MAX) {
		f->report->cut = true;
		return ARB_OK;
	}
	e = arb_array_push(&f->events);
	if (!e)
		return ARB_E_NOMEM;
	*e = (struct lost_event){ inum, n, what };
	return ARB_OK;
}

/* --- where ---------------------------------------------------------------------------------------------------------------- */

static struct bpos first_of(const struct mutation *m)
{
	return m->kind == MUTATION_ROOT ? POS_MIN : mutation_start(m);
}

static enum arb_code touch(struct loss_finder *f, const struct mutation *m)
{
	struct loss_stretch *t;

	if (m->kind == MUTATION_SUPER || m->btree > BTREE_xattrs)
		return ARB_OK;
	t = arb_array_push(&f->touched[m->btree].list);
	if (!t)
		return ARB_E_NOMEM;
	*t = (struct loss_stretch){ first_of(m), m->kind == MUTATION_ROOT ? SPOS_MAX : m->end };
	return ARB_OK;
}

static int by_start(const void *a, const void *b)
{
	return bpos_cmp(((const struct loss_stretch *)a)->start, ((const struct loss_stretch *)b)->start);
}

static bool meets(struct bpos end, struct bpos start)
{
	struct bpos next;

	return bpos_le(start, end) || (bpos_successor(end, &next) && bpos_eq(next, start));
}

static void put_together(struct touched *t)
{
	size_t nr = 0;

	if (t->list.nr)
		qsort(t->list.v, t->list.nr, sizeof(*t->list.v), by_start);
	for (size_t i = 0; i < t->list.nr; i++)
		if (nr && meets(t->list.v[nr - 1].end, t->list.v[i].start))
			t->list.v[nr - 1].end = bpos_max(t->list.v[nr - 1].end, t->list.v[i].end);
		else
			t->list.v[nr++] = t->list.v[i];
	t->list.nr = nr;
}

bool loss_touches(const struct touched *t, struct bpos start, struct bpos end)
{
	size_t lo = 0, hi = t->list.nr;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (bpos_lt(t->list.v[mid].end, start))
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < t->list.nr && bpos_le(t->list.v[lo].start, end);
}

static enum arb_code touch_all(struct loss_finder *f, const struct plan *p, bool *ret_any)
{
	enum arb_code code = ARB_OK;

	for (size_t i = 0; i < plan_nr(p) && !code; i++)
		for (size_t j = 0; j < plan_repair(p, i)->mutations.nr && !code; j++)
			code = touch(f, &plan_repair(p, i)->mutations.v[j]);
	for (unsigned b = 0; b <= BTREE_xattrs; b++) {
		put_together(&f->touched[b]);
		*ret_any |= f->touched[b].list.nr != 0;
	}
	return code;
}

/* --- from events to inodes ---------------------------------------------------------------------------------------------------- */

static int by_inum(const void *pa, const void *pb)
{
	const struct lost_event *a = pa, *b = pb;

	return a->inum < b->inum ? -1 : a->inum > b->inum;
}

/* What the comparison of keys saw and what counts say are two views of the same loss: the larger one holds. */
static struct lost_inode add_up(const struct lost_event *e, size_t nr)
{
	struct lost_inode x = { .inum = e->inum };
	uint64_t counted = 0;
	bool name_missing = false, some = false;

	for (size_t i = 0; i < nr; i++)
		switch (e[i].what) {
		case LOST_VERSION: x.versions += e[i].n; break;
		case LOST_VERSION_SOME: some = true; break;
		case LOST_NAME:
			x.names += e[i].n;
			name_missing |= !e[i].n;
			break;
		case LOST_DATA: x.sectors += e[i].n; break;
		case LOST_DATA_COUNTED: counted = e[i].n > counted ? e[i].n : counted; break;
		case LOST_XATTR: x.xattrs += e[i].n; break;
		}
	if (counted > x.sectors)
		x.sectors = counted;
	if (some && !x.versions)
		x.versions = 1;
	if (name_missing && !x.names)
		x.names = 1;
	return x;
}

static enum arb_code any_inode(void *arg, const struct node *n, struct bkey_s k)
{
	(void)n;
	if (k.k.type != KEY_inode && k.k.type != KEY_inode_v2 && k.k.type != KEY_inode_v3)
		return ARB_OK;
	*(bool *)arg = true;
	return ARB_E_STOPPED;
}

static enum arb_code settle(struct loss_finder *f, struct lost_inode *x)
{
	bool left = false;
	struct walk w = { .btree = BTREE_inodes, .start = BPOS(0, x->inum, 0), .end = BPOS(0, x->inum, UINT32_MAX), .key = any_inode, .arg = &left };
	enum arb_code code = x->versions ? view_walk(f->after, &w, f->err) : ARB_OK;

	if (code == ARB_E_STOPPED)
		code = ARB_OK;
	x->gone |= x->versions && !left;
	return code;
}

static enum arb_code gather(struct loss_finder *f)
{
	enum arb_code code = ARB_OK;

	if (f->events.nr)
		qsort(f->events.v, f->events.nr, sizeof(*f->events.v), by_inum);
	for (size_t i = 0, nr; i < f->events.nr && !code; i += nr) {
		struct lost_inode *x = arb_array_push(&f->report->inodes);

		for (nr = 1; i + nr < f->events.nr && f->events.v[i + nr].inum == f->events.v[i].inum; nr++)
			;
		if (!x)
			return ARB_E_NOMEM;
		*x = add_up(&f->events.v[i], nr);
		code = settle(f, x);
	}
	return code;
}

struct home { uint64_t dir; };

static enum arb_code take_home(void *arg, const struct node *n, struct bkey_s k)
{
	struct home *h = arg;
	struct inode in;

	(void)n;
	if (inode_get(k, &in))
		h->dir = in.field[INODE_FIELD_dir];
	return h->dir ? ARB_E_STOPPED : ARB_OK;
}

/* No name is known, but the inode says in which directory it had one. */
static enum arb_code path_of_home(struct loss_finder *f, struct names *names, uint64_t inum, struct arb_buf *out)
{
	struct home h = { 0 };
	struct walk w = { .btree = BTREE_inodes, .start = BPOS(0, inum, 0), .end = BPOS(0, inum, UINT32_MAX), .key = take_home, .arg = &h };
	enum arb_code code = view_walk(f->after, &w, f->err);

	if (!h.dir || h.dir == inum)
		return code == ARB_E_STOPPED ? ARB_OK : code;
	arb_buf_reset(out);
	code = names_best(names, h.dir, out, f->err);
	arb_buf_puts(out, arb_buf_str(out)[out->len ? out->len - 1 : 0] == '/' ? "?" : "/?");
	return code;
}

static enum arb_code path_of(struct loss_finder *f, struct names *before, struct lost_inode *x)
{
	enum arb_code code;
	ARB_BUF(b);

	code = names_best(before, x->inum, &b, f->err);
	if (!code && arb_buf_str(&b)[0] == 'i') {
		arb_buf_reset(&b);
		code = names_best(f->names, x->inum, &b, f->err);
		if (!code && arb_buf_str(&b)[0] == 'i')
			code = path_of_home(f, before, x->inum, &b);
	}
	x->path = code ? NULL : arb_buf_steal(&b);
	return code;
}

/* As it was called before, or as it still is. */
static enum arb_code find_paths(struct loss_finder *f)
{
	struct names_options no = { .cancelled = f->o->cancelled, .arg = f->o->arg };
	size_t nr = f->report->inodes.nr;
	uint64_t *inums = nr ? malloc(nr * sizeof(*inums)) : NULL;
	struct names *before = NULL;
	enum arb_code code = inums ? names_new(f->before, &no, &before, f->err) : nr ? ARB_E_NOMEM : ARB_OK;

	for (size_t i = 0; i < nr && inums; i++)
		inums[i] = f->report->inodes.v[i].inum;
	if (before)
		names_want(before, inums, nr), names_want(f->names, inums, nr);
	for (size_t i = 0; i < nr && !code; i++)
		code = loss_cancelled(f) ? ARB_E_CANCELLED : path_of(f, before, &f->report->inodes.v[i]);
	names_free(before);
	names_want(f->names, NULL, 0);
	free(inums);
	return code;
}

static enum arb_code find_all(struct loss_finder *f)
{
	struct names_options no = { .cancelled = f->o->cancelled, .arg = f->o->arg };
	enum arb_code code = names_new(f->after, &no, &f->names, f->err);

	for (unsigned b = 0; b <= BTREE_xattrs && !code; b++)
		code = loss_compare(f, b);
	code = code ? code : loss_cross_check(f);
	code = code ? code : loss_versions(f);
	code = code ? code : loss_backpointers(f);
	code = code ? code : gather(f);
	return code ? code : find_paths(f);
}

enum arb_code loss_find(struct view *before, struct view *after, const struct plan *p, const struct loss_options *o,
			struct loss_report **ret, struct arb_error *err)
{
	struct loss_finder f = { .before = before, .after = after, .o = o, .err = err, .report = calloc(1, sizeof(*f.report)) };
	bool any = false;
	enum arb_code code = f.report ? touch_all(&f, p, &any) : ARB_E_NOMEM;

	if (!code && any)
		code = find_all(&f);
	names_free(f.names);
	for (unsigned b = 0; b <= BTREE_xattrs; b++)
		arb_array_free(&f.touched[b].list);
	arb_array_free(&f.events);
	if (!code) {
		*ret = f.report;
		return ARB_OK;
	}
	loss_report_free(f.report);
	if (code == ARB_E_CANCELLED)
		return arb_fail(err, code, "cancelled");
	return code == ARB_E_NOMEM ? arb_fail(err, code, "no memory to find out what would be lost") : code;
}

void loss_report_free(struct loss_report *r)
{
	if (!r)
		return;
	for (size_t i = 0; i < r->inodes.nr; i++)
		free(r->inodes.v[i].path);
	arb_array_free(&r->inodes);
	arb_array_free(&r->unknown);
	free(r);
}

/* --- text ---------------------------------------------------------------------------------------------------------------------- */

static void part(struct arb_buf *out, const char **sep, uint64_t n, const char *what)
{
	arb_buf_printf(out, "%s%llu %s", *sep, (ull)n, what);
	*sep = ", ";
}

void lost_inode_to_text(struct arb_buf *out, const struct lost_inode *x)
{
	const char *sep = "";

	if (x->gone) {
		arb_buf_puts(out, _("the inode itself"));
		sep = ", ";
	} else if (x->versions) {
		part(out, &sep, x->versions, P_("version of it", "versions of it", x->versions));
	}
	if (x->names)
		part(out, &sep, x->names, P_("name", "names", x->names));
	if (x->sectors)
		part(out, &sep, x->sectors, P_("sector of data", "sectors of data", x->sectors));
	if (x->xattrs)
		part(out, &sep, x->xattrs, P_("attribute", "attributes", x->xattrs));
}

void loss_report_to_text(struct arb_buf *out, const struct loss_report *r, size_t max)
{
	if (!r->inodes.nr && !r->unknown.nr)
		arb_buf_printf(out, "%s\n", _("no inode loses anything that is known"));
	if (r->inodes.nr)
		arb_buf_printf(out, P_("%zu inode loses something:", "%zu inodes lose something:", r->inodes.nr), r->inodes.nr);
	if (r->inodes.nr)
		arb_buf_putc(out, '\n');
	for (size_t i = 0; i < r->inodes.nr && i < max; i++) {
		const struct lost_inode *x = &r->inodes.v[i];

		arb_buf_printf(out, "  %s", x->path ? x->path : "?");
		arb_buf_printf(out, _(" (inode %llu): "), (ull)x->inum);
		lost_inode_to_text(out, x);
		arb_buf_putc(out, '\n');
	}
	if (r->inodes.nr > max)
		arb_buf_printf(out, _("  and %zu more\n"), r->inodes.nr - max);
	for (size_t i = 0; i < r->unknown.nr && i < max; i++) {
		arb_buf_puts(out, "  ");
		btree_id_to_text(out, r->unknown.v[i].btree);
		arb_buf_putc(out, ' ');
		bpos_to_text(out, r->unknown.v[i].start);
		arb_buf_puts(out, " .. ");
		bpos_to_text(out, r->unknown.v[i].end);
		arb_buf_printf(out, "%s\n", _(": unreadable, nobody knows what was there beyond this"));
	}
	if (r->cut)
		arb_buf_printf(out, "%s\n", _("  and more than can be remembered"));
}
