/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Damage to one member of a node: of a header, or of a key where it stands, with or without a right checksum. */
#include "damage_do.h"

#include <stdlib.h>
#include <string.h>
#include "arborist/base/le.h"
#include "arborist/format/checksum.h"
#include "arborist/format/stripe.h"

/* Puts the checksum of the bset right, over the length it says, or that it said before. */
static void fix_bset(uint8_t *raw, size_t bytes, const struct node_bset *b)
{
	uint8_t *p = raw + b->offset;
	size_t header = b->offset ? NODE_ENTRY_BYTES : NODE_HEADER_BYTES, n;
	struct bset_header h = bset_header_get(p + header - BSET_HEADER_BYTES);

	n = header + 8 * (size_t)h.u64s;
	if (b->offset + n > bytes)
		n = header + 8 * (size_t)b->h.u64s;
	if (csum_type_known(h.csum_type) && !csum_type_encrypts(h.csum_type))
		csum_put(p, csum_compute(h.csum_type, p + 16, n - 16));
}

static enum arb_code write_changed(struct damage *d, const struct node *n, uint8_t *raw, const struct node_bset *b, bool csum_field)
{
	struct btree_ptr p = damage_target(d)->ptr;

	if (!d->change.raw && !csum_field)
		fix_bset(raw, (size_t)n->sectors_read << 9, b);
	if (d->change.one)
		p.nr_ptrs = 1;
	return damage_write(d, &p, raw, (size_t)n->sectors_read << 9);
}

static enum arb_code change_header(struct damage *d, const struct node *n, uint8_t *raw, int which)
{
	const struct node_bset *b = &n->bsets[which == FIELD_NODE || n->nr_bsets < 2 ? 0 : 1 + d->change.random % (n->nr_bsets - 1)];
	const struct fmt_field *f = fmt_field(which == FIELD_NODE ? &fmt_node : &fmt_node_entry, d->change.field);

	f = f ? f : change_anywhere(d, d->change.field, b->keys_offset - b->offset + 8 * (size_t)b->h.u64s);
	if (!f || (which == FIELD_BSET && n->nr_bsets < 2) || !change_apply(&d->change, f, raw + b->offset))
		return arb_fail(d->err, ARB_E_BAD_ARGUMENT, "there is no %s to damage here", d->change.field);
	return write_changed(d, n, raw, b, f->kind == FMT_CSUM);
}

/* ---- keys */

struct place {			/* of a key in the node */
	const struct node_bset *bset;
	uint8_t		*p, *v;		/* its start, its value */
	size_t		v_bytes;
};

static bool find_place(const struct node *n, uint8_t *raw, const struct node_key *k, struct place *ret)
{
	const struct node_bset *b = &n->bsets[k->bset];
	uint8_t *p = raw + b->keys_offset, *end = p + 8 * (size_t)b->h.u64s;

	for (; p < end && p[0]; p += 8 * (size_t)p[0]) {
		uint8_t *v = p + 8 * bkey_packed_key_u64s(&n->h.format, p);

		if (v == raw + k->v && p + 8 * (size_t)p[0] <= end) {
			*ret = (struct place){ b, p, v, p + 8 * (size_t)p[0] - v };
			return true;
		}
	}
	return false;
}

/* "ptr.dev", "ptr[1].dev": in the first entry of that name, or the one of that number. */
static const struct fmt_field *entry_field(const char *name, const struct fmt_struct *s, unsigned *skip)
{
	size_t n = strlen(s->name);
	char *end;

	if (strncmp(name, s->name, n))
		return NULL;
	name += n;
	if (*name == '[') {
		if (strtoul(name + 1, &end, 10) != (*skip)++ || *end != ']')
			return NULL;
		name = end + 1;
	}
	return *name == '.' ? fmt_field(s, name + 1) : NULL;
}

static uint8_t *find_entry_field(const char *name, struct bkey_s k, const struct place *at, const struct fmt_field **f)
{
	struct extent_entry e;
	unsigned word = 0, skip = 0;

	if (k.k.type != KEY_extent && k.k.type != KEY_reflink_v && k.k.type != KEY_btree_ptr_v2 && k.k.type != KEY_btree_ptr && k.k.type != KEY_stripe)
		return NULL;
	while (extent_next_entry(&k, &word, &e)) {
		const struct fmt_struct *s = fmt_extent_entry(e.first);

		if (s && (*f = entry_field(name, s, &skip)))
			return at->v + 8 * (size_t)e.word;
	}
	return NULL;
}

