/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "../unit.h"

#include <stdlib.h>
#include "../btree/real_image.h"
#include "arborist/format/checksum.h"
#include "arborist/image/image.h"
#include "simdisk.h"

#define CHUNK (1u << 20)

/* --- a device that borrows its memory ------------------------------------------------------------------------------- */

struct sim_blk {
	struct blk	b;
	uint8_t		*mem;
};

static enum arb_code sim_read(struct blk *b, uint64_t offset, void *buf, size_t n, struct arb_error *err)
{
	(void)err;
	memcpy(buf, ((struct sim_blk *)b)->mem + offset, n);
	return ARB_OK;
}

static enum arb_code sim_write(struct blk *b, uint64_t offset, const void *buf, size_t n, struct arb_error *err)
{
	(void)err;
	memcpy(((struct sim_blk *)b)->mem + offset, buf, n);
	return ARB_OK;
}

static enum arb_code sim_sync(struct blk *b, struct arb_error *err)
{
	(void)b;
	(void)err;
	return ARB_OK;
}

static void sim_close(struct blk *b)
{
	free(b);	/* the name is the port's */
}

static const struct blk_ops sim_ops = { .read = sim_read, .write = sim_write, .sync = sim_sync, .close = sim_close };

static struct blk *sim_blk(struct sim *s, unsigned i, bool record, uint64_t writes_left)
{
	struct sim_blk *b = calloc(1, sizeof(*b));
	struct blk *top;

	assert_non_null(b);
	*b = (struct sim_blk) { { .ops = &sim_ops, .bytes = s->bytes[i], .name = strdup("sim") }, s->mem[i] };
	top = &b->b;
	if (record)
		assert_int_equal(blk_record_new(top, &s->log, i, &top, NULL), ARB_OK);
	if (writes_left != UINT64_MAX)
		assert_int_equal(blk_fault_new(top, writes_left, 0, 0, &top, NULL), ARB_OK);
	return top;
}

/* --- making and opening ---------------------------------------------------------------------------------------------- */

static void sim_start(struct sim *s)
{
	if (!s->workers)
		assert_int_equal(workers_new(2, &s->workers, NULL), ARB_OK);
}

static void take_bytes(struct sim *s, struct blk *b)
{
	static uint8_t chunk[CHUNK], zero[CHUNK];
	unsigned i = s->nr++;

	assert_true(i < SIM_DEVS);
	s->bytes[i] = b->bytes;
	s->mem[i] = calloc(1, b->bytes);
	assert_non_null(s->mem[i]);
	for (uint64_t at = 0; at < b->bytes; at += CHUNK) {
		size_t n = b->bytes - at < CHUNK ? b->bytes - at : CHUNK;

		assert_int_equal(blk_read(b, at, chunk, n, NULL), ARB_OK);
		if (memcmp(chunk, zero, n))
			memcpy(s->mem[i] + at, chunk, n);
	}
}

void sim_build(struct sim *s, bool unclean, uint64_t seed)
{
	struct image_options o = { .bytes = 32 << 20, .seed = seed, .csum_opt = 1, .unclean = unclean, .nr_dirs = 5, .nr_files = 60, .keys_per_leaf = 20 };
	struct arb_error err = { 0 };
	struct blk *b;

	memset(s, 0, sizeof(*s));
	sim_start(s);
	assert_int_equal(blk_mem_new("built", NULL, o.bytes, &b, &err), ARB_OK);
	if (image_build(&o, b, &err))
		fail_msg("%s", err.text);
	take_bytes(s, b);
	blk_close(b);
}

bool sim_load(struct sim *s, const char *name)
{
	struct devset *d = real_images() ? real_image_open(name) : NULL;

	memset(s, 0, sizeof(*s));
	if (!d)
		return false;
	sim_start(s);
	for (unsigned i = 0; i < SB_MEMBERS_MAX; i++)
		if (d->dev[i])
			take_bytes(s, d->dev[i]->blk);
	devset_free(d);
	return true;
}

void sim_free(struct sim *s)
{
	for (unsigned i = 0; i < s->nr; i++)
		free(s->mem[i]);
	blk_journal_free(&s->log);
	if (s->workers)
		workers_free(s->workers);
	memset(s, 0, sizeof(*s));
}

struct devset *sim_open(struct sim *s, bool record, uint64_t writes_left)
{
	struct devset_options o = { 0 };
	struct blk *blks[SIM_DEVS];
	struct arb_error err = { 0 };
	struct devset *d;

	for (unsigned i = 0; i < s->nr; i++)
		blks[i] = sim_blk(s, i, record, writes_left);
	if (devset_open_blk(blks, s->nr, &o, &d, &err))
		fail_msg("does not open: %s", err.text);
	return d;
}

