/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Plans as large as the journal, and larger: keys go into leaves written anew; where there is no space for those the whole ring is used but
 * for the last entry's bucket and a spare one; keys that follow from others are left to the next mount where they do not fit, unless that
 * would get stuck over them; what cannot be left is refused before anything is written.
 */
#include "../unit.h"
#include "../built.h"

#include <stdlib.h>
#include "arborist/format/alloc.h"
#include "arborist/format/btree_id.h"
#include "arborist/image/image.h"
#include "arborist/plan/commit.h"

#define MiB (1u << 20)
#define CHECK_ALLOCATIONS 5

struct stand {
	struct blk	*b;		/* memory; owned by devs */
	struct workers	*w;
	struct devset	*devs;
	struct view	*v;
	struct plan	*p;
	struct arb_error err;
};

static uint8_t *built, *filled;
static unsigned brim;		/* so many keys that cannot be left fit into the journal; 200 more do not */

static void set_up(struct stand *s, const uint8_t *bytes)
{
	memset(s, 0, sizeof(*s));
	assert_int_equal(blk_mem_new("mem", bytes, 32 * MiB, &s->b, NULL), ARB_OK);
	assert_int_equal(devset_open_blk(&s->b, 1, NULL, &s->devs, &s->err), ARB_OK);
	assert_int_equal(workers_new(1, &s->w, NULL), ARB_OK);
	assert_int_equal(view_open(s->devs, s->w, NULL, &s->v, &s->err), ARB_OK);
	assert_int_equal(plan_new(s->v, &s->p, NULL), ARB_OK);
}

/* The device takes no new nodes. */
static void set_up_full(struct stand *s, const uint8_t *bytes)
{
	set_up(s, bytes);
	s->v->geo.member[0].data_allowed &= ~(1u << DATA_btree);
}

static void tear_down(struct stand *s)
{
	plan_free(s->p);
	view_free(s->v);
	workers_free(s->w);
}

static struct bpos derived_at(unsigned i) { return BPOS(0, 100000 + i, 0); }
static struct bpos own_at(unsigned i) { return BPOS(UINT64_C(1) << 48 | 7, 100000 + i, 0); }

/* Alloc keys follow from the pointers into their buckets; entries of the lru stand for what does not. */
static void add(struct plan *p, unsigned derived, unsigned own, const char *id)
{
	struct repair *r = repair_new("many keys");
	struct alloc_v4 a = { .data_type = DATA_user, .dirty_sectors = 8 };
	struct bkey_buf k;

	for (unsigned i = 0; i < derived; i++) {
		alloc_put(&k, derived_at(i), &a);
		repair_insert(r, BTREE_alloc, 0, bkey_buf_s(&k));
	}
	for (unsigned i = 0; i < own; i++)
		repair_delete(r, BTREE_lru, 0, own_at(i));
	r->finding_id = id;
	assert_int_equal(plan_apply(p, r, NULL), ARB_OK);
}

static enum arb_code prepare(struct stand *s, struct commit **ret)
{
	struct arb_clock clock = arb_clock_fixed(UINT64_C(1700000000000000000));

	*ret = NULL;
	return commit_prepare(s->v, s->p, &clock, ret, &s->err);
}

static unsigned count(const struct overlay *o, unsigned btree, struct bpos (*at)(unsigned), unsigned n)
{
	unsigned found = 0;

	for (unsigned i = 0; i < n; i++)
		found += overlay_get(o, btree, 0, at(i)) != NULL;
	return found;
}

/* The first @n writes of @c on a copy of the bytes, opened again. */
static void written_in_part(const struct stand *s, const struct commit *c, size_t n, struct stand *after)
{
	uint8_t *bytes = malloc(32 * MiB);

	memcpy(bytes, blk_mem_data(s->b), 32 * MiB);
	for (size_t i = 0; i < n; i++)
		memcpy(bytes + c->writes.v[i].offset, c->writes.v[i].after, c->writes.v[i].n);
	set_up(after, bytes);
	free(bytes);
}

static void written(const struct stand *s, const struct commit *c, struct stand *after)
{
	written_in_part(s, c, c->writes.nr, after);
}

