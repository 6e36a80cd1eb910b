/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Everything that claims a bucket: superblock copies, journal, pointers of every btree, stripes (repair-semantics.md 8.2, 8.6). */
#include <config.h>
#include "arborist/base/i18n.h"
#include "arborist/format/btree_id.h"
#include "arborist/format/key_type.h"
#include "arborist/format/stripe.h"
#include "claims.h"
#include "internal.h"

const char *claim_kind_name(enum claim_kind k)
{
	static const char *const names[] = {
		[CLAIM_SUPERBLOCK] = N_("superblock"), [CLAIM_JOURNAL] = N_("journal"), [CLAIM_POINTER] = N_("pointer"), [CLAIM_STRIPE_BLOCK] = N_("stripe"),
	};

	return names[k];
}

struct looker {
	struct session	*s;
	struct claims_walk *w;
	struct claim	c;		/* of the key at hand */
	bool		lowest;		/* of the levels of this btree that are walked: unreadable nodes of higher ones are met again */
	bool		above_leaves;	/* each key is a leaf that will be read */
};

static void give(struct looker *l, struct claim *c, struct bkey_s k)
{
	const struct member_geometry *m = geometry_member(&session_view(l->s)->geo, c->dev);

	if (!m || !m->bucket_size)
		return;
	c->bucket = c->sector / m->bucket_size;
	if (c->bucket >= m->nbuckets || (l->w->bucket_only && (c->dev != l->w->dev || c->bucket != l->w->bucket)))
		return;
	l->w->claim(l->w->arg, c, k);
}

/* --- superblock copies and the journal ------------------------------------------------------------------------------------- */

static void give_range(struct looker *l, enum claim_kind kind, unsigned dev, unsigned type, uint64_t start, uint64_t end)
{
	const struct member_geometry *m = &session_view(l->s)->geo.member[dev];

	while (start < end && start / m->bucket_size < m->nbuckets) {
		uint64_t stop = (start / m->bucket_size + 1) * m->bucket_size;
		struct claim c = { .kind = kind, .dev = dev, .data_type = type, .sector = start };

		c.sectors = (stop < end ? stop : end) - start;
		give(l, &c, (struct bkey_s){ 0 });
		start += c.sectors;
	}
}

static enum arb_code give_device(struct looker *l, unsigned dev, const struct sb *sb, struct arb_error *err)
{
	uint32_t size = session_view(l->s)->geo.member[dev].bucket_size;
	uint64_t *buckets = NULL;
	size_t nr = 0;
	enum arb_code code;

	for (unsigned i = 0; i < sb->layout.nr; i++) {
		uint64_t at = sb->layout.sector[i], len = UINT64_C(1) << sb->layout.max_size_bits;

		if (at == SB_SECTOR)
			give_range(l, CLAIM_SUPERBLOCK, dev, DATA_sb, 0, SB_SECTOR);
		give_range(l, CLAIM_SUPERBLOCK, dev, DATA_sb, at, at > UINT64_MAX - len ? UINT64_MAX : at + len);
	}
	code = sb_journal_buckets(sb, &buckets, &nr, err);
	for (size_t i = 0; i < nr && !code; i++)
		if (buckets[i] < session_view(l->s)->geo.member[dev].nbuckets)
			give_range(l, CLAIM_JOURNAL, dev, DATA_journal, buckets[i] * size, (buckets[i] + 1) * size);
	free(buckets);
	return code;
}

static enum arb_code give_super(struct looker *l, struct arb_error *err)
{
	enum arb_code code = ARB_OK;

	for (unsigned i = 0; i < SB_MEMBERS_MAX && !code; i++) {
		const struct device *d = session_view(l->s)->devs->dev[i];

		if (d && d->best >= 0 && geometry_member(&session_view(l->s)->geo, i) && session_view(l->s)->geo.member[i].bucket_size)
			code = give_device(l, i, &d->copies.v[d->best].sb, err);
	}
	return code;
}

/* --- keys -------------------------------------------------------------------------------------------------------------------- */

