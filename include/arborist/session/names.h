/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Names: from an inode to the paths that lead to it. Directory entries and inodes of the view are looked at as each subvolume
 * sees them: of several versions of a key that of the nearest ancestor snapshot counts (format-keys.md 5). Engine side: only from
 * inside a job.
 */
#ifndef ARBORIST_SESSION_NAMES_H
#define ARBORIST_SESSION_NAMES_H

#include "arborist/btree/view.h"

struct names;
struct names_options {
	bool		(*cancelled)(void *arg);	/* may be NULL */
	void		*arg;
};
/* Walks snapshots and subvolumes; dirents when names are asked for. ARB_E_CANCELLED when cancelled() says so. */
enum arb_code names_new(struct view *v, const struct names_options *o, struct names **ret, struct arb_error *err);
/*
 * Whose names are going to be asked for: only those are remembered, and those of subvolumes; of directories on the way up where they are needed.
 * @inums ascending, and there until others are wanted or @n is freed.
 */
void names_want(struct names *n, const uint64_t *inums, size_t nr);
void names_free(struct names *n);
/* Nodes on the way so far that could not be read: names in them are not known. */
uint64_t names_unreadable(const struct names *n);
/* More names than are remembered: those that only a search would find are missing. */
bool names_cut(const struct names *n);

/* Does snapshot @from see keys of snapshot @of, being the same or a descendant? */
bool names_sees(const struct names *n, uint32_t from, uint32_t of);

struct name_path {
	uint32_t	subvol;			/* 0: seen by no subvolume */
	uint32_t	snapshot;
	bool		whole;			/* begins with "/"; else the way up ends at what stands in brackets in front */
	const char	*path;			/* names gated, slashes between them; valid during the call */
};
typedef enum arb_code names_fn(void *arg, const struct name_path *p);
/* Every name of @inum, one that is wanted; of a subvolume's root also that of the subvolume. A code @fn returns ends it and is returned. */
enum arb_code names_of_inode(struct names *n, uint64_t inum, names_fn *fn, void *arg, struct arb_error *err);
/* The first of them, or "inode N" when there is none; appended to @out. */
enum arb_code names_best(struct names *n, uint64_t inum, struct arb_buf *out, struct arb_error *err);
/*
 * The key at (@inode, @offset) of a btree with snapshots that @snapshot sees, a whiteout included; *ret_found tells.
 */
enum arb_code names_visible(struct names *n, unsigned btree, uint64_t inode, uint64_t offset, uint32_t snapshot,
			    struct bkey_buf *ret, bool *ret_found, struct arb_error *err);

#endif
