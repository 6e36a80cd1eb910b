/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What is wrong with the entries of a jset (format-superblock-journal.md 9.4). An entry or key that fails is left out of what the
 * walk hands on, as recovery would; a root entry that fails stays as "lost".
 */
#include "arborist/base/le.h"
#include "arborist/format/jset.h"

struct walk {
	const struct fs_geometry *geo;
	const uint8_t	*base;		/* what key offsets count from */
	struct defects	*d;
	jset_walk_fn	*fn;
	void		*arg;
};

static bool bad(const struct walk *w, const struct jset_entry *e, unsigned err, const char *why)
{
	const char *name = jset_entry_type_name(e->type);
	struct defect *d = defects_add(w->d, err, DEFECT_FIXABLE, "journal entry part %s: %s", name ? name : "of unknown type", why);

	if (d)
		d->offset = e->payload - JSET_ENTRY_HEADER_BYTES - w->base;
	return false;
}

static enum arb_code hand_on(const struct walk *w, const struct jset_entry *e, const struct bkey_s *k)
{
	const uint8_t *at = k ? k->v - BKEY_BYTES : e->payload;

	return w->fn ? w->fn(w->arg, e, k, (at - w->base) / 8) : ARB_OK;
}

/* --- entries with keys --------------------------------------------------------------------------------------------- */

static bool key_ok(const struct walk *w, const struct jset_entry *e, unsigned level, struct bkey_s k)
{
	struct key_check_ctx c = { .geo = w->geo, .btree = e->btree, .level = level };
	ARB_BUF(why);

	if (!bkey_invalid(&c, k, &why))
		return true;
	arb_buf_puts(&why, ", at ");
	bpos_to_text(&why, k.k.p);
	return bad(w, e, 18, arb_buf_str(&why));
}

static void bad_key_length(const struct walk *w, const struct jset_entry *e, size_t cursor)
{
	const uint8_t *p = e->payload + cursor;
	size_t left = e->bytes - cursor;

	if (left >= 8 && p[0] && p[0] >= BKEY_U64s && 8 * (size_t)p[0] <= left)
		bad(w, e, 17, "a key in a packed format; the rest of the part is dropped");
	else if (left >= 8 && !p[0])
		bad(w, e, 15, "a key of length 0; the rest of the part is dropped");
	else
		bad(w, e, 16, "a key goes past the end of its part; the rest is dropped");
}

static enum arb_code walk_keys(const struct walk *w, struct jset_entry *e)
{
	enum arb_code ret = hand_on(w, e, NULL);
	struct bkey_s k;
	size_t cursor = 0;
	bool broken;

	while (!ret && jset_key_next(e, &cursor, &k, &broken))
		if (key_ok(w, e, e->level, k))
			ret = hand_on(w, e, &k);
	if (!ret && broken)
		bad_key_length(w, e, cursor);
	return ret;
}

static enum arb_code walk_root(const struct walk *w, struct jset_entry *e)
{
	struct bkey_s k;
	size_t cursor = 0;
	bool broken, ok = jset_key_next(e, &cursor, &k, &broken);
	enum arb_code ret;

	if (!ok || cursor != e->bytes)
		ok = bad(w, e, 19, e->bytes ? "the root is not exactly one key" : "the root is known to be lost");
	else
		ok = key_ok(w, e, e->level + 1, k);
	if (!ok)
		e->bytes = 0;
	ret = hand_on(w, e, NULL);
	return ret || !ok ? ret : hand_on(w, e, &k);
}

/* --- entries of fixed shape ---------------------------------------------------------------------------------------- */

static bool blacklist_ok(const struct walk *w, const struct jset_entry *e)
{
	return e->bytes == 8 || bad(w, e, 20, "wrong size");
}

static bool blacklist_v2_ok(const struct walk *w, const struct jset_entry *e)
{
	if (e->bytes != 16)
		return bad(w, e, 21, "wrong size");
	return le64_get(e->payload) <= le64_get(e->payload + 8) || bad(w, e, 22, "starts after its end");
}

