/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Nodes that could only be read in part: what was made good while reading, as questions. */
#include "topology_ask.h"

#include "arborist/format/btree_id.h"
#include "arborist/format/fsck_err.h"

#define ERR_DATA_MISSING 37

/* The worst defect names the finding, when the catalogue knows it. */
static const char *read_id(const struct node *n)
{
	const struct defect *worst = NULL;
	const char *name;

	for (size_t i = 0; i < n->defects.list.nr; i++) {
		const struct defect *d = &n->defects.list.v[i];

		if (d->err && (!worst || d->severity > worst->severity))
			worst = d;
	}
	if (!n->needs_rewrite)
		return "arborist_node_bad_copy";
	name = worst ? fsck_err_name(worst->err) : NULL;
	return name && finding_row(name) && finding_row(name)->kind == FINDING_READ ? name : "arborist_node_repaired_on_read";
}

static void read_message(struct topo *t, struct finding *f, const struct node *n)
{
	const struct defects *d = &n->defects;
	ARB_BUF(m);

	arb_buf_puts(&m, n->needs_rewrite ? "btree node repaired while it was read at btree " : "bad copy of a btree node at btree ");
	btree_id_to_text(&m, t->btree);
	arb_buf_printf(&m, " level %u:", n->level);
	for (size_t i = 0; i < d->list.nr && i < 8; i++)
		arb_buf_printf(&m, "\n  %s", d->list.v[i].text ? d->list.v[i].text : "");
	if (d->list.nr > 8)
		arb_buf_printf(&m, "\n  ... and %zu more", d->list.nr - 8 + d->dropped);
	finding_message(f, "%s", arb_buf_str(&m));
}

/* Is the one thing wrong that the pointer promises more than there is? Then the pointer can say what there is. */
static bool only_too_long(const struct node *n)
{
	for (size_t i = 0; i < n->defects.list.nr; i++)
		if (n->defects.list.v[i].err != ERR_DATA_MISSING || n->defects.list.v[i].dev != n->ptr.ptr[n->replica].dev)
			return false;
	return n->ptr.is_v2 && n->ptr.nr_ptrs == 1 && n->sectors_read && n->sectors_read < n->ptr.sectors_written;
}

static struct repair *shorten(struct topo *t, const struct node *n)
{
	struct repair *r = repair_new("say in the pointer that %u sectors of the node are written", n->sectors_read);
	struct btree_ptr p = n->ptr;
	struct bkey_buf k;

	if (!r)
		return NULL;
	p.sectors_written = n->sectors_read;
	btree_ptr_put(&k, &p);
	if (n->level == t->c->view->roots[t->btree].level)
		repair_root(r, t->btree, n->level, &k);
	else
		repair_insert(r, t->btree, n->level + 1, bkey_buf_s(&k));
	requires_allocations(r);
	return r;
}

static struct repair *write_anew(struct topo *t, const struct node *n)
{
	struct repair *r = repair_new("write the node anew, with what could be read of it");

	if (!r)
		return NULL;
	repair_rewrite(r, t->btree, n->level + 1, n->ptr.max_key);
	requires_lost_node(r, t->btree);
	return r;
}

/* Written by something newer: what it holds besides is not known. */
static bool incompatible(const struct node *n)
{
	return defects_worst(&n->defects) == DEFECT_INCOMPATIBLE;
}

static struct repair *read_repair(struct topo *t, const struct node *n, struct finding *f)
{
	if (!n->needs_rewrite || incompatible(n))
		return NULL;
	if (only_too_long(n)) {
		finding_fix(f, "Say in the pointer that %u sectors are written, which is what was found.", n->sectors_read);
		finding_reason(f, "what is missing is nowhere, and the kernel goes on with what there is too");
		return shorten(t, n);
	}
	finding_fix(f, "Write the node anew, into free space, with the %zu keys that could be read.", n->nr_keys);
	finding_skip(f, "The node stays as it is; a kernel reads it the same way and writes it anew itself.");
	finding_reason(f, "there is no better copy");
	return write_anew(t, n);
}

enum arb_code topo_report_read(struct topo *t, const struct node *n)
{
	struct finding *f;
	struct repair *r;
	struct bkey_buf k;
	bool fixed;

	if (plan_rewrites(t->c->plan, t->btree, n->level + 1, n->ptr.max_key))
		return ARB_OK;
	f = finding_new(read_id(n), "topology.read");
	if (!f)
		return arb_fail(t->c->err, ARB_E_NOMEM, "out of memory for a finding");
	f->btree = t->btree;
	f->level = n->level;
	f->pos = n->h.min_key;		/* of the header: it stays when a repair changes the range in force */
	f->end = n->h.max_key;
	read_message(t, f, n);
	topo_node_key(n, &k);
	topo_object(t, f, "node", n->level, &k);
	r = read_repair(t, n, f);
	f->no_repair = !r;
	return topo_question_ask(t, f, r, &fixed);
}
