/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the entries that count say (format-superblock-journal.md 10.4): keys for the overlay, roots, key version, clocks, blacklist. */
#include <stdlib.h>
#include <string.h>
#include "arborist/base/le.h"
#include "internal.h"

struct replay {
	struct journal	*j;
	struct overlay	*overlay;	/* NULL: keys are counted only */
	uint64_t	seq;
	/* What was found wrong with roots: indices of defects. A good root in a later entry makes up for it. */
	ARB_ARRAY(struct bad_root { unsigned btree; size_t defect; }) bad_roots;
	bool		newer_format;	/* this entry has parts of a type that is not known */
	struct arb_error *err;
};
#define JSET_ENTRY_TYPES_MAX 32		/* a type beyond is no version's, but damage */

/* The walk has put the defect down right before it comes here. */
static enum arb_code note_bad_root(struct replay *r, unsigned btree)
{
	size_t nr = r->j->defects.list.nr;
	struct bad_root *b;

	if (!nr || r->j->defects.dropped)
		return ARB_OK;
	b = arb_array_push(&r->bad_roots);
	if (!b)
		return arb_fail(r->err, ARB_E_NOMEM, "no memory for the roots in the journal");
	*b = (struct bad_root) { btree, nr - 1 };
	return ARB_OK;
}

static void forget_defect(struct defects *d, size_t i)
{
	free(d->list.v[i].text);
	memmove(&d->list.v[i], &d->list.v[i + 1], (d->list.nr - i - 1) * sizeof(d->list.v[0]));
	d->list.nr--;
}

static void forget_replaced_roots(struct replay *r)
{
	while (r->bad_roots.nr) {
		struct bad_root b = r->bad_roots.v[--r->bad_roots.nr];

		if (!r->j->roots[b.btree].lost && b.defect < r->j->defects.list.nr)
			forget_defect(&r->j->defects, b.defect);
	}
	arb_array_free(&r->bad_roots);
}

static enum arb_code replay_root(struct replay *r, const struct jset_entry *e, const struct bkey_s *k)
{
	struct btree_root_entry *root;

	if (e->btree >= BTREE_ID_NR_MAX) {
		defects_add(&r->j->defects, 274, DEFECT_FIXABLE, "journal entry %llu: root of btree %u, which cannot be",
			    (unsigned long long)r->seq, e->btree);
		return ARB_OK;
	}
	root = &r->j->roots[e->btree];
	root->present = true;
	root->lost = !k || e->level >= BTREE_MAX_DEPTH;
	root->level = e->level;
	if (k)
		bkey_buf_set(&root->key, *k);
	return k || e->bytes ? ARB_OK : note_bad_root(r, e->btree);
}

static enum arb_code replay_key(struct replay *r, const struct jset_entry *e, const struct bkey_s *k, uint32_t word)
{
	enum arb_code ret;

	if (!k)
		return ARB_OK;
	if (e->btree >= BTREE_ID_NR_MAX || e->level >= BTREE_MAX_DEPTH) {
		defects_add(&r->j->defects, 18, DEFECT_FIXABLE, "journal entry %llu: key of btree %u level %u, there is no such place",
			    (unsigned long long)r->seq, e->btree, e->level);
		return ARB_OK;
	}
	if (e->btree == BTREE_accounting && !e->level && k->k.type != KEY_accounting) {
		/* It would hide the counter, and what is counted anew could not be added to it */
		defects_add(&r->j->defects, 18, DEFECT_FIXABLE, "journal entry %llu: a key of type %u where only changes of counters stand",
			    (unsigned long long)r->seq, k->k.type);
		return ARB_OK;
	}
	r->j->nr_keys++;
	ret = r->overlay ? overlay_load(r->overlay, e->btree, e->level, *k, r->seq, word) : ARB_OK;
	return ret ? arb_fail(r->err, ret, "no memory for the keys of journal entry %llu", (unsigned long long)r->seq) : ARB_OK;
}

static enum arb_code replay_blacklist(struct replay *r, const struct jset_entry *e)
{
	uint64_t start = le64_get(e->payload);
	uint64_t last = e->type == JSET_blacklist_v2 ? le64_get(e->payload + 8) : start;

	return last == UINT64_MAX ? ARB_OK : blacklist_add(r->j, start, last + 1, r->err);
}

static enum arb_code replay_part(void *arg, const struct jset_entry *e, const struct bkey_s *k, uint32_t word)
{
	enum { USAGE_KEY_VERSION = 2 };
	struct replay *r = arg;

	switch (e->type) {
	case JSET_btree_keys:
		return replay_key(r, e, k, word);
	case JSET_btree_root:
		return replay_root(r, e, k);
	case JSET_blacklist:
	case JSET_blacklist_v2:
		return replay_blacklist(r, e);
	case JSET_usage:
		if (e->btree == USAGE_KEY_VERSION)
			r->j->key_version = le64_get(e->payload);
		return ARB_OK;
	case JSET_clock:
		r->j->clock[e->payload[0]] = le64_get(e->payload + 8);
		return ARB_OK;
	default:
		r->newer_format |= e->type >= JSET_ENTRY_TYPE_NR && e->type < JSET_ENTRY_TYPES_MAX;
		return ARB_OK;
	}
}

static enum arb_code replay_one(struct replay *r, struct devset *devs, const struct fs_geometry *geo,
				const struct journal_entry *e)
{
	size_t n, old = r->j->defects.list.nr;
	uint8_t *bytes;
	enum arb_code ret = journal_entry_bytes(devs, r->j, e, &bytes, &n, r->err);

	r->seq = e->seq;
	if (ret == ARB_E_READ) {
		defects_add(&r->j->defects, 11, DEFECT_MUST_RETRY, "journal entry %llu cannot be read again", (unsigned long long)e->seq);
		return ARB_OK;
	}
	if (ret)
		return ret;
	r->newer_format = false;
	ret = jset_walk(geo, bytes, n, &r->j->defects, replay_part, r);
	r->j->newer_format |= r->newer_format && r->j->defects.list.nr == old;	/* else the parts were cut at the wrong places */
	for (size_t i = old; i < r->j->defects.list.nr; i++) {
		struct defect *d = &r->j->defects.list.v[i];
		const struct journal_copy *c = &r->j->copies.v[e->best_copy];

		d->dev = c->dev;
		d->sector = c->bucket * geo->member[c->dev].bucket_size + c->offset;
	}
	free(bytes);
	return ret;
}

enum arb_code replay_entries(struct journal *j, struct devset *devs, const struct fs_geometry *geo, struct overlay *o,
			     struct arb_error *err)
{
	struct replay r = { .j = j, .overlay = o, .err = err };
	enum arb_code ret = ARB_OK;

	for (size_t i = 0; i < j->entries.nr && !ret; i++)
		if (j->entries.v[i].use == JOURNAL_REPLAY)
			ret = replay_one(&r, devs, geo, &j->entries.v[i]);
	forget_replaced_roots(&r);
	return ret;
}

enum arb_code replay_clean_section(struct journal *j, const struct fs_geometry *geo, const uint8_t *entries, size_t n,
				   struct arb_error *err)
{
	struct replay r = { .j = j, .seq = j->replay_last, .err = err };

	enum arb_code ret = jset_walk_entries(geo, entries, n, &j->defects, replay_part, &r);

	j->newer_format |= r.newer_format;
	forget_replaced_roots(&r);
	return ret;
}
