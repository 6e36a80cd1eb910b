/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Holding keys against a search, and where matches can lie. */
#include <config.h>
#include <ctype.h>
#include <stdlib.h>
#include <strings.h>
#include "arborist/base/text.h"
#include "arborist/format/dirent.h"
#include "arborist/format/key_type.h"
#include "find_tree.h"

/* --- one key ------------------------------------------------------------------------------------------------------------ */

static bool has(const char *s, const char *what)
{
	const char either[3] = { (char)tolower((unsigned char)*what), (char)toupper((unsigned char)*what), 0 };
	size_t n = strlen(what);

	if (!n)
		return true;
	for (s = strpbrk(s, either); s; s = strpbrk(s + 1, either))
		if (!strncasecmp(s, what, n))
			return true;
	return false;
}

static const char *key_text(struct find_scratch *w, const struct find_subject *s)
{
	struct key_text_ctx c = { .geo = s->geo };

	if (!w->has_text) {
		arb_buf_reset(&w->text);
		bkey_to_text(&w->text, &c, s->k);
		w->has_text = true;
	}
	return arb_buf_str(&w->text);
}

static bool compare_text(const struct find_term *t, const char *s)
{
	if (t->cmp == FIND_HAS)
		return has(s, t->text);
	return !strcmp(s, t->text) == (t->cmp == FIND_EQ);
}

bool find_key_name(struct bkey_s k, struct arb_buf *out)
{
	struct dirent_key d;
	struct xattr_key x;

	if (dirent_get(k, &d))
		text_gate(out, d.name, d.name_len, TEXT_UTF8);
	else if (xattr_get(k, &x))
		text_gate(out, x.name, x.name_len, TEXT_UTF8);
	else
		return false;
	return true;
}

static bool match_name(const struct find_term *t, const struct find_subject *s)
{
	ARB_BUF(b);

	return find_key_name(s->k, &b) && compare_text(t, arb_buf_str(&b));
}

static bool compare(const struct find_term *t, int with_lo, int with_hi)
{
	switch (t->cmp) {
	case FIND_EQ: return with_lo >= 0 && with_hi <= 0;
	case FIND_NE: return with_lo < 0 || with_hi > 0;
	case FIND_LT: return with_lo < 0;
	case FIND_LE: return with_hi <= 0;
	case FIND_GT: return with_hi > 0;
	case FIND_GE: return with_lo >= 0;
	case FIND_HAS: return false;
	}
	return false;
}

static int cmp64(uint64_t a, uint64_t b)
{
	return a < b ? -1 : a > b;
}

/* Of several pointers one is enough; for != none may be equal. */
static bool match_numbers(const struct find_term *t, const struct find_subject *s)
{
	uint64_t v;
	bool any = false;

	for (unsigned i = 0; t->field->get(s, i, &v); i++) {
		bool ok = compare(t, cmp64(v, t->lo), cmp64(v, t->hi));

		if (ok != (t->cmp == FIND_NE))
			return ok;
		any = true;
	}
	return any && t->cmp == FIND_NE;
}

static bool match_test(struct find_scratch *w, const struct find_term *t, const struct find_subject *s)
{
	if (!t->field)
		return has(key_text(w, s), t->text);
	if (t->field->value == FIND_POS)
		return compare(t, bpos_cmp(s->k.k.p, t->start), bpos_cmp(s->k.k.p, t->end));
	if (t->field->get)
		return match_numbers(t, s);
	return !strcmp(t->field->name, "name") ? match_name(t, s) : compare_text(t, key_text(w, s));
}

/* Terms nest no deeper than FIND_TERMS_MAX. */
static bool match_term(const struct find *f, struct find_scratch *w, unsigned i, const struct find_subject *s)
{
	const struct find_term *t = &f->term[i];

	switch (t->kind) {
	case FIND_AND: return match_term(f, w, t->left, s) && match_term(f, w, t->right, s);
	case FIND_OR: return match_term(f, w, t->left, s) || match_term(f, w, t->right, s);
	case FIND_NOT: return !match_term(f, w, t->left, s);
	case FIND_TEST: return match_test(w, t, s);
	}
	return false;
}

bool find_match_with(const struct find *f, struct find_scratch *w, const struct find_subject *s)
{
	w->has_text = false;
	return match_term(f, w, f->root, s);
}

bool find_match(struct find *f, const struct fs_geometry *geo, unsigned btree, unsigned level, struct bkey_s k)
{
	struct find_subject s = { .geo = geo, .btree = btree, .level = level, .k = k };

	return find_match_with(f, &f->scratch, &s);
}

/* --- where ---------------------------------------------------------------------------------------------------------------- */

