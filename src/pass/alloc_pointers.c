/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Keys with some of their pointers dropped or changed (repair-semantics.md 8.5). Pure functions over values.
 *
 * A crc entry stays only while a pointer that it applies to stays, a stripe entry only with its pointer. A pointer that
 * is part of a stripe keeps its place, with no device: the data can be made again from the rest of the stripe.
 */
#include "alloc.h"

#include "arborist/base/le.h"
#include "arborist/format/key_type.h"

struct editor {
	struct bkey_s	k;
	const struct pointer_edit *e;
	struct bkey_buf	*out;
	unsigned	words;		/* in out */
	unsigned	nr;		/* pointers met */
	struct extent_entry crc, stripe; /* waiting for a pointer; .words 0: none */
	bool		had_dirty, has_dirty, has_any;
};

static void copy_words(struct editor *x, unsigned from, unsigned nr)
{
	memcpy(x->out->v + 8 * (size_t)x->words, x->k.v + 8 * (size_t)from, 8 * (size_t)nr);
	x->words += nr;
}

static void flush(struct editor *x, struct extent_entry *waiting)
{
	copy_words(x, waiting->word, waiting->words);
	waiting->words = 0;
}

static uint64_t with_dev_gen(uint64_t word, unsigned dev, unsigned gen)
{
	return (word & UINT64_C(0x0000ffffffffffff)) | (uint64_t)(dev & 0xff) << 48 | (uint64_t)(gen & 0xff) << 56;
}

static void edit_pointer(struct editor *x, const struct extent_entry *e)
{
	struct extent_ptr p = extent_ptr_decode(e->first);
	unsigned i = x->nr++;
	uint32_t bit = i < GC_POINTERS_MAX ? UINT32_C(1) << i : 0;
	bool in_stripe = x->k.k.type == KEY_stripe || (x->stripe.words && !(x->e->drop_stripe & bit));
	bool drop = x->e->drop & bit;

	x->had_dirty |= !p.cached;
	if (drop && !in_stripe) {
		x->stripe.words = 0;
		return;
	}
	flush(x, &x->crc);
	if (in_stripe)
		flush(x, &x->stripe);
	x->stripe.words = 0;
	if (drop)
		p.dev = DEV_NONE;
	if (x->e->regen & bit)
		p.gen = x->e->gen[i];
	le64_put(x->out->v + 8 * (size_t)x->words++, with_dev_gen(e->first, p.dev, p.gen));
	x->has_dirty |= !p.cached;
	x->has_any = true;
}

static void edit_entry(struct editor *x, const struct extent_entry *e)
{
	switch (e->type) {
	case EXTENT_ENTRY_ptr:
		edit_pointer(x, e);
		break;
	case EXTENT_ENTRY_crc32:
	case EXTENT_ENTRY_crc64:
	case EXTENT_ENTRY_crc128:
		x->crc = *e;
		break;
	case EXTENT_ENTRY_stripe_ptr:
		x->stripe = *e;
		break;
	default:
		copy_words(x, e->word, e->words);
	}
}

bool pointers_edit(struct bkey_s k, const struct pointer_edit *e, struct bkey_buf *out)
{
	struct editor x = { .k = k, .e = e, .out = out };
	unsigned word = 0, behind = 0;
	struct extent_entry entry;

	out->k = k.k;
	for (bool first = true; extent_next_entry(&k, &word, &entry); first = false) {
		if (first)
			copy_words(&x, 0, entry.word);
		edit_entry(&x, &entry);
		behind = entry.word + entry.words;
	}
	copy_words(&x, behind, bkey_val_u64s(&k.k) - behind);	/* of a stripe: checksums and counts */
	out->k.u64s = BKEY_U64s + x.words;
	if (x.has_dirty || !x.had_dirty)
		return x.has_any;
	if (k.k.type == KEY_btree_ptr || k.k.type == KEY_btree_ptr_v2)
		return false;
	out->k.type = KEY_error;
	out->k.u64s = BKEY_U64s;
	return true;
}