/* What the plan says of @n keys stands in the tree, read from the device. */
static unsigned in_tree(struct stand *s, unsigned btree, struct bpos (*at)(unsigned), unsigned n)
{
	unsigned nr = 0;
	struct bkey_buf k;
	bool found;

	for (unsigned i = 0; i < n; i++) {
		struct alloc_v4 a;

		assert_int_equal(view_lookup(s->v, btree, at(i), &k, &found, NULL), ARB_OK);
		nr += found && alloc_get(bkey_buf_s(&k), &a) && a.data_type == DATA_user && a.dirty_sectors == 8;
	}
	return nr;
}

/* @n keys into the one leaf there is: it becomes as many as it takes, and what stood in it before stays. */
static void into_leaves(void **state)
{
	static const unsigned how_many[] = { 5000, 30000 };

	(void)state;
	for (size_t i = 0; i < sizeof(how_many) / sizeof(how_many[0]); i++) {
		struct bpos first = BPOS(0, 0, 0);
		struct bkey_buf before, now;
		struct stand s, after;
		struct commit *c;
		bool found;

		set_up(&s, built);
		assert_int_equal(s.v->roots[BTREE_alloc].level, 0);
		assert_int_equal(view_lookup(s.v, BTREE_alloc, first, &before, &found, NULL), ARB_OK);
		assert_true(found);
		add(s.p, how_many[i], 10, "test");
		if (prepare(&s, &c))
			fail_msg("%s", s.err.text);
		assert_int_equal(c->keys_folded, how_many[i]);
		assert_int_equal(c->keys_left, 0);
		assert_int_equal(overlay_nr(c->folded), how_many[i]);
		assert_in_range(c->keys, 10, 300);
		assert_false(c->passes_required >> CHECK_ALLOCATIONS & 1);
		written(&s, c, &after);
		assert_int_equal(count(after.v->overlay, BTREE_alloc, derived_at, how_many[i]), 0);
		assert_int_equal(in_tree(&after, BTREE_alloc, derived_at, how_many[i]), how_many[i]);
		assert_true(after.v->roots[BTREE_alloc].level);
		assert_int_equal(view_lookup(after.v, BTREE_alloc, first, &now, &found, NULL), ARB_OK);
		assert_true(found);
		assert_int_equal(now.k.u64s, before.k.u64s);
		assert_memory_equal(bkey_buf_s(&now).v, bkey_buf_s(&before).v, bkey_val_bytes(&now.k));
		tear_down(&after);
		commit_free(c);
		tear_down(&s);
	}
}

static enum arb_code to_error(void *arg, const struct node *n, struct bkey_s k)
{
	struct bkey_s error = { .k = k.k };

	(void)n;
	error.k.type = KEY_error;
	error.k.u64s = BKEY_BYTES / 8;
	repair_insert(arg, BTREE_extents, 0, error);
	return ARB_OK;
}

static enum arb_code count_errors(void *arg, const struct node *n, struct bkey_s k)
{
	unsigned *nr = arg;

	(void)n;
	nr[k.k.type == KEY_error]++;
	return ARB_OK;
}

/* Where keys have a length: in place of one as long they go into the new leaf; where there was none, all of that leaf's stay in the journal. */
static void keys_with_a_length(void **state)
{
	(void)state;
	for (unsigned other = 0; other < 2; other++) {
		struct walk w = { .btree = BTREE_extents, .start = POS_MIN, .end = SPOS_MAX, .key = to_error };
		unsigned nr[2] = { 0, 0 };
		struct stand s, after;
		size_t folded;
		struct commit *c;

		set_up(&s, built);
		add(s.p, 5000, 0, "test");
		w.arg = repair_new("every extent");
		assert_int_equal(view_walk(s.v, &w, NULL), ARB_OK);
		if (other)
			to_error(w.arg, NULL, (struct bkey_s){ .k = { .p = BPOS(1 << 20, 8, UINT32_MAX), .size = 8 } });
		assert_int_equal(plan_apply(s.p, w.arg, NULL), ARB_OK);
		if (prepare(&s, &c))
			fail_msg("%s", s.err.text);
		assert_int_equal(overlay_nr_at(c->folded, BTREE_alloc, 0), 5000);
		written(&s, c, &after);
		w.arg = nr;
		w.key = count_errors;
		assert_int_equal(view_walk(after.v, &w, NULL), ARB_OK);
		assert_int_equal(nr[0], 0);
		assert_in_range(nr[1], 150, 2000);
		folded = overlay_nr_at(c->folded, BTREE_extents, 0);
		assert_int_equal(folded + overlay_nr_at(after.v->overlay, BTREE_extents, 0), nr[1]);
		assert_true(other ? folded && folded < nr[1] : folded == nr[1]);
		tear_down(&after);
		commit_free(c);
		tear_down(&s);
	}
}

