/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Laying out a commit in memory (format-superblock-journal.md 11.5). The steps, each durable before the next begins:
 *
 *  first journal entries with impossible numbers mended or zeroed, if there are any: nothing that is written could be newer
 *  then the journal's entry of the clean shutdown, where the journal has lost it (nobody reads it as long as the superblock says clean)
 *  then superblocks, the first copies of all devices, then the second ones ...: not clean, unused sequence numbers blacklisted
 *  then btree nodes that did not exist before, into free space
 *  then torn flush entries above the newest good one zeroed, if there are any
 *  then all new journal entries but the last, which do not count yet
 *  the flush entry that makes them count
 *  last old entries zeroed that recovery would complain about although nobody needs them, if there are any
 *
 * Until the flush entry is complete, whoever opens the filesystem sees the old state.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "arborist/base/le.h"
#include "arborist/format/btree_id.h"
#include "commit_layout.h"

#define CHECK_ALLOCATIONS 5	/* stable id */

/* --- superblocks --------------------------------------------------------------------------------------------------- */

/* What is written is read as the next open reads it, before anything is written. */
static enum arb_code check_super(struct layout *l, const uint8_t *bytes, size_t n)
{
	struct defects d = { 0 };
	enum arb_code ret;
	struct sb sb;

	ret = sb_parse(bytes, n, &sb, &d, l->err);
	if (!ret)
		sb_free(&sb);
	for (size_t i = 0; i < d.list.nr && !ret; i++)
		if (d.list.v[i].severity >= DEFECT_MUST_RETRY)
			ret = arb_fail(l->err, ARB_E_REFUSED, "with these repairs the superblock would not be in order: %s", d.list.v[i].text);
	defects_free(&d);
	return ret;
}

static enum arb_code add_super_copy(struct layout *l, unsigned dev, struct sb *sb, unsigned copy)
{
	const struct blk *blk = l->v->devs->dev[dev]->blk;
	size_t block = 512 * (size_t)l->v->geo.block_sectors, n = (sb->bytes + block - 1) / block * block;
	uint64_t offset = 512 * sb->layout.sector[copy];
	char what[64];
	uint8_t *bytes;
	enum arb_code ret;

	if (n > (size_t)512 << sb->layout.max_size_bits)
		n = (sb->bytes + 511) / 512 * 512;
	if (offset > blk->bytes || n > blk->bytes - offset)
		return arb_fail(l->err, ARB_E_REFUSED, "superblock copy %u of device %u lies outside of the device", copy, dev);
	bytes = malloc(n);
	if (!bytes)
		return commit_no_memory(l->err);
	sb_fixed_set(sb, "offset", sb->layout.sector[copy]);
	sb_checksum(sb);
	ret = blk_read(l->v->devs->dev[dev]->blk, offset, bytes, n, l->err);
	memcpy(bytes, sb->raw, sb->bytes);
	ret = ret ? ret : check_super(l, bytes, n);
	snprintf(what, sizeof(what), "superblock copy %u of device %u", copy, dev);
	if (!ret)
		ret = commit_add(l->c, l->v, dev, l->supers_from + copy, offset, bytes, n, what, l->err);
	free(bytes);
	return ret;
}

static enum arb_code add_super_of_device(struct layout *l, unsigned dev, const struct sb *shared)
{
	const struct device *d = l->v->devs->dev[dev];
	struct sb sb;
	enum arb_code ret = commit_super_of_device(shared, &d->copies.v[d->best].sb, &sb, l->err);

	if (ret)
		return ret;
	for (unsigned copy = 0; copy < sb.layout.nr && !ret; copy++)
		ret = add_super_copy(l, dev, &sb, copy);
	sb_free(&sb);
	return ret;
}

static enum arb_code add_supers(struct layout *l)
{
	struct sb shared;
	enum arb_code ret = commit_super_shared(l->v, &l->nodes, l->p, l->places.blacklist, l->now_s, &shared, l->err);

