/* SPDX-License-Identifier: GPL-3.0-or-later */
/* New nodes while they are laid out: shared by commit_nodes.c (those a repair needs) and commit_fold.c (those the journal has no room for). */
#ifndef SRC_PLAN_COMMIT_MAKING_H
#define SRC_PLAN_COMMIT_MAKING_H

#include "arborist/base/port.h"
#include "arborist/btree/node_write.h"
#include "commit_account.h"
#include "commit_nodes.h"
#include "space.h"

struct making {
	struct view	*v;		/* as it is on disk: what is read is read through it */
	const struct plan *plan;
	struct commit_nodes *out;
	struct space	*space;		/* made when it is needed */
	struct account	account;
	struct arb_random random;
	ARB_ARRAY(struct extent_ptr) rewritten;	/* where the first copies of nodes lie that have been written anew */
	struct arb_error *err;
};
struct pointers { ARB_ARRAY(struct btree_ptr) list; };

enum arb_code making_no_memory(struct making *m);
/* Before the first change of out->after. */
enum arb_code making_begin(struct making *m);
/* @spec lacks cookie, version and checksum type. *ret is the pointer to the node. */
enum arb_code making_node(struct making *m, struct node_spec spec, const struct bkey_s *keys, size_t nr, struct btree_ptr *ret);
void making_set_root(struct making *m, unsigned btree, unsigned level, const struct btree_ptr *p, uint32_t cause);
/* A root over @children, which stand on the level below @level; levels are added until one node is left. Takes the children out of the list. */
enum arb_code making_root(struct making *m, unsigned btree, unsigned level, struct pointers *children, uint32_t cause);
/* Has the node that @k points at been written anew already? If not, it counts as such from now on. */
bool making_written_before(struct making *m, struct bkey_s k, enum arb_code *code);

/* The place of a node that has been written anew elsewhere: it has to stay until the commit holds. */
enum arb_code making_leave(struct making *m, const struct btree_ptr *p);

/*
 * commit_fold.c: writes the leaf @n, read in part, anew with what the repair @cause puts into its range, in as many leaves as that takes.
 * Not *ret_done: the repair puts nothing there, or it does not fit together; then it stays in the overlay.
 */
enum arb_code fold_into(struct making *m, const struct node *n, uint32_t cause, bool *ret_done);
/* @journal: keys of the journal as well */
enum arb_code fold_all(struct making *m, bool journal);

#endif
