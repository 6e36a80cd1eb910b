/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One bucket: who claims it, what its alloc key says and should say, and its backpointers. */
#include <config.h>
#include "arborist/format/btree_id.h"
#include "arborist/format/key_type.h"
#include "claims.h"
#include "internal.h"

/* --- fields of an alloc key ------------------------------------------------------------------------------------------------- */

static const char *const fields[] = {
	"data_type", "gen", "dirty_sectors", "stripe_sectors", "cached_sectors", "stripe", "stripe_redundancy", NULL,
};

const char *bucket_field_name(unsigned i)
{
	return i < sizeof(fields) / sizeof(fields[0]) ? fields[i] : NULL;
}

uint64_t bucket_field(const struct alloc_v4 *a, unsigned i)
{
	const uint64_t v[] = {
		a->data_type, a->gen, a->dirty_sectors, a->stripe_sectors, a->cached_sectors, a->stripe, a->stripe_redundancy,
	};

	return v[i];
}

void bucket_field_text(struct arb_buf *out, const struct alloc_v4 *a, unsigned i)
{
	if (!i)
		data_type_to_text(out, a->data_type);
	else
		arb_buf_printf(out, "%llu", (unsigned long long)bucket_field(a, i));
}

/* --- claims -------------------------------------------------------------------------------------------------------------------- */

struct collector {
	struct session	*s;
	struct bucket_report *r;
	struct claim_sums sums;
	bool		oom;
};

static char *key_line(struct session *s, struct bkey_s k)
{
	struct key_text_ctx c = { .geo = &session_view(s)->geo, .flags = KEY_TEXT_FIRST_LINE };
	ARB_BUF(b);

	if (!k.v)
		return NULL;
	bkey_to_text(&b, &c, k);
	return arb_buf_steal(&b);
}

static void take_claim(void *arg, const struct claim *c, struct bkey_s k)
{
	struct collector *x = arg;
	struct bucket_claim *b;

	x->r->nr_claims++;
	claim_sums_add(&x->sums, c, x->r->found.gen, x->r->has_key);
	if (x->r->claims.nr >= BUCKET_CLAIMS_MAX)
		return;
	b = arb_array_push(&x->r->claims);
	if (!b) {
		x->oom = true;
		return;
	}
	b->c = *c;
	b->text = key_line(x->s, k);
	b->stale = claim_is_stale(c, x->r->found.gen, x->r->has_key);
	b->wants_backpointer = c->kind == CLAIM_POINTER && !c->cached;
}

static void judge(struct collector *x)
{
	struct bucket_report *r = x->r;
	enum claim_rank stays = claim_sums_rank(&x->sums);

	for (size_t i = 0; i < r->claims.nr; i++)
		r->claims.v[i].conflict = !r->claims.v[i].stale && claim_rank(r->claims.v[i].c.data_type) != stays;
	r->expected = claim_sums_expected(&x->sums, &r->found, r->has_key, r->online);
}

/* --- backpointers ---------------------------------------------------------------------------------------------------------------- */

static bool names(const struct backpointer *b, const struct member_geometry *m, const struct claim *c)
{
	uint64_t offset = (c->sector % m->bucket_size << 10) + c->crc_offset;

	return c->kind == CLAIM_POINTER && !c->cached && b->btree == c->btree && b->level == c->level && bpos_eq(b->pos, c->pos) &&
		b->bucket_offset == offset && b->bucket_len == c->sectors;
}

static enum arb_code take_backpointer(void *arg, const struct node *n, struct bkey_s k)
{
	struct collector *x = arg;
	struct bucket_report *r = x->r;
	struct bucket_backpointer *b;
	struct backpointer bp;

	(void)n;
	if (!backpointer_get(k, &bp))
		return ARB_OK;
	r->nr_backpointers++;
	b = r->backpointers.nr < BUCKET_CLAIMS_MAX ? arb_array_push(&r->backpointers) : NULL;
	if (!b)
		return ARB_OK;
	*b = (struct bucket_backpointer){ .pos = k.k.p, .b = bp, .text = key_line(x->s, k) };
	for (size_t i = 0; i < r->claims.nr; i++)
		if (names(&bp, &session_view(x->s)->geo.member[r->dev], &r->claims.v[i].c))
			b->matched = r->claims.v[i].backpointer = true;
	return session_cancelled(x->s) ? ARB_E_CANCELLED : ARB_OK;
}

static enum arb_code bad_backpointers(void *arg, unsigned level, struct bkey_s ptr, const struct defects *d)
{
	struct collector *x = arg;