static void give_stripe(struct looker *l, struct bkey_s k)
{
	struct stripe_key s;

	if (!stripe_get(k, &s))
		return;
	for (unsigned b = 0; b < s.nr_blocks && b < STRIPE_BLOCKS_MAX; b++) {
		struct claim c = l->c;
		struct extent_ptr p;
		uint16_t used;

		if (!stripe_block(k, &s, b, &p, &used))
			return;
		c.kind = CLAIM_STRIPE_BLOCK;
		c.dev = p.dev;
		c.gen = p.gen;
		c.sector = p.sector;
		c.sectors = s.sectors;
		c.data_type = b + s.nr_redundant >= s.nr_blocks ? DATA_parity : DATA_stripe;
		c.striped = true;
		c.stripe = k.k.p.offset;
		c.block = b;
		c.redundancy = s.nr_redundant;
		give(l, &c, k);
	}
}

static void give_pointers(struct looker *l, struct bkey_s k)
{
	uint32_t size = l->c.level ? session_view(l->s)->geo.node_sectors : k.k.size;
	struct extent_iter it = { 0 };
	struct extent_ptr p;

	while (extent_next_ptr(k, &it, &p)) {
		struct claim c = l->c;

		c.kind = CLAIM_POINTER;
		c.dev = p.dev;
		c.gen = p.gen;
		c.sector = p.sector;
		c.sectors = extent_disk_sectors(&p, size);
		c.data_type = c.level ? DATA_btree : p.cached ? DATA_cached : p.has_ec ? DATA_stripe : DATA_user;
		c.cached = p.cached;
		c.unwritten = p.unwritten;
		c.striped = p.has_ec;
		c.stripe = p.ec_idx;
		c.block = p.ec_block;
		c.crc_offset = p.crc.offset;
		give(l, &c, k);
	}
}

static enum arb_code take_key(void *arg, const struct node *n, struct bkey_s k)
{
	struct looker *l = arg;

	(void)n;
	if (l->above_leaves)
		l->s->look.nodes_total++;
	l->c.pos = k.k.p;
	l->c.key_type = k.k.type;
	if (k.k.type == KEY_stripe)
		give_stripe(l, k);
	else
		give_pointers(l, k);
	return ARB_OK;
}

static enum arb_code enter(void *arg, const struct node *n)
{
	struct looker *l = arg;

	(void)n;
	l->s->look.nodes_done++;
	state_publish(l->s, false);
	jobs_serve_browsing(l->s);
	return session_cancelled(l->s) ? ARB_E_CANCELLED : ARB_OK;
}

static enum arb_code bad(void *arg, unsigned level, struct bkey_s ptr, const struct defects *d)
{
	struct looker *l = arg;

	(void)level, (void)ptr, (void)d;
	l->w->nodes_unreadable += l->lowest;
	return session_cancelled(l->s) ? ARB_E_CANCELLED : ARB_OK;
}

/* --- btrees ------------------------------------------------------------------------------------------------------------------ */

static bool has_data(unsigned btree)
{
	return btree >= BTREE_ID_NR || btree == BTREE_stripes || btree_info(btree)->flags & BTREE_DATA;
}

static enum arb_code walk_level(struct looker *l, unsigned btree, unsigned level, struct arb_error *err)
{
	struct walk w = { .btree = btree, .level = level, .start = POS_MIN, .end = SPOS_MAX, .key = take_key, .node = enter, .bad = bad, .arg = l };

	l->c = (struct claim){ .btree = btree, .level = level };
	l->above_leaves = level == 1 && has_data(btree);
	l->lowest = level == !has_data(btree);
	return view_walk(session_view(l->s), &w, err);
}

static bool can_be_walked(struct session *s, unsigned btree)
{
	const struct btree_root *r = &session_view(s)->roots[btree];

	return (r->exists || r->fake) && !r->lost && r->level < BTREE_MAX_DEPTH;
}

static enum arb_code walk_all(struct looker *l, struct arb_error *err)
{
	enum arb_code code = ARB_OK;

	for (unsigned b = 0; b < BTREE_ID_NR_MAX && !code; b++) {
		l->w->nodes_unreadable += session_view(l->s)->roots[b].lost;
		for (unsigned level = 1; can_be_walked(l->s, b) && level <= session_view(l->s)->roots[b].level + 1u && !code; level++)
			code = walk_level(l, b, level, err);
	}
	for (unsigned b = 0; b < BTREE_ID_NR_MAX && !code; b++)
		if (can_be_walked(l->s, b) && has_data(b))
			code = walk_level(l, b, 0, err);
	return code;
}

