/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Writing a plan, and taking it back (format-superblock-journal.md 11.5, architecture.md 5).
 *
 * Order: undo record durable; the entry of the clean shutdown, where the journal has lost it; superblock copies (CLEAN cleared, blacklist, required passes, error counts); nodes that a repair
 * needs and that did not exist before, into provably free space; torn flush entries zeroed; entries without flush; the one flush entry that is the switch. Each step is synced before the next.
 */
#ifndef ARBORIST_PLAN_COMMIT_H
#define ARBORIST_PLAN_COMMIT_H

#include "arborist/base/port.h"
#include "arborist/plan/plan.h"

struct commit_write {			/* one stretch of bytes; before and after have n bytes each */
	unsigned	dev, step;	/* steps are carried out in ascending order, synced in between */
	uint64_t	offset;
	size_t		n;
	uint8_t		*before, *after;
	const char	*what;		/* "superblock copy 1", "journal entry 412" ...; static or owned by the commit */
};
struct commit {
	uint8_t		uuid[16];		/* internal uuid of the filesystem */
	char		*device[SB_MEMBERS_MAX]; /* names of the devices written, by member; NULL: not written; owned */
	ARB_ARRAY(struct commit_write) writes;	/* by step */
	ARB_ARRAY(char *) names;		/* texts of .what; owned */
	uint64_t	keys, entries, first_seq, last_seq;
	uint64_t	keys_filled_in;		/* of repairs of nodes read in part: they stand in those, written anew; not among .keys */
	uint64_t	keys_folded;		/* there is no room for them in the journal: they stand in leaves written anew; not among .keys */
	uint64_t	keys_left;		/* there is no room for them: the next mount's check_allocations writes them */
	struct overlay	*folded;		/* the former; NULL: none; owned */
	struct overlay	*left;			/* the latter, as planned; NULL: none; owned */
	uint64_t	bytes;
	unsigned	nr_steps;
	uint64_t	old_sb_seq, new_sb_seq;
	uint64_t	passes_required;	/* bit per stable pass id: what the next mount will do */
	unsigned	switch_step;		/* the step with which the new state begins to hold */
	/* What stands in overlay and roots afterwards: the repairs' keys, and pointers to nodes made for them. Owned. */
	struct overlay	*after_keys;
	struct btree_root *after_roots;		/* BTREE_ID_NR_MAX */
};

typedef void commit_progress(void *arg, uint64_t bytes_done, uint64_t bytes_total, const char *what);

/* Lays everything out in memory; nothing is written. ARB_E_REFUSED, ARB_E_NO_ROOM say why not. Empty plan: refused. */
enum arb_code commit_prepare(struct view *v, const struct plan *p, const struct arb_clock *clock,
			     struct commit **ret, struct arb_error *err);
void commit_free(struct commit *c);
void commit_to_text(struct arb_buf *out, const struct commit *c);
/*
 * Makes the undo record durable at @undo_path (must not exist; zstd frames), re-reads and compares everything that will be replaced,
 * then writes. On an error in the middle: says what state the filesystem is in and what to do. The devices must be claimed.
 */
enum arb_code commit_write_out(struct devset *devs, const struct commit *c, const char *undo_path,
			       commit_progress *progress, void *arg, struct arb_error *err);

/* The undo record: bound to filesystem uuid and superblock seq, every stretch with before, after and checksum. */
struct undo;
enum arb_code undo_save(const struct commit *c, const char *path, struct arb_error *err);
enum arb_code undo_load(const char *path, struct undo **ret, struct arb_error *err);
void undo_free(struct undo *u);
void undo_to_text(struct arb_buf *out, const struct undo *u);
const uint8_t *undo_uuid(const struct undo *u);
/*
 * Names of the devices as they were opened at commit, for `arborist undo FILE` without devices: SB_MEMBERS_MAX of them by member,
 * NULL where nothing was written. Returns how many are not NULL.
 */
unsigned undo_devices(const struct undo *u, const char *const **ret);
/*
 * @by_member: the device of every member, SB_MEMBERS_MAX pointers or fewer (@nr).
 * Checks that every stretch holds its before or after image (a half-finished commit may hold either), then, unless @verify_only,
 * writes the before images in reverse order of steps. ARB_E_CHANGED when somebody has used the filesystem since.
 */
enum arb_code undo_apply(struct undo *u, struct blk **by_member, unsigned nr, bool verify_only,
			 commit_progress *progress, void *arg, struct arb_error *err);

#endif