	if (ret)
		return ret;
	ret = commit_super_replicas(&shared, l->v, &l->places, l->err);
	if (!ret && l->c->keys_left)
		ret = sb_require_pass(&shared, CHECK_ALLOCATIONS);
	if (!ret)
		commit_super_errors(&shared, l->p, !l->c->keys_left, l->now_s);
	l->c->old_sb_seq = l->v->devs->best->seq;
	l->c->new_sb_seq = shared.seq;
	l->c->passes_required = sb_required_passes(&shared);
	for (unsigned dev = 0; dev < SB_MEMBERS_MAX && !ret; dev++)
		if (l->v->devs->dev[dev])
			ret = add_super_of_device(l, dev, &shared);
	sb_free(&shared);
	return ret;
}

/* --- nodes ----------------------------------------------------------------------------------------------------------- */

static enum arb_code add_node(struct layout *l, const struct new_node *n, unsigned step)
{
	enum arb_code ret = ARB_OK;
	char what[100];
	ARB_BUF(name);

	btree_id_to_text(&name, n->btree);
	snprintf(what, sizeof(what), "new node of btree %s level %u", arb_buf_str(&name), n->level);
	for (unsigned i = 0; i < n->ptr.nr_ptrs && !ret; i++)
		ret = commit_add(l->c, l->v, n->ptr.ptr[i].dev, step, 512 * n->ptr.ptr[i].sector, n->raw,
				 512 * (size_t)l->v->geo.node_sectors, what, l->err);
	return ret;
}

static enum arb_code add_nodes(struct layout *l)
{
	unsigned step = l->c->nr_steps + 1;
	enum arb_code ret = ARB_OK;

	for (size_t i = 0; i < l->nodes.list.nr && !ret; i++)
		ret = add_node(l, &l->nodes.list.v[i], step);
	return ret;
}

/* --- journal ------------------------------------------------------------------------------------------------------- */

static uint64_t place_offset(const struct layout *l, const struct journal_place *p)
{
	return 512 * (p->bucket * l->v->geo.member[p->dev].bucket_size + p->offset);
}

/* The first blocks of journal entries, in a step of their own. */
static enum arb_code add_zeroes(struct layout *l, const struct journal_place *places, size_t nr, const char *what)
{
	size_t block = 512 * (size_t)l->v->geo.block_sectors;
	unsigned step = l->c->nr_steps + 1;
	uint8_t *zeroes = calloc(1, block);
	enum arb_code ret = zeroes ? ARB_OK : commit_no_memory(l->err);

	for (size_t i = 0; i < nr && !ret; i++)
		ret = commit_add(l->c, l->v, places[i].dev, step, place_offset(l, &places[i]), zeroes, block, what, l->err);
	free(zeroes);
	return ret;
}

/* What a clean shutdown says in its last journal entry stands in the superblock, too. */
static enum arb_code add_restored(struct layout *l)
{
	const struct fs_geometry *geo = &l->v->geo;
	struct jset_header h = {
		.magic = geo->jset_magic, .version = l->v->devs->best->version, .csum_type = geo->meta_csum,
	};
	const uint8_t *entries;
	uint8_t *bytes;
	unsigned step = l->c->nr_steps + 1;
	size_t body, n;
	enum arb_code ret;

	if (!l->places.restore.nr || !sb_clean(l->v->devs->best, &h.seq, &entries, &body))
		return ARB_OK;
	h.last_seq = h.seq;
	ret = jset_encode(&h, entries, body, 512 * (size_t)geo->block_sectors, &bytes, &n, l->err);
	if (ret)
		return ret;
	for (size_t i = 0; i < l->places.restore.nr && !ret; i++) {
		const struct journal_place *p = &l->places.restore.v[i];

		ret = commit_add(l->c, l->v, p->dev, step, place_offset(l, p), bytes, n, "journal entry of the clean shutdown, anew", l->err);
	}
	free(bytes);
	return ret;
}