static bool usage_ok(const struct walk *w, const struct jset_entry *e)
{
	return e->bytes == 8 || bad(w, e, 23, "wrong size");
}

static bool data_usage_ok(const struct walk *w, const struct jset_entry *e)
{
	/* a count, then data type, number of devices, how many are required, and the devices */
	return (e->bytes >= 16 && e->bytes >= 8 + 3 + (size_t)e->payload[9]) || bad(w, e, 24, "wrong size");
}

static bool clock_ok(const struct walk *w, const struct jset_entry *e)
{
	if (e->bytes != 16)
		return bad(w, e, 25, "wrong size");
	return e->payload[0] <= 1 || bad(w, e, 26, "neither of reading nor of writing");
}

static bool dev_usage_ok(const struct walk *w, const struct jset_entry *e)
{
	if (e->bytes < 24)
		return bad(w, e, 27, "wrong size");
	if (w->geo && !geometry_member(w->geo, le32_get(e->payload)))
		return bad(w, e, 28, "of a device that does not exist");
	return !le32_get(e->payload + 4) || bad(w, e, 29, "padding is not zero");
}

static bool datetime_ok(const struct walk *w, const struct jset_entry *e)
{
	(void)w;
	return e->bytes == 8;	/* for listings only: nothing is wrong with leaving it out */
}

static enum arb_code walk_entry(const struct walk *w, struct jset_entry *e)
{
	static bool (*const shape_ok[JSET_ENTRY_TYPE_NR])(const struct walk *, const struct jset_entry *) = {
		[JSET_blacklist] = blacklist_ok, [JSET_blacklist_v2] = blacklist_v2_ok, [JSET_usage] = usage_ok,
		[JSET_data_usage] = data_usage_ok, [JSET_clock] = clock_ok, [JSET_dev_usage] = dev_usage_ok,
		[JSET_datetime] = datetime_ok,
	};

	if (e->type == JSET_btree_root)
		return walk_root(w, e);
	if (e->type == JSET_btree_keys || e->type == JSET_overwrite)
		return walk_keys(w, e);
	if (e->type < JSET_ENTRY_TYPE_NR && shape_ok[e->type] && !shape_ok[e->type](w, e))
		return ARB_OK;
	return hand_on(w, e, NULL);
}

static enum arb_code walk_entries(const struct walk *w, const uint8_t *entries, size_t n)
{
	enum arb_code ret = ARB_OK;
	struct jset_entry e;
	size_t cursor = 0;
	bool broken = false;
	struct defect *d;

	while (!ret && jset_entry_next(entries, n, &cursor, &e, &broken))
		ret = walk_entry(w, &e);
	if (!ret && broken) {
		d = defects_add(w->d, 13, DEFECT_FIXABLE, "a journal entry part goes past the end of the entry; the rest is dropped");
		if (d)
			d->offset = entries + cursor - w->base;
	}
	return ret;
}

enum arb_code jset_walk_entries(const struct fs_geometry *geo, const uint8_t *entries, size_t n, struct defects *d,
				jset_walk_fn *fn, void *arg)
{
	return walk_entries(&(struct walk) { geo, entries, d, fn, arg }, entries, n);
}

enum arb_code jset_walk(const struct fs_geometry *geo, const void *jset, size_t n, struct defects *d, jset_walk_fn *fn, void *arg)
{
	struct jset_header h = jset_header_get(jset);
	size_t bytes = jset_bytes(&h);
	struct walk w = { geo, jset, d, fn, arg };

	if (bytes > n) {
		defects_add(d, 13, DEFECT_FIXABLE, "journal entry %llu says %zu bytes, there are %zu", (unsigned long long)h.seq, bytes, n);
		bytes = n;
	}
	return walk_entries(&w, (const uint8_t *)jset + JSET_HEADER_BYTES, bytes - JSET_HEADER_BYTES);
}

void jset_validate(const struct fs_geometry *geo, const void *jset, size_t n, struct defects *d)
{
	jset_walk(geo, jset, n, d, NULL, NULL);
}