	(void)level, (void)ptr, (void)d;
	x->r->nodes_unreadable++;
	return ARB_OK;
}

static enum arb_code read_backpointers(struct collector *x, struct arb_error *err)
{
	const struct bucket_report *r = x->r;
	const struct member_geometry *m = &session_view(x->s)->geo.member[r->dev];
	struct bpos last = backpointer_pos(m, r->dev, r->bucket + 1, 0);
	struct walk w = {
		.btree = BTREE_backpointers, .start = backpointer_pos(m, r->dev, r->bucket, 0), .key = take_backpointer, .bad = bad_backpointers, .arg = x,
	};
	const struct btree_root *root = &session_view(x->s)->roots[BTREE_backpointers];

	if (root->lost || !(root->exists || root->fake) || !bpos_predecessor(last, &w.end))
		return ARB_OK;
	return view_walk(session_view(x->s), &w, err);
}

/* --- the report ---------------------------------------------------------------------------------------------------------------------- */

static enum arb_code take_alloc_key(void *arg, const struct node *n, struct bkey_s k)
{
	struct collector *x = arg;

	(void)n;
	x->r->has_key = alloc_get(k, &x->r->found);
	return ARB_OK;
}

static enum arb_code no_alloc_key(void *arg, unsigned level, struct bkey_s ptr, const struct defects *d)
{
	struct collector *x = arg;

	(void)level, (void)ptr, (void)d;
	x->r->key_unreadable = true;
	return ARB_OK;
}

static enum arb_code read_alloc_key(struct collector *x, struct arb_error *err)
{
	struct view *v = session_view(x->s);
	const struct btree_root *root = &v->roots[BTREE_alloc];
	struct bpos at = BPOS(x->r->dev, x->r->bucket, 0);
	struct walk w = { .btree = BTREE_alloc, .start = at, .end = at, .key = take_alloc_key, .bad = no_alloc_key, .arg = x };

	x->r->key_unreadable = root->lost;
	if (root->lost || !(root->exists || root->fake))
		return ARB_OK;
	return view_walk(v, &w, err);
}

static enum arb_code fill(struct session *s, struct bucket_report *r, struct arb_error *err)
{
	struct collector x = { .s = s, .r = r };
	struct claims_walk w = { .bucket_only = true, .dev = r->dev, .bucket = r->bucket, .claim = take_claim, .arg = &x };
	enum arb_code code = read_alloc_key(&x, err);

	code = code ? code : session_claims(s, "bucket", &w, err);
	r->nodes_unreadable = w.nodes_unreadable;
	r->incomplete = w.nodes_unreadable;
	judge(&x);
	code = code ? code : read_backpointers(&x, err);
	return !code && x.oom ? arb_fail(err, ARB_E_NOMEM, "out of memory") : code;
}

enum arb_code session_bucket_exists(struct session *s, unsigned dev, uint64_t bucket, struct arb_error *err)
{
	const struct member_geometry *m = geometry_member(&session_view(s)->geo, dev);

	if (!m || !m->bucket_size)
		return arb_fail(err, ARB_E_BAD_ARGUMENT, "there is no device %u; members lists them", dev);
	if (bucket < m->nbuckets)
		return ARB_OK;
	return arb_fail(err, ARB_E_BAD_ARGUMENT, "device %u has the buckets %u to %llu", dev, m->first_bucket, (unsigned long long)m->nbuckets - 1);
}

enum arb_code session_bucket(struct session *s, unsigned dev, uint64_t bucket, struct bucket_report **ret, struct arb_error *err)
{
	enum arb_code code = session_bucket_exists(s, dev, bucket, err);
	struct bucket_report *r;

	if (code)
		return code;
	r = calloc(1, sizeof(*r));
	if (!r)
		return arb_fail(err, ARB_E_NOMEM, "out of memory");
	r->dev = dev;
	r->bucket = bucket;
	r->bucket_size = session_view(s)->geo.member[dev].bucket_size;
	r->online = session_view(s)->geo.member[dev].online;
	code = fill(s, r, err);
	if (code)
		bucket_report_free(r);
	else
		*ret = r;
	return code;
}

void bucket_report_free(struct bucket_report *r)
{
	if (!r)
		return;
	for (size_t i = 0; i < r->claims.nr; i++)
		free(r->claims.v[i].text);
	for (size_t i = 0; i < r->backpointers.nr; i++)
		free(r->backpointers.v[i].text);
	arb_array_free(&r->claims);
	arb_array_free(&r->backpointers);
	free(r);
}