static enum arb_code add_entry(struct layout *l, size_t i, unsigned step)
{
	bool last = i + 1 == l->bodies.list.nr;
	const struct fs_geometry *geo = &l->v->geo;
	struct jset_header h = {
		.magic = geo->jset_magic, .seq = l->places.first_seq + i, .last_seq = last ? l->c->last_seq : 0,
		.version = l->v->devs->best->version, .csum_type = geo->meta_csum, .no_flush = !last,
	};
	const struct arb_buf *body = &l->bodies.list.v[i].out;
	char what[64];
	uint8_t *bytes;
	size_t n;
	enum arb_code ret = jset_encode(&h, body->s, body->len, 512 * (size_t)geo->block_sectors, &bytes, &n, l->err);

	if (ret)
		return ret;
	snprintf(what, sizeof(what), "%s entry %llu", last ? "final journal" : "journal", (unsigned long long)h.seq);
	for (unsigned d = 0; d < l->places.nr_devs && !ret; d++) {
		const struct journal_place *p = &l->places.places.v[i * l->places.nr_devs + d];

		ret = commit_add(l->c, l->v, p->dev, step, place_offset(l, p), bytes, n, what, l->err);
	}
	free(bytes);
	return ret;
}

static enum arb_code add_entries(struct layout *l)
{
	size_t nr = l->bodies.list.nr;
	unsigned step = l->c->nr_steps + 1;
	enum arb_code ret = ARB_OK;

	for (size_t i = 0; i < nr && !ret; i++) {
		bool last = i + 1 == nr;

		ret = add_entry(l, i, last ? l->c->nr_steps + 1 : step);
	}
	l->c->switch_step = l->c->nr_steps;
	return ret;
}

/* --- all of it ----------------------------------------------------------------------------------------------------- */

/* The number of the first entry depends on the journal alone; the keys' versions depend on it. */
static enum arb_code find_first_seq(struct layout *l, uint64_t *ret)
{
	struct journal_request q = { .fill = JOURNAL_WHOLE_RING, .from_nothing = l->anew, .above = plan_journal_above(l->p) };
	struct journal_layout none;
	enum arb_code code = journal_layout(l->v->devs, &l->v->geo, l->v->journal, &q, &none, l->err);

	if (code)
		return code;
	*ret = none.first_seq;
	journal_layout_free(&none);
	return ARB_OK;
}

/* Recovery stumbles over a flush entry whose number is forbidden: the last one of a clean shutdown must not be replayed then. */
static bool last_is_blacklisted(const struct journal *j)
{
	for (size_t i = 0; i < j->nr_blacklist; i++)
		if (j->replay_last >= j->blacklist[i].start && j->replay_last < j->blacklist[i].end)
			return true;
	return false;
}

/* What recovery complains about where it stands can go only when nothing beside it is needed. */
static bool has_unwanted(const struct journal *j)
{
	for (size_t i = 0; i < j->copies.nr; i++)
		if (j->copies.v[i].unwanted && !j->copies.v[i].late)
			return true;
	return false;
}

/* A new journal names all roots there are: what it does not name is gone. */
static enum arb_code check_roots(const struct layout *l)
{
	const struct btree_root *r = l->v->roots;

	if (!l->v->journal->nothing_to_replay)
		return ARB_OK;
	for (unsigned i = 0; i < BTREE_ID_NR; i++)
		if (r[i].exists && r[i].lost)
			return arb_fail(l->err, ARB_E_REFUSED, "the new journal would not name the root of btree %s: it has to be decided first",
					btree_info(i)->name);
	if (!r[BTREE_inodes].exists || r[BTREE_inodes].fake)
		return arb_fail(l->err, ARB_E_REFUSED, "a new journal without a root of btree inodes would name nothing that can be reached");
	return ARB_OK;
}

static enum arb_code lay_out(struct layout *l)
{
	uint64_t first_seq;
	struct view *v = l->v;
	enum arb_code ret;

