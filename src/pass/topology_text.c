/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Nodes and pointers as the questions of the topology check show them. */
#include "topology.h"

#include "arborist/format/btree_id.h"

static struct key_text_ctx text_ctx(const struct topo *t)
{
	return (struct key_text_ctx){ .geo = &t->c->view->geo, .flags = KEY_TEXT_FIRST_LINE };
}

void topo_key_text(const struct topo *t, struct arb_buf *out, const struct bkey_buf *k)
{
	struct key_text_ctx ctx = text_ctx(t);

	bkey_to_text(out, &ctx, bkey_buf_s(k));
}

void topo_node_key(const struct node *b, struct bkey_buf *ret)
{
	btree_ptr_put(ret, &b->ptr);
}

int topo_missing_member(const struct topo *t, struct bkey_s ptr)
{
	const struct view *v = t->c->view;
	struct btree_ptr p;

	if (!btree_ptr_get(ptr, &p))
		return -1;
	for (unsigned i = 0; i < p.nr_ptrs; i++) {
		unsigned dev = p.ptr[i].dev;

		if (geometry_member(&v->geo, dev) && (!v->devs->dev[dev] || v->devs->dev[dev]->left_out))
			return (int)dev;
	}
	return -1;
}

void topo_range_text(struct arb_buf *out, struct bpos start, struct bpos end)
{
	bpos_to_text(out, start);
	arb_buf_puts(out, " .. ");
	bpos_to_text(out, end);
}

static void bset_states(struct arb_buf *out, const struct node *n)
{
	arb_buf_printf(out, "keys %zu  bsets %u  csum", n->nr_keys, n->nr_bsets);
	for (unsigned i = 0; i < n->nr_bsets && i < 8; i++)
		arb_buf_printf(out, " %s", n->bsets[i].csum_ok ? "ok" : "BAD");
	if (n->nr_bsets > 8)
		arb_buf_puts(out, " ...");
	if (n->keys_outside)
		arb_buf_printf(out, "  (%zu keys outside the range)", n->keys_outside);
	arb_buf_putc(out, '\n');
}

static void sample_key(const struct topo *t, struct arb_buf *out, const char *which, const struct node *n, size_t i)
{
	struct key_text_ctx ctx = text_ctx(t);

	arb_buf_printf(out, "%s ", which);
	bkey_to_text(out, &ctx, node_key(n, i));
	arb_buf_putc(out, '\n');
}

static void readable_text(const struct topo *t, struct arb_buf *out, const struct node *n)
{
	arb_buf_puts(out, "range ");
	topo_range_text(out, n->min, n->max);
	arb_buf_putc(out, '\n');
	if (!bpos_eq(n->min, n->h.min_key) || !bpos_eq(n->max, n->h.max_key)) {
		arb_buf_puts(out, "header ");
		topo_range_text(out, n->h.min_key, n->h.max_key);
		arb_buf_putc(out, '\n');
	}
	arb_buf_printf(out, "seq %llx  age %u\n", (unsigned long long)n->h.bset.seq, n->h.node_seq);
	bset_states(out, n);
	if (n->nr_keys)
		sample_key(t, out, "first", n, 0);
	if (n->nr_keys > 1)
		sample_key(t, out, "last", n, n->nr_keys - 1);
}

static void unreadable_text(struct arb_buf *out, const struct btree_ptr *p, const struct defects *d)
{
	arb_buf_puts(out, "range ");
	topo_range_text(out, p->min_key, p->max_key);
	arb_buf_printf(out, "\nseq %llx\nunreadable\n", (unsigned long long)p->seq);
	for (size_t i = 0; i < d->list.nr && i < 4; i++)
		arb_buf_printf(out, "%s\n", d->list.v[i].text ? d->list.v[i].text : "");
}

void topo_object(struct topo *t, struct finding *f, const char *role, unsigned level, const struct bkey_buf *key)
{
	struct finding_object *o = finding_object_add(f, role, t->btree, level);
	struct node_got got = { 0 };
	struct btree_ptr p;
	ARB_BUF(text);

	if (!o)
		return;
	o->has_key = true;
	o->key = *key;
	if (!btree_ptr_get(bkey_buf_s(key), &p) || !p.nr_ptrs) {
		topo_key_text(t, &text, key);
	} else if (!view_node(t->c->view, t->btree, level, bkey_buf_s(key), &got, NULL)) {
		if (got.node)
			readable_text(t, &text, got.node);
		else
			unreadable_text(&text, &p, got.defects);
		node_put(&got);
	}
	finding_object_text(o, &text);
}
