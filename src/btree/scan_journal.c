/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the journal still tells of keys that a leaf has lost. Its rings hold entries long after these were written to the btrees, and whatever
 * changes a key stands there: so the newest that is said of a position is how it was left, newer than any copy of the leaf, and that a
 * key was deleted is told, too.
 */
#include <stdlib.h>

#include "scan_private.h"

#define BYTES_MAX	(UINT64_C(8) << 30)	/* read for this in all, so that many such leaves do not take for ever */

struct from_journal {
	struct view	*v;
	const struct node *n;
	struct overlay	*to;
	struct key_check_ctx check;
	uint64_t	seq;		/* of the entry at hand */
	struct arb_error *err;
};

static bool in_one_of(const struct bpos_range *v, size_t nr, struct bpos p)
{
	size_t a = 0, b = nr;

	while (a < b) {
		size_t mid = a + (b - a) / 2;

		if (bpos_lt(v[mid].end, p))
			a = mid + 1;
		else
			b = mid;
	}
	return a < nr && bpos_le(v[a].start, p);
}

/* Does the leaf not know the position, or may it have been overtaken by the entry? */
static bool is_lost(const struct from_journal *f, struct bpos p)
{
	const struct node_lost *l = &f->n->lost;

	return in_one_of(l->range.v, l->range.nr, p) || (f->seq >= l->newer_seq && in_one_of(l->newer.v, l->newer.nr, p));
}

static enum arb_code keys_of(struct from_journal *f, const struct jset_entry *e)
{
	enum arb_code code = ARB_OK;
	size_t cursor = 0;
	struct bkey_s k;
	bool bad;

	if (e->type != JSET_btree_keys || e->btree != f->n->btree || e->level)
		return ARB_OK;
	while (!code && jset_key_next(e, &cursor, &k, &bad))
		if (is_lost(f, k.k.p) && !bkey_invalid(&f->check, k, NULL))
			code = overlay_insert(f->to, f->n->btree, 0, k, 0);
	return code;
}

static enum arb_code look_into(struct from_journal *f, const struct journal_entry *x)
{
	size_t n, bytes, cursor = 0;
	struct jset_header h;
	struct jset_entry e;
	uint8_t *jset;
	bool bad;
	enum arb_code code = journal_entry_bytes(f->v->devs, f->v->journal, x, &jset, &n, f->err);

	if (code)
		return code == ARB_E_NOMEM ? code : ARB_OK;	/* without it, then */
	h = jset_header_get(jset);
	bytes = jset_bytes(&h) < n ? jset_bytes(&h) : n;
	while (!code && bytes > JSET_HEADER_BYTES && jset_entry_next(jset + JSET_HEADER_BYTES, bytes - JSET_HEADER_BYTES, &cursor, &e, &bad))
		code = keys_of(f, &e);
	free(jset);
	return code;
}

/* Written, and not taken back by a crash since. */
static bool counts(const struct journal *j, const struct journal_entry *e)
{
	return e->good && e->seq <= j->replay_last && (e->use == JOURNAL_REPLAY || e->use == JOURNAL_OLD);
}

enum arb_code scan_journal_keys(struct view *v, const struct node *n, uint64_t *bytes_read, struct overlay **ret, struct arb_error *err)
{
	struct from_journal f = { .v = v, .n = n, .check = { .geo = &v->geo, .btree = n->btree }, .err = err };
	struct journal *j = v->journal;
	enum arb_code code = overlay_new(ret, err);

	f.to = *ret;
	if (code || !j || j->locked)
		return code;
	code = journal_index(j, v->devs, &v->geo, v->workers, err);
	for (size_t i = 0; !code && i < j->entries.nr && *bytes_read < BYTES_MAX; i++) {
		if (!counts(j, &j->entries.v[i]))
			continue;
		*bytes_read += j->entries.v[i].bytes;
		f.seq = j->entries.v[i].seq;
		code = look_into(&f, &j->entries.v[i]);
	}
	return code;
}
