/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Cells of the map of buckets: see bucket_cells.h. */
#include <config.h>
#include "bucket_cells.h"
#include "arborist/base/i18n.h"

#include <ctype.h>
#include <stdlib.h>

const struct bucket_letter bucket_letters[] = {
	{ 'S', DATA_sb, STYLE_UNREADABLE, N_("superblock") },
	{ 'J', DATA_journal, STYLE_CHANGED, N_("journal") },
	{ 'B', DATA_btree, STYLE_FIELD_A, N_("btree") },
	{ 'U', DATA_user, STYLE_FIELD_B, N_("user") },
	{ 'C', DATA_cached, STYLE_DIM, N_("cached") },
	{ 'T', DATA_stripe, STYLE_FIELD_C, N_("stripe") },
	{ 'P', DATA_parity, STYLE_FIELD_C, N_("parity") },
	{ '.', DATA_free, STYLE_NORMAL, N_("free") },
	{ '-', DATA_need_discard, STYLE_NORMAL, N_("to discard") },
	{ 'g', DATA_need_gc_gens, STYLE_CHANGED, N_("needs gc") },
	{ 'u', DATA_TYPE_NR, STYLE_FIELD_B, N_("half empty") },
	{ '!', DATA_TYPE_NR, STYLE_DAMAGED, N_("not as recorded") },
	{ '#', DATA_TYPE_NR, STYLE_DAMAGED, N_("claimed twice") },
	{ 0, 0, 0, NULL },
};

static const struct bucket_letter *row_of(unsigned type)
{
	const struct bucket_letter *r = bucket_letters;

	while (r->letter && r->type != type)
		r++;
	return r;
}

struct bucket_cell bucket_cell_sum(const struct bucket_device *d, uint64_t first, uint64_t nr)
{
	struct bucket_cell c = { .first = first, .nr = first >= d->nbuckets ? 0 : nr < d->nbuckets - first ? nr : d->nbuckets - first };

	for (uint64_t b = first; b < first + c.nr; b++) {
		const struct bucket_entry *e = &d->bucket[b];

		c.of[e->owner < DATA_TYPE_NR ? e->owner : DATA_free]++;
		c.conflicts += !!(e->flags & BUCKET_CONFLICT);
		c.differ += !!(e->flags & BUCKET_DIFFERS);
		c.sectors += data_type_is_empty(e->owner) ? 0 : e->sectors;
	}
	return c;
}

static unsigned most_frequent(const struct bucket_cell *c)
{
	unsigned best = DATA_free;

	for (unsigned t = 0; t < DATA_TYPE_NR; t++)
		if (c->of[t] > c->of[best])
			best = t;
	return best;
}

char bucket_cell_letter(const struct bucket_cell *c, uint32_t bucket_size, enum style *ret)
{
	const struct bucket_letter *r = row_of(most_frequent(c));
	uint64_t used = c->nr;

	for (unsigned t = 0; t < DATA_TYPE_NR; t++)
		used -= data_type_is_empty(t) ? c->of[t] : 0;
	*ret = STYLE_DAMAGED;
	if (c->conflicts || c->differ)
		return c->conflicts ? '#' : '!';
	*ret = r->letter ? r->style : STYLE_NORMAL;
	if (!r->letter)
		return '?';
	return isupper(r->letter) && !data_type_is_hidden(r->type) && c->sectors < used * bucket_size / 2 ? (char)tolower(r->letter) : r->letter;
}

void bucket_cell_to_text(struct arb_buf *out, const struct bucket_cell *c, unsigned dev, uint32_t bucket_size)
{
	const char *sep = "  ";

	arb_buf_printf(out, "%u:%llu", dev, (unsigned long long)c->first);
	if (c->nr > 1)
		arb_buf_printf(out, "..%llu", (unsigned long long)(c->first + c->nr - 1));
	if (c->conflicts)
		arb_buf_printf(out, _("  # %llu claimed twice"), (unsigned long long)c->conflicts);
	if (c->differ)
		arb_buf_printf(out, _("  ! %llu not as recorded"), (unsigned long long)c->differ);
	for (const struct bucket_letter *r = bucket_letters; r->letter; r++) {
		if (r->type == DATA_TYPE_NR || !c->of[r->type])
			continue;
		arb_buf_printf(out, "%s%s", sep, _(r->name));
		if (c->nr > 1)
			arb_buf_printf(out, " %llu", (unsigned long long)c->of[r->type]);
		sep = ", ";
	}
	arb_buf_printf(out, _("  %llu of %llu sectors"), (unsigned long long)c->sectors, (unsigned long long)(c->nr * bucket_size));
}

bool bucket_cells_make(struct bucket_cells *c, const struct bucket_device *d, uint64_t per_cell)
{
	if (c->of == d && c->per_cell == per_cell)
		return true;
	bucket_cells_free(c);
	c->nr = (d->nbuckets + per_cell - 1) / per_cell;
	c->letter = malloc(c->nr ? c->nr : 1);
	c->style = malloc(c->nr ? c->nr : 1);
	if (!c->letter || !c->style) {
		bucket_cells_free(c);
		return false;
	}
	c->of = d;
	c->per_cell = per_cell;
	for (uint64_t i = 0; i < c->nr; i++) {
		struct bucket_cell sum = bucket_cell_sum(d, i * per_cell, per_cell);
		enum style st;

		c->letter[i] = bucket_cell_letter(&sum, d->bucket_size, &st);
		c->style[i] = st;
	}
	return true;
}

void bucket_cells_free(struct bucket_cells *c)
{
	free(c->letter);
	free(c->style);
	*c = (struct bucket_cells){ 0 };
}
