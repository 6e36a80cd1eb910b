/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Nodes that could only be read in part: what was made good while reading, as questions. */
#include "topology_ask.h"

#include <string.h>

#include "arborist/base/i18n.h"
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

		if ((d->err || d->own) && (!worst || d->severity > worst->severity))
			worst = d;
	}
	if (!n->needs_rewrite)
		return "arborist_node_bad_copy";
	name = !worst ? NULL : worst->err ? fsck_err_name(worst->err) : worst->own;
	return name && finding_row(name) && finding_row(name)->kind == FINDING_READ ? name : "arborist_node_repaired_on_read";
}

/* Read from a copy that is good, and nothing was wrong but that members are not here: that has been said once and for all. */
static bool only_devices_missing(const struct node *n)
{
	for (size_t i = 0; i < n->defects.list.nr; i++) {
		const char *own = n->defects.list.v[i].own;

		if (!own || strcmp(own, "arborist_copy_device_missing"))
			return false;
	}
	return !n->needs_rewrite && !n->defects.dropped;
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
	if (!btree_reconstructible(t->btree))
		topo_older_lost_text(&m, n);
	finding_message(f, "%s", arb_buf_str(&m));
	finding_causes(f, d);
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

static void rewrite_it(struct topo *t, const struct node *n, struct repair *r)
{
	repair_rewrite(r, t->btree, n->level + 1, n->ptr.max_key);
	requires_lost_node(r, t->btree);
}

static struct repair *write_anew(struct topo *t, const struct node *n)
{
	struct repair *r = n->needs_rewrite ? repair_new("write the node anew, with what could be read of it") :
				repair_new("write the node anew, with all its copies");

	if (r)
		rewrite_it(t, n, r);
	return r;
}

/* Written by something newer: what it holds besides is not known. */
static bool incompatible(const struct node *n)
{
	return defects_worst(&n->defects) == DEFECT_INCOMPATIBLE;
}

static struct btree_ptr one_copy(const struct node *n, unsigned i)
{
	struct btree_ptr p = n->ptr;

	p.nr_ptrs = 1;
	p.ptr[0] = n->ptr.ptr[i];
	return p;
}

/* The pointer is reduced to one copy, which is then written anew as often as it should be there. */
static struct repair *use_copy(struct topo *t, const struct node *n, unsigned i)
{
	struct repair *r = write_anew(t, n);
	struct btree_ptr only = one_copy(n, i);
	struct bkey_buf k;

	if (!r)
		return NULL;
	btree_ptr_put(&k, &only);
	if (n->level == t->c->view->roots[t->btree].level)
		repair_root(r, t->btree, n->level, &k);
	else
		repair_insert(r, t->btree, n->level + 1, bkey_buf_s(&k));
	return r;
}

/* What goes into the node, counted by where it is from. */
static void fill_text(const struct node *n, const struct older_keys *k, struct finding *f)
{
	const struct node *from = k->node.nr ? k->node.v[0] : NULL;
	ARB_BUF(m);

	arb_buf_printf(&m, _("Write the node anew, into free space. Keys that could be read: %zu. Filled in where some are lost"), n->nr_keys);
	if (k->from_journal)
		arb_buf_printf(&m, _(", as old entries of the journal say: %zu"), k->from_journal);
	if (from)
		arb_buf_printf(&m, _(", from an older copy (generation %u, journal %llu; the node: %u, %llu): %zu"), from->h.node_seq,
			       (unsigned long long)from->max_journal_seq, n->h.node_seq, (unsigned long long)n->max_journal_seq, k->key.nr - k->from_journal);
	if (k->gone)
		arb_buf_printf(&m, _(", left out because certainly deleted since: %zu"), k->gone);
	finding_fix(f, "%s.", arb_buf_str(&m));
}

/* As read, and where nothing could be read as an older copy has it. */
static struct repair *write_filled(struct topo *t, const struct node *n, const struct topo_older *older)
{
	struct repair *r = repair_new(P_("write the node anew, with what could be read of it and %zu key from elsewhere",
					 "write the node anew, with what could be read of it and %zu keys from elsewhere", older->fill.key.nr), older->fill.key.nr);

	if (!r)
		return NULL;
	rewrite_it(t, n, r);
	topo_older_fill(t, r, older);
	return r;
}

static struct repair *fill_in(struct topo *t, const struct node *n, const struct topo_older *older, struct finding *f)
{
	fill_text(n, &older->fill, f);
	finding_skip(f, "The node stays as it is, and a kernel reads it without those keys, or drops it with all of them.");
	finding_reason(f, older->fill.node.nr ? _("what could be read is newer and stays; where it says nothing the older copy is the best there is, though what was "
					       "deleted there since comes back with it") :
		       _("what could be read stays; of what could not be the journal still says how it was left"));
	return write_filled(t, n, older);
}

/* What could be done but to keep the node as it was read. */
struct better {
	struct topo_older older;
	struct node	*whole;		/* another copy of it, with which nothing is wrong; owned */
	unsigned	copy;		/* index into ptr.ptr[] */
};

static enum arb_code read_copy(struct topo *t, const struct node *n, unsigned i, struct node **ret)
{
	struct btree_ptr only = one_copy(n, i);
	struct defects defects = { 0 };
	enum arb_code code;

	*ret = NULL;
	code = node_read(t->c->view->devs, &t->c->view->geo, t->btree, n->level, &only, NODE_WHOLE, ret, &defects, t->c->err);
	defects_free(&defects);
	return code;
}

/* The kernel reads any of the copies and does not look for a better one when keys are bad: it may never have come to a whole one. */
static enum arb_code find_better(struct topo *t, const struct node *n, struct better *ret)
{
	enum arb_code code = ARB_OK;

	if (!n->needs_rewrite || incompatible(n))
		return ARB_OK;
	for (unsigned i = 0; !code && !ret->whole && i < n->ptr.nr_ptrs; i++) {
		if (i == n->replica)
			continue;
		code = read_copy(t, n, i, &ret->whole);
		ret->copy = i;
		if (ret->whole && ret->whole->needs_rewrite) {
			node_free(ret->whole);
			ret->whole = NULL;
		}
	}
	return code || ret->whole ? code : topo_older_find(t, n, &ret->older);
}

static struct repair *take_whole(struct topo *t, const struct node *n, const struct better *b, struct finding *f)
{
	finding_fix(f, "Use the copy on device %u instead, which is whole, and write it anew. Keys that can be read of it: %zu; of this one: %zu.",
		    n->ptr.ptr[b->copy].dev, b->whole->nr_keys, n->nr_keys);
	finding_skip(f, "The node stays as it is. A kernel reads one copy or the other, and writes anew what it could read of that.");
	finding_reason(f, "it is the same node, and nothing is wrong with that copy");
	return use_copy(t, n, b->copy);
}

static struct repair *read_repair(struct topo *t, const struct node *n, const struct better *b, struct finding *f)
{
	if (incompatible(n))
		return NULL;
	if (!n->needs_rewrite) {
		finding_fix(f, "Write the node anew, into free space, with all its copies.");
		finding_skip(f, "The good copy goes on being used. To have such nodes written anew: policy %s yes, and run the pass again.", f->row->id);
		return write_anew(t, n);
	}
	if (!b->whole && b->older.fill.key.nr && !b->older.as_written)
		return fill_in(t, n, &b->older, f);
	if (only_too_long(n)) {
		finding_fix(f, P_("Say in the pointer that %u sector is written, which is what was found.",
				  "Say in the pointer that %u sectors are written, which is what was found.", n->sectors_read), n->sectors_read);
		finding_reason(f, "what is missing is nowhere, and the kernel goes on with what there is too");
		return shorten(t, n);
	}
	if (b->whole)
		return take_whole(t, n, b, f);
	finding_fix(f, P_("Write the node anew, into free space, with the %zu key that could be read.",
			  "Write the node anew, into free space, with the %zu keys that could be read.", n->nr_keys), n->nr_keys);
	if (strcmp(f->row->id, "arborist_accounting_wrong_size"))	/* of that the row knows better */
		finding_skip(f, "The node stays as it is; a kernel reads it the same way and writes it anew itself.");
	finding_reason(f, b->older.asked ? _("there is no better copy, and no older one has a key where one could not be read") : _("there is no better copy"));
	return write_anew(t, n);
}

/* --- what else could be done about it --------------------------------------------------------------------------------- */
static const char choice_keep[] = "keep", choice_fill[] = "fill", choice_drop[] = "drop";
static const char *const choice_copies[BTREE_PTRS_MAX] = { "copy-1", "copy-2", "copy-3", "copy-4" };

/* As it was read, without what is suggested; or with what would be suggested if bytes had been lost. */
static void offer_keep(struct topo *t, const struct node *n, const struct better *b, struct finding *f)
{
	if (b->whole)
		finding_choice_add(f, choice_keep, write_anew(t, n), "Write the node anew with what could be read of this copy. Keys that could be read: %zu.",
				   n->nr_keys);
	else if (b->older.fill.key.nr && b->older.as_written)
		finding_choice_add(f, choice_fill, write_filled(t, n, &b->older), P_("Write the node anew with what could be read, and with %zu key as the journal says it "
				   "was left.", "Write the node anew with what could be read, and with %zu keys as the journal says they were left.", b->older.fill.key.nr),
				   b->older.fill.key.nr);
	else if (b->older.fill.key.nr)
		finding_choice_add(f, choice_keep, write_anew(t, n), "Write the node anew with what could be read alone. Keys that could be read: %zu; "
				   "keys of the journal and of older copies that are left out: %zu.", n->nr_keys, b->older.fill.key.nr);
}

static void offer_drop(struct topo *t, const struct node *n, const struct node *parent, const struct topo_older *older, struct finding *f)
{
	struct repair *r = NULL;
	ARB_BUF(text);

	if (topo_scan_wanted(t) && topo_scan_possible(t))
		r = repair_new("drop a node that could be read only in part");
	if (!r)
		return;
	if (parent)
		repair_delete(r, t->btree, parent->level, n->ptr.max_key);
	requires_lost_node(r, t->btree);
	r->loss.nodes_dropped = 1;
	r->loss.keys_cut = n->level ? 0 : older->asked ? older->only_here : n->nr_keys;
	arb_buf_printf(&text, parent ? _("Drop the node with its %zu readable keys; nodes that a scan of the devices finds take its range.") :
		       _("Give the root up with its %zu readable keys, and rebuild the btree from nodes that a scan of the devices finds."), n->nr_keys);
	if (older->asked)
		arb_buf_printf(&text, _(" Keys that copies found by the scan hold for its range: %zu; readable keys that are in none of them: %zu."),
			       older->instead, older->only_here);
	finding_choice_add(f, choice_drop, r, "%s", arb_buf_str(&text));
}

static enum arb_code offer_copy(struct topo *t, const struct node *n, unsigned i, struct finding *f)
{
	struct node *other;
	enum arb_code code = read_copy(t, n, i, &other);

	if (other)
		finding_choice_add(f, choice_copies[i], use_copy(t, n, i), "Use the copy on device %u instead, of which %zu keys can be read, and write it anew.",
				   n->ptr.ptr[i].dev, other->nr_keys);
	node_free(other);
	return code;
}

static enum arb_code offer_choices(struct topo *t, const struct node *n, const struct node *parent, const struct better *b, struct finding *f)
{
	enum arb_code code = ARB_OK;

	if (!n->needs_rewrite || incompatible(n))
		return ARB_OK;
	offer_keep(t, n, b, f);
	offer_drop(t, n, parent, &b->older, f);
	for (unsigned i = 0; !code && i < n->ptr.nr_ptrs; i++)
		if (i != n->replica && !(b->whole && i == b->copy))
			code = offer_copy(t, n, i, f);
	return code;
}

/* A node that was dropped is not put back by the scan, which finds it as well. */
static enum arb_code node_dropped(struct topo *t, const struct node *n, const struct node *parent)
{
	if (!parent) {
		t->c->run->roots_given_up |= UINT64_C(1) << t->btree;
		t->c->run->roots_asked |= UINT64_C(1) << t->btree;
	}
	topo_scan_dropped(t, n->level + 1, n->h.bset.seq);
	if (!cookie_set_add(&t->c->run->given_up, n->h.bset.seq))
		return arb_fail(t->c->err, ARB_E_NOMEM, "out of memory for the topology check");
	return t->c->run->scan ? scan_distrust(t->c->run->scan, n->h.bset.seq, t->c->err) : ARB_OK;
}

static enum arb_code ask(struct topo *t, const struct node *n, const struct node *parent, const struct better *b, bool *ret_dropped)
{
	const char *chosen = NULL;
	struct finding *f;
	struct repair *r;
	struct bkey_buf k;
	enum arb_code code;

	f = finding_new(read_id(n), "topology.read");
	if (!f)
		return arb_fail(t->c->err, ARB_E_NOMEM, "out of memory for a finding");
	f->btree = t->btree;
	f->level = n->level;
	f->pos = n->h.min_key;		/* of the header: it stays when a repair changes the range in force */
	f->end = n->h.max_key;
	f->chosen = &chosen;
	read_message(t, f, n);
	topo_node_key(n, &k);
	topo_object(t, f, "node", n->level, &k);
	r = read_repair(t, n, b, f);
	f->no_repair = !r;
	code = offer_choices(t, n, parent, b, f);
	if (code) {
		finding_free(f);
		repair_free(r);
		return code;
	}
	code = topo_question_ask(t, f, r, ret_dropped);
	if (!code && *ret_dropped)
		code = topo_older_taken(t, &b->older);
	*ret_dropped = *ret_dropped && chosen == choice_drop;
	return !code && *ret_dropped ? node_dropped(t, n, parent) : code;
}

enum arb_code topo_report_read(struct topo *t, const struct node *n, const struct node *parent, bool *ret_dropped)
{
	struct better b = { 0 };
	struct bkey_buf k;
	enum arb_code code;

	*ret_dropped = false;
	btree_ptr_put(&k, &n->ptr);
	if (plan_rewrites(t->c->plan, t->btree, n->level + 1, bkey_buf_s(&k)))
		return ARB_OK;
	if (only_devices_missing(n) && t->c->view->devs->nr_missing)
		return ARB_OK;
	code = find_better(t, n, &b);
	code = code ? code : ask(t, n, parent, &b, ret_dropped);
	topo_older_free(&b.older);
	node_free(b.whole);
	return code;
}
