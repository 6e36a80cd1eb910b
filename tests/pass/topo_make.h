/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A small deep filesystem in memory, damaged by changing pointers in the overlay, and a port that takes the suggested
 * answers and remembers what was found.
 */
#ifndef ARBORIST_TESTS_PASS_TOPO_MAKE_H
#define ARBORIST_TESTS_PASS_TOPO_MAKE_H

#include "arborist/image/image.h"
#include "arborist/pass/pass.h"

#define TOPO_FOUND_MAX 4096

struct topo_fs {
	struct workers	*workers;
	struct view	*view;
	struct plan	*plan;
	struct pass_run	*run;
	struct pass_port port;
	/* what was found in the last topo_fs_run() */
	struct topo_found { const struct finding_row *row; const struct rule *rule; unsigned btree, level; bool fixed; } found[TOPO_FOUND_MAX];
	unsigned	nr_found;
	uint64_t	steps;
	const char	*answer_stop, *answer_skip;	/* ids that are answered so; NULL: none */
};

/* One device built once and copied for each; asserts on failure. */
struct topo_fs *topo_fs_new(void);
/* One made to order, and one over the bytes of @from's device as they are now. */
struct topo_fs *topo_fs_built(const struct image_options *o);
struct topo_fs *topo_fs_again(const struct topo_fs *from);
void topo_fs_free(struct topo_fs *t);
enum arb_code topo_fs_run(struct topo_fs *t);

/* Pointers to the nodes of @level, in order, as the view has them. */
struct topo_ptrs { struct bkey_buf *v; size_t nr; };
struct topo_ptrs topo_ptrs(struct topo_fs *t, unsigned btree, unsigned level);
unsigned topo_depth(const struct topo_fs *t, unsigned btree);	/* level of the root */
/* Every damage is a change of the overlay at (btree, level + 1). */
void topo_put(struct topo_fs *t, unsigned btree, unsigned level, const struct btree_ptr *p);
void topo_del(struct topo_fs *t, unsigned btree, unsigned level, struct bpos pos);
struct btree_ptr topo_ptr(const struct bkey_buf *k);
/* Number of positions where the children of some node do not cover it exactly once, or cannot be read; 0: in order. */
unsigned topo_faults(struct topo_fs *t, unsigned btree);
uint64_t topo_keys(struct topo_fs *t, unsigned btree);		/* reachable leaf keys of the nodes */

#endif
