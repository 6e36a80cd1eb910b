/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The journal lost, and with it the places of all roots. Private to the room. */
#ifndef ARBORIST_SRC_PASS_TOPOLOGY_LOST_H
#define ARBORIST_SRC_PASS_TOPOLOGY_LOST_H

#include "run.h"

/* Asks for the scan, which has to come first. ARB_OK: it is there, or nothing of the kind is lost. */
enum arb_code topo_lost_scan(struct pass_ctx *c);
/* What can be done about it, into the finding that there is no journal. */
void topo_lost_ask(struct pass_ctx *c, struct finding *f);
/* Once that was accepted: the root of each btree that the scan found nodes of, each a question. */
enum arb_code topo_lost_roots(struct pass_ctx *c);
/* Inodes of the btree at hand (nothing is done for another) in [@start, @end] may be older than what the tree had. */
enum arb_code topo_sizes_doubt(struct pass_ctx *c, unsigned btree, struct bpos start, struct bpos end);
/* At the end: sizes of such inodes, or of all when the journal is lost, that are older than the data of the file (topology_sizes.c). */
enum arb_code topo_sizes(struct pass_ctx *c);
/* The highest number of a journal entry in any node that was found. */
uint64_t topo_lost_newest(const struct pass_run *run);

#endif