/* Cut off anywhere, it is all there or not at all. */
static void whole_or_not_at_all(void **state)
{
	enum { NR = 3000 };
	unsigned before = 0, after = 0;
	struct commit *c;
	struct stand s;

	(void)state;
	set_up(&s, built);
	add(s.p, NR, 10, "test");
	for (unsigned more = NR; !prepare(&s, &c) && !c->keys_folded; more += NR) {	/* until the journal has no room for it */
		commit_free(c);
		tear_down(&s);
		set_up(&s, built);
		add(s.p, more + NR, 10, "test");
	}
	assert_non_null(c);
	assert_true(c->writes.nr > 3);
	for (size_t n = 0; n <= c->writes.nr; n++) {
		struct stand cut;
		unsigned nr;

		written_in_part(&s, c, n, &cut);
		nr = in_tree(&cut, BTREE_alloc, derived_at, NR);
		if (nr && nr != NR)
			fail_msg("after %zu of %zu writes: %u of %u keys", n, c->writes.nr, nr, NR);
		nr ? after++ : before++;
		tear_down(&cut);
	}
	assert_true(before > 3 && after >= 1);
	commit_free(c);
	tear_down(&s);
}

static void all_of_it(void **state)
{
	struct stand s, after;
	struct commit *c;

	(void)state;
	set_up(&s, built);
	add(s.p, 2000, 10, "test");
	assert_int_equal(prepare(&s, &c), ARB_OK);
	assert_int_equal(c->keys_left, 0);
	assert_false(c->passes_required >> CHECK_ALLOCATIONS & 1);
	written(&s, c, &after);
	assert_int_equal(count(after.v->overlay, BTREE_alloc, derived_at, 2000), 2000);
	tear_down(&after);
	commit_free(c);
	tear_down(&s);
}

static void derived_is_left(void **state)
{
	struct stand s, after;
	struct commit *c;
	ARB_BUF(b);

	(void)state;
	set_up_full(&s, built);
	add(s.p, 8000, 10, "test");
	if (prepare(&s, &c))
		fail_msg("%s", s.err.text);
	assert_int_equal(c->keys_left, 8000);
	assert_int_equal(c->keys, 10);
	assert_true(c->passes_required >> CHECK_ALLOCATIONS & 1);
	commit_to_text(&b, c);
	assert_non_null(strstr(arb_buf_str(&b), "no room for 8000 keys that follow from others"));
	assert_int_equal(count(c->after_keys, BTREE_alloc, derived_at, 8000), 0);
	written(&s, c, &after);
	assert_int_equal(count(after.v->overlay, BTREE_alloc, derived_at, 8000), 0);
	assert_int_equal(count(after.v->overlay, BTREE_lru, own_at, 10), 10);
	tear_down(&after);
	commit_free(c);
	tear_down(&s);
}

/* What would fit in the whole ring, but not in half of its free buckets: left if it can be, else written. */
static void the_kernel_needs_room(void **state)
{
	struct stand s;
	struct commit *c;

	(void)state;
	set_up_full(&s, built);
	add(s.p, 5000, 10, "test");
	assert_int_equal(prepare(&s, &c), ARB_OK);
	assert_int_equal(c->keys_left, 5000);
	assert_int_equal(c->keys, 10);
	assert_int_equal(overlay_nr(c->left), 5000);
	assert_non_null(overlay_get(c->left, BTREE_alloc, 0, derived_at(4999)));
	commit_free(c);
	tear_down(&s);
	set_up_full(&s, built);
	add(s.p, 0, 5000, "test");
	assert_int_equal(prepare(&s, &c), ARB_OK);
	assert_int_equal(c->keys_left, 0);
	assert_int_equal(c->keys, 5000);
	commit_free(c);
	tear_down(&s);
}

static void refused(struct stand *s, const char *id, unsigned derived, unsigned own, enum arb_code code, const char *why)
{
	struct commit *c;

	set_up_full(s, built);
	add(s->p, derived, own, id);
	assert_int_equal(prepare(s, &c), code);
	assert_null(c);
	assert_non_null(strstr(s->err.text, why));
	assert_memory_equal(blk_mem_data(s->b), built, 32 * MiB);
	tear_down(s);
}

