/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Shared by the files that prepare and write a commit. */
#ifndef SRC_PLAN_COMMIT_INTERNAL_H
#define SRC_PLAN_COMMIT_INTERNAL_H

#include "internal.h"

/* Bodies of the new journal entries: what stands between header and padding. */
struct commit_bodies {
	ARB_ARRAY(struct jset_writer) list;
	uint64_t	keys;
	bool		roots_left_out;		/* an emptied btree: entries before ours must not be replayed */
	bool		anew;			/* the journal's keys are among them: nor have entries before ours to be replayed */
};

/* commit_check.c: may this filesystem and plan be written? */
enum arb_code commit_check(const struct view *v, const struct plan *p, struct arb_error *err);

/*
 * commit_keys.c: entries of at most @max bytes, numbered from @first_seq; with @anew also what the journal already says. Without it
 * ret->anew is set all the same where a key of the journal cannot be taken back otherwise.
 */
struct commit_nodes;
enum arb_code commit_bodies_build(const struct commit_nodes *nodes, struct view *v, const struct plan *p, uint64_t first_seq, uint64_t now_s, size_t max,
				  bool anew, struct commit_bodies *ret, struct arb_error *err);
void commit_bodies_free(struct commit_bodies *b);

/* commit_super.c: the state that all devices share, and from it the superblock of one device. */
/*
 * Counts in the superblock's errors section what is repaired by the commit, under the kernel's numbers; what follows from other keys only
 * when @with_derived. The section is a record for people: where there is no room for it, less is counted.
 */
void commit_super_errors(struct sb *sb, const struct plan *p, bool with_derived, uint64_t now_s);
enum arb_code commit_super_shared(const struct view *v, const struct commit_nodes *nodes, const struct plan *p,
				  struct seq_range blacklist, uint64_t now_s, struct sb *ret, struct arb_error *err);
/* commit_replicas.c: lists the sets of devices that the commit writes to or points at. */
enum arb_code commit_super_replicas(struct sb *sb, const struct view *v, const struct journal_layout *places, struct arb_error *err);
enum arb_code commit_super_of_device(const struct sb *shared, const struct sb *own, struct sb *ret, struct arb_error *err);

/* commit_list.c: adds a stretch with its before image read from the device. @after has @n bytes and is copied. */
enum arb_code commit_add(struct commit *c, const struct view *v, unsigned dev, unsigned step, uint64_t offset, const void *after,
			 size_t n, const char *what, struct arb_error *err);
/* Brings the stretches into the order of the steps. ARB_E_REFUSED: two of them meet. */
enum arb_code commit_sort(struct commit *c, struct arb_error *err);
enum arb_code commit_no_memory(struct arb_error *err);
/* commit_mend.c: the first step, where the journal has entries with impossible numbers. */
enum arb_code commit_mend_numbers(struct commit *c, const struct view *v, const struct plan *p, struct arb_error *err);

#endif