enum arb_code session_claims(struct session *s, const char *what, struct claims_walk *w, struct arb_error *err)
{
	struct looker l = { .s = s, .w = w };
	__typeof__(s->look) outer = s->look;
	enum arb_code code;

	memset(&s->look, 0, sizeof(s->look));
	s->look.what = what;
	state_publish(s, true);
	w->nodes_unreadable = 0;
	code = give_super(&l, err);
	code = code ? code : walk_all(&l, err);
	s->look = outer;
	state_publish(s, true);
	return code == ARB_E_CANCELLED ? arb_fail(err, code, "cancelled") : code;
}

/* --- sums -------------------------------------------------------------------------------------------------------------------- */

enum claim_rank claim_rank(unsigned data_type)
{
	return data_type_is_hidden(data_type) ? RANK_SUPER : data_type == DATA_btree ? RANK_BTREE : data_type == DATA_parity ? RANK_PARITY : RANK_DATA;
}

bool claim_is_stale(const struct claim *c, uint8_t bucket_gen, bool has_key)
{
	return c->cached && (!has_key || c->gen != bucket_gen);
}

static bool is_pointer(const struct claim *c)
{
	return c->kind == CLAIM_POINTER || c->kind == CLAIM_STRIPE_BLOCK;
}

void claim_sums_add(struct claim_sums *s, const struct claim *c, uint8_t bucket_gen, bool has_key)
{
	if (claim_is_stale(c, bucket_gen, has_key))
		return;
	s->types |= 1u << c->data_type;
	if (!s->has_gen && is_pointer(c) && !c->cached) {
		s->gen = c->gen;
		s->has_gen = true;
	}
	if (c->kind == CLAIM_STRIPE_BLOCK) {
		s->stripe = (uint32_t)c->stripe;
		s->parity = c->data_type == DATA_parity;
		s->redundancy = c->redundancy;
		if (!s->parity)
			return;
	}
	if (c->kind == CLAIM_POINTER && c->striped)
		s->striped += c->sectors;
	else if (c->cached)
		s->cached += c->sectors;
	else
		s->dirty[claim_rank(c->data_type)] += c->sectors;
}

enum claim_rank claim_sums_rank(const struct claim_sums *s)
{
	enum claim_rank rank = RANK_DATA;

	for (unsigned t = 0; t < DATA_TYPE_NR; t++)
		if (s->types >> t & 1 && claim_rank(t) > rank)
			rank = claim_rank(t);
	return rank;
}

bool claim_sums_conflict(const struct claim_sums *s)
{
	enum claim_rank rank = claim_sums_rank(s);

	for (unsigned t = 0; t < DATA_TYPE_NR; t++)
		if (s->types >> t & 1 && claim_rank(t) != rank)
			return true;
	return (s->types >> DATA_sb & 1) && (s->types >> DATA_journal & 1);
}

static unsigned kind_of(const struct claim_sums *s, enum claim_rank rank)
{
	static const uint8_t kinds[RANK_NR] = { DATA_user, DATA_parity, DATA_btree, DATA_journal };

	return rank == RANK_SUPER && s->types >> DATA_sb & 1 ? DATA_sb : kinds[rank];
}

static uint32_t sectors32(uint64_t n)
{
	return n > UINT32_MAX ? UINT32_MAX : (uint32_t)n;
}

struct alloc_v4 claim_sums_expected(const struct claim_sums *s, const struct alloc_v4 *found, bool has_key, bool online)
{
	enum claim_rank rank = claim_sums_rank(s);
	struct alloc_v4 a = *found;
	unsigned kind = kind_of(s, rank);

	a.gen = has_key ? found->gen : s->gen;
	a.dirty_sectors = sectors32(s->dirty[rank]);
	a.cached_sectors = rank == RANK_DATA ? sectors32(s->cached) : 0;
	a.stripe_sectors = rank == RANK_DATA ? sectors32(s->striped) : 0;
	a.stripe = rank <= RANK_PARITY ? s->stripe : 0;
	a.stripe_redundancy = a.stripe ? s->redundancy : 0;
	if (!online && data_type_is_hidden(found->data_type)) {		/* its superblock cannot be looked at */
		kind = found->data_type;
		a.dirty_sectors = found->dirty_sectors;
	}
	a.data_type = alloc_data_type(&a, s->parity ? DATA_parity : kind);
	return a;
}