	if ((v->journal->no_flush_found || v->journal->nothing_to_replay) && !plan_journal_anew(l->p))
		return arb_fail(l->err, ARB_E_REFUSED, "the journal has no intact flush entry to build on");
	ret = check_roots(l);
	if (ret)
		return ret;
	if (v->journal->trusted && !plan_journal_anew(l->p))
		return arb_fail(l->err, ARB_E_REFUSED, "the journal goes on after the clean shutdown: whether that counts has to be decided first");
	ret = journal_index(v->journal, v->devs, &v->geo, v->workers, l->err);
	l->anew = plan_journal_anew(l->p) || (v->journal->clean && (last_is_blacklisted(v->journal) || has_unwanted(v->journal)));
	ret = ret ? ret : find_first_seq(l, &first_seq);
	ret = ret ? ret : commit_fit_entries(l, first_seq);
	if (ret)
		return ret;
	l->c->keys = l->bodies.keys;
	l->c->entries = l->bodies.list.nr;
	l->c->first_seq = l->places.first_seq;
	l->c->last_seq = l->bodies.roots_left_out || l->bodies.anew ? l->places.first_seq : l->places.last_seq;
	memcpy(l->c->uuid, v->geo.uuid, sizeof(l->c->uuid));
	ret = commit_mend_numbers(l->c, v, l->p, l->err);
	ret = ret ? ret : add_restored(l);
	if (l->places.torn_first)
		ret = ret ? ret : add_zeroes(l, l->places.torn.v, l->places.torn.nr, "journal entry after the clean shutdown destroyed");
	l->supers_from = l->c->nr_steps + 1;
	ret = ret ? ret : add_supers(l);
	ret = ret ? ret : add_nodes(l);
	if (!l->places.torn_first)
		ret = ret ? ret : add_zeroes(l, l->places.torn.v, l->places.torn.nr, "torn journal entry destroyed");
	ret = ret ? ret : add_entries(l);
	return ret ? ret : add_zeroes(l, l->places.unwanted.v, l->places.unwanted.nr, "old journal entry destroyed");
}

static enum arb_code keep_after(struct layout *l)
{
	size_t bytes = BTREE_ID_NR_MAX * sizeof(struct btree_root);

	l->c->after_roots = malloc(bytes);
	if (!l->c->after_roots)
		return commit_no_memory(l->err);
	memcpy(l->c->after_roots, l->v->roots, bytes);
	l->c->keys_filled_in = l->nodes.filled_in;
	l->c->folded = l->nodes.folded;
	l->nodes.folded = NULL;
	return overlay_dup(l->v->overlay, &l->c->after_keys, l->err);
}

/* New nodes need numbers of their own: the same for the same filesystem at the same time. */
static uint64_t node_seed(const struct view *v, uint64_t now_s)
{
	return le64_get(v->geo.uuid) ^ le64_get(v->geo.uuid + 8) ^ v->devs->best->seq << 40 ^ now_s;
}

enum arb_code commit_prepare(struct view *v, const struct plan *p, const struct arb_clock *clock, struct commit **ret, struct arb_error *err)
{
	struct layout l = { .v = v, .disk = v, .p = p, .now_s = clock->now_ns(clock->arg) / 1000000000, .err = err };
	enum arb_code code = commit_check(v, p, err);

	if (code)
		return code;
	l.c = calloc(1, sizeof(*l.c));
	if (!l.c)
		return commit_no_memory(err);
	l.seed = node_seed(v, l.now_s);
	code = commit_nodes_build(v, p, l.seed, FOLD_NOTHING, &l.nodes, err);
	l.v = &l.nodes.after;
	code = code ? code : lay_out(&l);
	code = code ? code : keep_after(&l);
	commit_nodes_free(&l.nodes);
	commit_bodies_free(&l.bodies);
	journal_layout_free(&l.places);
	code = code ? code : commit_sort(l.c, err);
	if (code)
		commit_free(l.c);
	else
		*ret = l.c;
	return code;
}