struct view *sim_view(struct sim *s, bool record, uint64_t writes_left)
{
	struct view_options o = { 0 };
	struct arb_error err = { 0 };
	struct view *v;

	if (view_open(sim_open(s, record, writes_left), s->workers, &o, &v, &err))
		fail_msg("no view: %s", err.text);
	return v;
}

/* --- looking --------------------------------------------------------------------------------------------------------- */

static void mix(uint64_t *h, const void *p, size_t n)
{
	*h = (*h ^ csum_compute(CSUM_xxhash, p, n).lo) * UINT64_C(0x9e3779b97f4a7c15) + 1;
}

static void mix_u64(uint64_t *h, uint64_t v)
{
	mix(h, &v, sizeof(v));
}

uint64_t sim_hash(const struct sim *s)
{
	uint64_t h = 0;

	for (unsigned i = 0; i < s->nr; i++)
		mix(&h, s->mem[i], s->bytes[i]);
	return h;
}

static enum arb_code mix_key(void *arg, const struct overlay_key *k)
{
	const struct bkey *b = &k->key.k;
	uint64_t words[] = { k->btree, k->level, b->p.inode, b->p.offset, b->p.snapshot, b->size, b->type, b->u64s };

	mix(arg, words, sizeof(words));
	if (bkey_val_bytes(b))
		mix(arg, k->key.v, bkey_val_bytes(b));
	return ARB_OK;
}

static void mix_root(uint64_t *h, unsigned i, bool lost, unsigned level, const struct bkey_buf *key)
{
	mix_u64(h, i);
	mix_u64(h, lost);
	if (lost)
		return;
	mix_u64(h, level);
	mix(h, key->v, bkey_val_bytes(&key->k));
}

uint64_t sim_view_state(const struct view *v)
{
	uint64_t h = 0;

	for (unsigned i = 0; i < BTREE_ID_NR_MAX; i++)
		if (v->roots[i].cause && !v->roots[i].fake)
			mix_root(&h, i, false, v->roots[i].level, &v->roots[i].key);
		else if (!v->roots[i].cause && v->journal->roots[i].present)
			mix_root(&h, i, v->journal->roots[i].lost, v->journal->roots[i].level, &v->journal->roots[i].key);
	mix_u64(&h, v->journal->key_version);
	mix(&h, v->journal->clock, sizeof(v->journal->clock));
	overlay_for_each(v->overlay, mix_key, &h);
	return h;
}

/* The number a 1.13 kernel gives its first entry. In a blacklisted range it would be lost, and after the next crash mounting fails. */
static void check_kernel_start(const struct view *v)
{
	uint64_t seq = v->journal->clean ? v->journal->replay_last + 1 : v->journal->newest + 1 + 8;

	assert_false(geometry_seq_blacklisted(&v->geo, seq));
}

uint64_t sim_state(struct sim *s)
{
	struct view *v = sim_view(s, false, UINT64_MAX);
	uint64_t h = sim_view_state(v);

	check_kernel_start(v);
	view_free(v);
	return h;
}

/* --- cutting --------------------------------------------------------------------------------------------------------- */

void sim_rewind(struct sim *s, const struct commit *c, bool to_after)
{
	for (size_t i = 0; i < c->writes.nr; i++) {
		const struct commit_write *w = &c->writes.v[i];

		memcpy(s->mem[w->dev] + w->offset, to_after ? w->after : w->before, w->n);
	}
}

/* Was the write followed by a sync of its device before the cut? */
static bool is_synced(const struct sim *s, size_t at, size_t nr)
{
	for (size_t i = at + 1; i < nr; i++)
		if (s->log.list.v[i].sync && s->log.list.v[i].dev == s->log.list.v[at].dev)
			return true;
	return false;
}

static void apply_sectors(struct sim *s, const struct blk_record *r, struct arb_random *rnd)
{
	for (size_t at = 0; at < r->n; at += 512)
		if (!rnd || arb_random_u64(rnd) & 1)
			memcpy(s->mem[r->dev] + r->offset + at, r->data + at, r->n - at < 512 ? r->n - at : 512);
}

void sim_cut(struct sim *s, size_t nr, uint64_t seed)
{
	struct arb_random rnd;

	arb_random_seed(&rnd, seed);
	for (size_t i = 0; i < nr; i++) {
		const struct blk_record *r = &s->log.list.v[i];

		if (r->sync)
			continue;
		if (!seed || is_synced(s, i, nr)) {
			apply_sectors(s, r, NULL);
			continue;
		}
		switch (arb_random_u64(&rnd) % 3) {
		case 0:
			apply_sectors(s, r, NULL);
			break;
		case 1:
			apply_sectors(s, r, &rnd);
			break;
		}
	}
}