static void own_is_refused(void **state)
{
	struct stand s;

	(void)state;
	refused(&s, "test", 10, 60000, ARB_E_NO_ROOM, "has room for");
	refused(&s, "arborist_gc_gens_oldest", 30000, 0, ARB_E_NO_ROOM, "has room for");	/* no pass of a mount finds these again */
	refused(&s, "test", 30000, 0, ARB_E_REFUSED, "would not get through");
}

static unsigned journal_buckets(struct stand *s, const struct commit *c, bool *used)
{
	uint32_t size = 512 * s->v->geo.member[0].bucket_size;
	unsigned n = 0;

	for (size_t i = 0; i < c->writes.nr; i++)
		if (strstr(c->writes.v[i].what, "journal entry")) {
			n += !used[c->writes.v[i].offset / size];
			used[c->writes.v[i].offset / size] = true;
		}
	return n;
}

static unsigned find_brim(void)
{
	unsigned low = 2000, high = 60000;
	struct commit *c = NULL;
	struct stand s;

	while (high - low > 200) {
		unsigned mid = (low + high) / 2;

		set_up_full(&s, built);
		add(s.p, 0, mid, "test");
		if (prepare(&s, &c))
			high = mid;
		else
			low = mid;
		commit_free(c);
		tear_down(&s);
	}
	return low;
}

/* One key more would not fit; what fits goes round the ring. */
static void to_the_brim(void **state)
{
	unsigned low = brim;
	struct commit *best = NULL;
	bool used[1024] = { false };
	struct stand s, after;

	(void)state;
	set_up_full(&s, built);
	add(s.p, 0, low, "test");
	assert_int_equal(prepare(&s, &best), ARB_OK);
	assert_true(s.v->journal->dev[0].nr <= 16);
	/* all but a spare one; the bucket of the last entry is shared with it as far as it has room */
	assert_in_range(journal_buckets(&s, best, used), s.v->journal->dev[0].nr - 2, s.v->journal->dev[0].nr - 1);
	written(&s, best, &after);
	assert_int_equal(count(after.v->overlay, BTREE_lru, own_at, low), low);
	tear_down(&after);
	commit_free(best);
	tear_down(&s);
}

/* --- a ring that is needed ---------------------------------------------------------------------------------------- */

/* Room for nodes is missing while a plan as large as the journal is written: of the bytes after that all buckets but one or two are needed. */
static void fill_ring(uint8_t *bytes)
{
	struct commit *c;
	struct stand s;

	set_up_full(&s, built);
	add(s.p, 0, brim, "test");
	assert_int_equal(prepare(&s, &c), ARB_OK);
	memcpy(bytes, blk_mem_data(s.b), 32 * MiB);
	for (size_t i = 0; i < c->writes.nr; i++)
		memcpy(bytes + c->writes.v[i].offset, c->writes.v[i].after, c->writes.v[i].n);
	commit_free(c);
	tear_down(&s);
}

/* To be freed. */
static uint8_t *copy_of(const uint8_t *from)
{
	uint8_t *bytes = malloc(32 * MiB);

	memcpy(bytes, from, 32 * MiB);
	return bytes;
}

static unsigned unneeded_buckets(const struct journal *j)
{
	unsigned n = 0;

	for (size_t i = 0; i < j->dev[0].nr; i++)
		n += j->dev[0].bucket_seq[i] < j->replay_first;
	return n;
}

/*
 * Empty entries, each one newer, behind the last one and in all but @spare of the buckets that are not needed, as long as @leave sectors stay at
 * the end of the last one. With no spare bucket: what no kernel does.
 */
