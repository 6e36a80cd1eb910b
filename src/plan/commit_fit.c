/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How a commit fits into the journal: what goes into entries, what into leaves written anew, and what is left to the next mount. */
#include <stdlib.h>
#include <string.h>
#include "commit_layout.h"

static enum arb_code place_entries(struct layout *l)
{
	size_t nr = l->bodies.list.nr, block = 512 * (size_t)l->v->geo.block_sectors;
	uint32_t *sectors = calloc(nr, sizeof(*sectors));
	struct journal_request q = {
		.sectors = sectors, .nr = nr, .fill = l->fill, .anew = l->bodies.anew, .spared = l->nodes.left.v, .nr_spared = l->nodes.left.nr,
		.from_nothing = l->bodies.anew, .above = plan_journal_above(l->p),
	};
	enum arb_code ret;

	if (!sectors)
		return commit_no_memory(l->err);
	for (size_t i = 0; i < nr; i++)
		sectors[i] = (JSET_HEADER_BYTES + l->bodies.list.v[i].out.len + block - 1) / block * (block / 512);
	ret = journal_layout(l->v->devs, &l->v->geo, l->v->journal, &q, &l->places, l->err);
	free(sectors);
	return ret;
}

static enum arb_code make_entries(struct layout *l, uint64_t first_seq)
{
	struct view *v = l->v;
	enum arb_code ret = commit_bodies_build(&l->nodes, v, l->p, first_seq, l->now_s, journal_entry_bytes_max(v->devs, &v->geo), l->anew,
						&l->bodies, l->err);

	return ret ? ret : place_entries(l);
}

static enum arb_code make_entries_anew(struct layout *l, uint64_t first_seq, enum journal_fill fill)
{
	commit_bodies_free(&l->bodies);
	memset(&l->bodies, 0, sizeof(l->bodies));
	journal_layout_free(&l->places);
	memset(&l->places, 0, sizeof(l->places));
	l->fill = fill;
	return make_entries(l, first_seq);
}

static enum arb_code nodes_anew(struct layout *l, enum folding folding)
{
	struct commit_nodes nodes;
	struct arb_error why = { 0 };
	enum arb_code code = commit_nodes_build(l->disk, l->p, l->seed, folding, &nodes, &why);

	if (code == ARB_E_NOMEM)
		return commit_no_memory(l->err);
	if (code)		/* no space is provably free */
		return ARB_E_NO_ROOM;
	commit_nodes_free(&l->nodes);
	l->nodes = nodes;
	l->c->keys_folded = nodes.folded ? overlay_nr(nodes.folded) - nodes.filled_in : 0;
	return ARB_OK;
}

/* Leaves written anew with the plan's keys in them, so that the journal need not take those. ARB_E_NO_ROOM: it is still too much, or none can be. */
static enum arb_code make_entries_and_leaves(struct layout *l, uint64_t first_seq, enum folding folding)
{
	enum arb_code code = nodes_anew(l, folding);

	if (code)
		return code;
	return l->c->keys_folded ? make_entries_anew(l, first_seq, JOURNAL_HALF_OF_FREE) : ARB_E_NO_ROOM;
}

static enum arb_code leave_derived(struct layout *l, uint64_t first_seq)
{
	enum arb_code code = commit_leave_derived(&l->nodes, l->p, &l->c->left, l->err);

	if (code)
		return code;
	l->c->keys_left = overlay_nr(l->c->left);
	if (!l->c->keys_left)
		return ARB_E_NO_ROOM;
	code = commit_may_leave(l->v, l->c->left, l->err);
	return code ? code : make_entries_anew(l, first_seq, JOURNAL_HALF_OF_FREE);
}

/* What the journal says is written again, into the journal, or into leaves where that takes less of it; else it stays, if it may. */
static enum arb_code make_entries_with_the_old(struct layout *l, uint64_t first_seq)
{
	enum arb_code ret = make_entries_anew(l, first_seq, JOURNAL_WHOLE_RING);

	if (ret == ARB_E_NO_ROOM)
		ret = make_entries_and_leaves(l, first_seq, FOLD_ALL);
	if (ret == ARB_E_NO_ROOM && l->c->keys_folded)
		ret = make_entries_anew(l, first_seq, JOURNAL_WHOLE_RING);
	if (ret != ARB_E_NO_ROOM || l->v->journal->no_flush_found || l->v->journal->nothing_to_replay)
		return ret;
	l->anew = false;
	ret = l->c->keys_folded ? nodes_anew(l, FOLD_NOTHING) : ARB_OK;
	return ret ? ret : make_entries_anew(l, first_seq, JOURNAL_HALF_OF_FREE);
}

/*
 * Nearly all of the ring is needed. When everything that the journal says is in leaves and in the new entries, nothing of the old ones is needed
 * any more, and a bucket or what is left of the last one may do. The kernel that mounts next has the rest of the ring then.
 */
static enum arb_code make_room(struct layout *l, uint64_t first_seq)
{
	enum arb_code ret;

	if (l->anew || l->v->journal->clean || l->v->journal->no_flush_found || l->v->journal->nothing_to_replay)
		return ARB_E_NO_ROOM;
	l->anew = true;
	ret = nodes_anew(l, FOLD_ALL);
	if (!ret)
		ret = make_entries_anew(l, first_seq, JOURNAL_HALF_OF_FREE);
	if (ret == ARB_E_NO_ROOM)
		ret = make_entries_anew(l, first_seq, JOURNAL_WHOLE_RING);
	if (ret != ARB_E_NO_ROOM)
		return ret;
	l->anew = false;
	ret = nodes_anew(l, FOLD_PLAN);
	return ret ? ret : ARB_E_NO_ROOM;
}

/*
 * The kernel that mounts next needs room of its own in the journal. What does not fit beside that is left out: writing the journal's own keys
 * again, as a wish; then keys go into leaves written anew; then all that the journal says does, so that it is empty; then what follows from other keys is left to the kernel, as far as it can take that.
 * The rest may take all there is, and has to fit.
 */
enum arb_code commit_fit_entries(struct layout *l, uint64_t first_seq)
{
	enum arb_code ret = make_entries_anew(l, first_seq, JOURNAL_HALF_OF_FREE);

	if (ret == ARB_E_NO_ROOM && l->anew)
		ret = make_entries_with_the_old(l, first_seq);
	if (ret == ARB_E_NO_ROOM)
		ret = make_entries_and_leaves(l, first_seq, FOLD_PLAN);
	if (ret == ARB_E_NO_ROOM)
		ret = make_room(l, first_seq);
	if (ret == ARB_E_NO_ROOM)
		ret = leave_derived(l, first_seq);
	return ret == ARB_E_NO_ROOM ? make_entries_anew(l, first_seq, JOURNAL_WHOLE_RING) : ret;
}
