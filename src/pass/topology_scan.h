/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the device scan knows, as the topology check asks it. Private to the room. */
#ifndef ARBORIST_SRC_PASS_TOPOLOGY_SCAN_H
#define ARBORIST_SRC_PASS_TOPOLOGY_SCAN_H

#include "topology.h"

/* A btree_ptr_v2 key in the space it needs: there may be millions. */
#define SCAN_PTR_VAL_BYTES (40 + 8 * BTREE_PTRS_MAX)
struct scan_ptr {
	struct bkey	k;
	uint8_t		v[SCAN_PTR_VAL_BYTES];
};
static inline struct bkey_s scan_ptr_s(const struct scan_ptr *p) { return (struct bkey_s){ p->k, p->v }; }

/* Pointers to scanned nodes that would fill a range, clipped to it. */
struct scan_fill {
	ARB_ARRAY(struct scan_ptr) ptrs;
};
void scan_fill_free(struct scan_fill *f);

/* Could a scan bring back nodes of this btree? Bookkeeping btrees are left out of it, unless the journal is lost. */
bool topo_scan_wanted(const struct topo *t);
/* Can the devices be scanned at all? */
bool topo_scan_possible(const struct topo *t);
/* ARB_OK: the scan has been done. ARB_E_RESTART: it has been asked for, and the pass has to return. */
enum arb_code topo_scan_need(struct topo *t, const char *why);
/* Does the scan know a newer node than @node_seq of this btree and @level, not in the tree, that overlaps [min, max]? */
enum arb_code topo_scan_newer(struct topo *t, unsigned level, struct bpos min, struct bpos max, uint32_t node_seq,
			      struct bkey_buf *ret_newer, bool *ret);
/* A pointer in a node of @level is taken out, or its range changes there. */
void topo_scan_dropped(struct topo *t, unsigned level, uint64_t cookie);
/* Scanned leaves for [min, max] that no pointer of the btree leads to and that were not offered before. */
enum arb_code topo_scan_fill(struct topo *t, struct bpos min, struct bpos max, struct scan_fill *ret);
/* The pointer @k to a scanned node is in the tree now: it is not offered again. */
enum arb_code topo_scan_used(struct topo *t, struct bkey_s k);

/* topology_unnamed.c: makes lost roots of those that view.roots_unsure names and the scan, which it may ask for, finds nodes of. */
enum arb_code topo_find_unnamed(struct pass_ctx *c);

#endif
