/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the device scan knows, as the topology check asks it. */
#include "topology_scan.h"

#include "arborist/format/btree_id.h"

void scan_fill_free(struct scan_fill *f)
{
	arb_array_free(&f->ptrs);
}

bool topo_scan_wanted(const struct topo *t)
{
	return !(btree_info(t->btree)->flags & BTREE_ALLOC);
}

bool topo_scan_possible(const struct topo *t)
{
	(void)t;
	return false;
}

enum arb_code topo_scan_need(struct topo *t, const char *why)
{
	(void)why;
	t->c->needs_scan = true;
	return ARB_OK;
}

bool topo_scan_newer(const struct topo *t, unsigned level, struct bpos min, struct bpos max, uint32_t node_seq, struct bkey_buf *ret)
{
	(void)t, (void)level, (void)min, (void)max, (void)node_seq, (void)ret;
	return false;
}

enum arb_code topo_scan_fill(struct topo *t, struct bpos min, struct bpos max, struct scan_fill *ret)
{
	(void)t, (void)min, (void)max, (void)ret;
	return ARB_OK;
}

bool topo_scan_has(const struct topo *t)
{
	(void)t;
	return false;
}

enum arb_code topo_scan_used(struct topo *t, struct bkey_s k)
{
	struct btree_ptr p;

	if (!btree_ptr_get(k, &p))
		return ARB_OK;
	if (!cookie_set_add(&t->offered, p.seq) || !cookie_set_add(&t->in_tree, p.seq))
		return arb_fail(t->c->err, ARB_E_NOMEM, "out of memory for scanned nodes");
	return ARB_OK;
}