static void fill_up(uint8_t *bytes, unsigned spare, unsigned leave)
{
	const struct journal_copy *at;
	const struct fs_geometry *geo;
	uint64_t first, seq;
	struct journal *j;
	struct stand s;
	uint32_t size;
	unsigned more;

	set_up(&s, bytes);
	j = s.v->journal;
	geo = &s.v->geo;
	size = geo->member[0].bucket_size;
	first = j->replay_first;
	seq = j->replay_last;
	at = &j->copies.v[journal_find(j, seq)->best_copy];
	more = unneeded_buckets(j) - spare;
	for (size_t i = 0, ring = at->ring; i < j->dev[0].nr; i++, ring = (ring + 1) % j->dev[0].nr) {
		uint32_t offset = i ? 0 : at->offset + at->sectors;

		if (i && (j->dev[0].bucket_seq[ring] >= first || !more))
			continue;
		more -= i > 0;
		for (; offset + geo->block_sectors + (more ? 0 : leave) <= size; offset += geo->block_sectors) {
			struct jset_header h = {
				.magic = geo->jset_magic, .seq = ++seq, .last_seq = first, .version = s.devs->best->version, .csum_type = geo->meta_csum,
			};
			uint8_t *raw;
			size_t n;

			assert_int_equal(jset_encode(&h, NULL, 0, 512 * geo->block_sectors, &raw, &n, NULL), ARB_OK);
			memcpy(bytes + 512 * (j->dev[0].buckets[ring] * size + offset), raw, n);
			free(raw);
		}
	}
	tear_down(&s);
}

/* Before the step that makes it hold everything is as it was; then all is there, and nothing of the old journal is needed. */
static void check_prefixes(const struct stand *s, const struct commit *c, unsigned derived)
{
	for (size_t n = 0; n <= c->writes.nr; n++) {
		bool holds = n == c->writes.nr || c->writes.v[n].step > c->switch_step;
		struct stand after;
		unsigned found;

		if (n && n < c->writes.nr && c->writes.v[n].step < c->switch_step && n % 16)
			continue;
		written_in_part(s, c, n, &after);
		found = in_tree(&after, BTREE_alloc, derived_at, derived);
		assert_int_equal(found, holds ? derived : 0);
		assert_int_equal(after.v->journal->replay_first == c->first_seq, holds);
		tear_down(&after);
	}
}

static void ring_nearly_full(void **state)
{
	uint8_t *bytes = copy_of(filled);
	struct stand s, after;
	struct commit *c;

	(void)state;
	fill_up(bytes, 1, 0);
	set_up(&s, bytes);
	assert_int_equal(unneeded_buckets(s.v->journal), 1);
	add(s.p, 2000, 0, "test");
	if (prepare(&s, &c))
		fail_msg("%s", s.err.text);
	check_prefixes(&s, c, 2000);
	written(&s, c, &after);
	assert_true(unneeded_buckets(after.v->journal) > after.v->journal->dev[0].nr / 2);
	tear_down(&after);
	commit_free(c);
	tear_down(&s);
	free(bytes);
}

/* No spare bucket: behind the last entry is all the room there is. */
static void ring_full(void **state)
{
	(void)state;
	for (unsigned leave = 0; leave <= 32; leave += 32) {
		uint8_t *bytes = copy_of(filled);
		struct commit *c;
		struct stand s;

		fill_up(bytes, 0, leave);
		set_up(&s, bytes);
		assert_int_equal(unneeded_buckets(s.v->journal), 0);
		add(s.p, 2000, 0, "test");
		if (leave) {
			if (prepare(&s, &c))
				fail_msg("%s", s.err.text);
			check_prefixes(&s, c, 2000);
			commit_free(c);
		} else {
			assert_int_equal(prepare(&s, &c), ARB_E_NO_ROOM);
			assert_non_null(strstr(s.err.text, "every bucket of the journal of device 0 is needed"));
		}
		assert_memory_equal(blk_mem_data(s.b), bytes, 32 * MiB);
		tear_down(&s);
		free(bytes);
	}
}

static int build(void **state)
{
	static const struct image_options o = { .csum_opt = 1, .nr_dirs = 5, .nr_files = 600, .file_bytes_max = 4096 };

	(void)state;
	built = built_bytes(&o, 32 * MiB);
	if (!built)
		return 1;
	brim = find_brim();
	filled = malloc(32 * MiB);
	fill_ring(filled);
	return 0;
}

static int free_it(void **state)
{
	(void)state;
	free(built);
	free(filled);
	return 0;
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(all_of_it), cmocka_unit_test(into_leaves), cmocka_unit_test(keys_with_a_length), cmocka_unit_test(whole_or_not_at_all), cmocka_unit_test(derived_is_left), cmocka_unit_test(own_is_refused), cmocka_unit_test(the_kernel_needs_room), cmocka_unit_test(to_the_brim), cmocka_unit_test(ring_nearly_full),
	cmocka_unit_test(ring_full),
};

int main(void)
{
	return cmocka_run_group_tests(tests, build, free_it) ? 1 : 0;
}