static const struct find_bounds anywhere = { ~0ull, { 0, 0, 0 }, { UINT64_MAX, UINT64_MAX, UINT32_MAX }, 0, UINT64_MAX, false };

static struct find_bounds both(struct find_bounds a, struct find_bounds b)
{
	return (struct find_bounds){
		a.btrees & b.btrees, bpos_max(a.start, b.start), bpos_min(a.end, b.end),
		a.inum_first > b.inum_first ? a.inum_first : b.inum_first, a.inum_last < b.inum_last ? a.inum_last : b.inum_last,
		a.levels || b.levels,
	};
}

static struct find_bounds either(struct find_bounds a, struct find_bounds b)
{
	return (struct find_bounds){
		a.btrees | b.btrees, bpos_min(a.start, b.start), bpos_max(a.end, b.end),
		a.inum_first < b.inum_first ? a.inum_first : b.inum_first, a.inum_last > b.inum_last ? a.inum_last : b.inum_last,
		a.levels || b.levels,
	};
}

#define INUM_BTREES (1ull << BTREE_inodes | 1ull << BTREE_extents | 1ull << BTREE_dirents | 1ull << BTREE_xattrs)

/* First and last value a number can have to pass. */
static void span(const struct find_term *t, uint64_t *first, uint64_t *last)
{
	*first = t->cmp == FIND_EQ || t->cmp == FIND_GT || t->cmp == FIND_GE ? t->lo : 0;
	*last = t->cmp == FIND_EQ || t->cmp == FIND_LT || t->cmp == FIND_LE ? t->hi : UINT64_MAX;
}

static bool is_field(const struct find_term *t, const char *name)
{
	return t->field && !strcmp(t->field->name, name);
}

static struct find_bounds test_bounds(const struct find_term *t)
{
	struct find_bounds b = anywhere;
	uint64_t first, last;

	b.levels = t->field && (t->field->flags & FIND_LEVELS);
	if (!t->field || t->cmp == FIND_NE)
		return b;
	if (is_field(t, "type") && (t->lo == KEY_btree_ptr || t->lo == KEY_btree_ptr_v2 || t->hi == KEY_btree_ptr_v2))
		b.levels = true;
	span(t, &first, &last);
	if (is_field(t, "btree")) {
		b.btrees = 0;
		for (unsigned i = 0; i < BTREE_ID_NR_MAX; i++)
			b.btrees |= (uint64_t)(first <= i && i <= last) << i;
	} else if (is_field(t, "inode")) {
		b.start = BPOS(first, 0, 0);
		b.end = BPOS(last, UINT64_MAX, UINT32_MAX);
	} else if (is_field(t, "inum")) {
		b.btrees = INUM_BTREES;
		b.inum_first = first;
		b.inum_last = last;
	} else if (is_field(t, "name")) {	/* keys of these types are taken in no other btree */
		b.btrees = 1ull << BTREE_dirents | 1ull << BTREE_xattrs;
	} else if (t->field->value == FIND_POS) {
		b.start = t->cmp == FIND_EQ || t->cmp == FIND_GT || t->cmp == FIND_GE ? t->start : POS_MIN;
		b.end = t->cmp == FIND_EQ || t->cmp == FIND_LT || t->cmp == FIND_LE ? t->end : SPOS_MAX;
	}
	return b;
}

struct find_bounds find_bounds_of(const struct find *f, unsigned term)
{
	const struct find_term *t = &f->term[term];
	struct find_bounds b = anywhere;

	switch (t->kind) {
	case FIND_AND: return both(find_bounds_of(f, t->left), find_bounds_of(f, t->right));
	case FIND_OR: return either(find_bounds_of(f, t->left), find_bounds_of(f, t->right));
	case FIND_NOT:
		b.levels = find_bounds_of(f, t->left).levels;
		return b;
	case FIND_TEST: return test_bounds(t);
	}
	return b;
}

bool find_covers(const struct find *f, unsigned btree, unsigned level, struct bpos *ret_start, struct bpos *ret_end)
{
	const struct find_bounds *b = &f->bounds;

	*ret_start = b->start;
	*ret_end = b->end;
	if (!(b->btrees >> btree & 1) || (level && !b->levels))
		return false;
	if (!level && (b->inum_first || b->inum_last != UINT64_MAX)) {
		bool by_offset = btree == BTREE_inodes;

		*ret_start = bpos_max(b->start, by_offset ? BPOS(0, b->inum_first, 0) : BPOS(b->inum_first, 0, 0));
		*ret_end = bpos_min(b->end, by_offset ? BPOS(0, b->inum_last, UINT32_MAX) : BPOS(b->inum_last, UINT64_MAX, UINT32_MAX));
	}
	return bpos_le(*ret_start, *ret_end);
}