/* "live[1]": the count of live sectors of a block of a stripe. */
static uint8_t *find_stripe_count(struct damage *d, const char *name, struct bkey_s k, const struct place *at, const struct fmt_field **f)
{
	struct stripe_key s;
	char *end;
	unsigned long block = strncmp(name, "live[", 5) ? STRIPE_BLOCKS_MAX : strtoul(name + 5, &end, 10);

	if (block >= STRIPE_BLOCKS_MAX || strcmp(end, "]") || !stripe_get(k, &s) || block >= s.nr_blocks || stripe_count_offset(&s, block) + 2 > at->v_bytes)
		return NULL;
	d->place = (struct fmt_field){ .name = name, .bytes = 2, .offset = stripe_count_offset(&s, block) };
	*f = &d->place;
	return at->v;
}

static uint8_t *find_key_field(struct damage *d, const char *name, struct bkey_s k, const struct place *at, const struct fmt_field **f)
{
	const struct fmt_struct *s = fmt_value(k.k.type);
	uint8_t *base;

	if ((*f = change_anywhere(d, name, at->v_bytes)))
		return at->v;
	if (!strncmp(name, "key.", 4) && ((*f = fmt_field(&fmt_bkey_packed, name + 4)) || (*f = change_anywhere(d, name + 4, at->v - at->p))))
		return at->p;
	if (s && (*f = fmt_field(s, name)) && (*f)->offset + (*f)->bytes <= at->v_bytes)
		return at->v;
	base = find_entry_field(name, k, at, f);
	return base ? base : find_stripe_count(d, name, k, at, f);
}

/* From a key by chance on, or the one meant: the first that has such a member and changes. */
static enum arb_code change_key(struct damage *d, const struct node *n, uint8_t *raw)
{
	bool exact = bpos_cmp(d->pos, SPOS_MAX) != 0;
	size_t from = exact ? node_lower_bound(n, d->pos) : n->nr_keys ? d->change.random % n->nr_keys : 0;

	for (size_t i = 0; i < (exact ? 1 : n->nr_keys); i++) {
		size_t at = (from + i) % (n->nr_keys ? n->nr_keys : 1);
		const struct fmt_field *f;
		struct place place;
		uint8_t *base;

		if (!n->nr_keys || !find_place(n, raw, &n->keys[at], &place))
			continue;
		base = find_key_field(d, d->change.field, node_key(n, at), &place, &f);
		if (base && change_apply(&d->change, f, base))
			return write_changed(d, n, raw, place.bset, false);
	}
	return arb_fail(d->err, ARB_E_BAD_ARGUMENT, "there is no %s to damage here", d->change.field);
}

/* Position, size and version of a key are packed: the node is written anew. */
static enum arb_code repack(struct damage *d, struct bkey_s *keys, size_t *nr, const void *arg)
{
	const struct fmt_field *f = arg;
	size_t at = *nr ? d->change.random % *nr : 0;
	struct bkey_s bare;
	uint8_t p[BKEY_BYTES];

	for (size_t i = 0; bpos_cmp(d->pos, SPOS_MAX) && i < *nr; i++)
		if (bpos_eq(keys[i].k.p, d->pos))
			at = i;
	if (!*nr)
		return arb_fail(d->err, ARB_E_BAD_ARGUMENT, "there is no key in this node");
	bare.k = keys[at].k;
	bare.k.u64s = BKEY_U64s;
	bkey_put(p, bare);
	change_apply(&d->change, f, p);
	keys[at].k.p = bkey_get(p).p;
	keys[at].k.ver = bkey_get(p).ver;
	keys[at].k.size = bkey_get(p).size;
	return ARB_OK;
}

enum arb_code damage_do_node_field(struct damage *d, int which)
{
	const struct fmt_field *f = strncmp(d->change.field, "key.", 4) ? NULL : fmt_field(&fmt_bkey, d->change.field + 4);
	struct node_got got;
	uint8_t *raw;
	enum arb_code c;

	if (which == FIELD_KEY && f && !fmt_field(&fmt_bkey_packed, f->name))
		return damage_keys(d, d->level, damage_target(d), repack, f);
	c = damage_read(d, d->level, damage_target(d), &got);
	if (c)
		return c;
	raw = malloc(got.node->raw_bytes);
	if (!raw) {
		c = arb_fail(d->err, ARB_E_NOMEM, "no memory for a node");
	} else {
		memcpy(raw, got.node->raw, got.node->raw_bytes);
		c = which == FIELD_KEY ? change_key(d, got.node, raw) : change_header(d, got.node, raw, which);
	}
	free(raw);
	node_put(&got);
	return c;
}
