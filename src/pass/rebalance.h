/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sectors that rebalance still has to move or compress (repair-semantics.md 8.6). */
#ifndef ARBORIST_SRC_PASS_REBALANCE_H
#define ARBORIST_SRC_PASS_REBALANCE_H

#include "alloc.h"

/* Adds to the rebalance_work counter what the rebalance entry of @k, if it has one, asks for. */
void rebalance_mark(struct alloc_gc *g, struct bkey_s k);

#endif
