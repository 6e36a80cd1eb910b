/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is replayed when the journal of an unclean filesystem is damaged in one place or another. */
#include "../unit.h"

#include <stdlib.h>
#include "../plan/simdisk.h"
#include "arborist/base/le.h"

enum { CSUM_AT = 0, SEQ_AT = 24, FLAGS_AT = 36, U64S_AT = 40, LAST_SEQ_AT = 48 };

struct read {
	struct devset	*d;
	struct fs_geometry geo;
	struct overlay	*o;
	struct journal	*j;
};

static struct read read_with(struct sim *s, struct workers *w)
{
	struct read r = { .d = sim_open(s, false, UINT64_MAX) };
	struct arb_error err = { 0 };

	devset_geometry(r.d, &r.geo);
	assert_int_equal(overlay_new(&r.o, NULL), ARB_OK);
	if (journal_read(r.d, &r.geo, w, r.o, &r.j, &err))
		fail_msg("%s", err.text);
	return r;
}

static void read_free(struct read *r)
{
	journal_free(r->j);
	overlay_free(r->o);
	devset_free(r->d);
}

static bool have_own(const struct defects *d, const char *own)
{
	for (size_t i = 0; i < d->list.nr; i++)
		if (d->list.v[i].own && !strcmp(d->list.v[i].own, own))
			return true;
	return false;
}

/* A filesystem with several entries to replay. */
static void setup(struct sim *s, struct read *r)
{
	sim_build(s, true, 9);
	*r = read_with(s, NULL);
	assert_false(r->j->clean);
	assert_int_equal(r->j->defects.list.nr, 0);
	assert_true(r->j->replay_last > r->j->replay_first);
	assert_true(r->j->nr_keys && overlay_nr(r->o));
}

static uint8_t *bytes_of(struct sim *s, const struct read *r, uint64_t seq)
{
	const struct journal_entry *e = journal_find(r->j, seq);

	assert_non_null(e);
	const struct journal_copy *c = &r->j->copies.v[e->best_copy];

	return s->mem[c->dev] + 512 * (c->bucket * r->geo.member[c->dev].bucket_size + c->offset);
}

static void rechecksum(uint8_t *p)
{
	struct jset_header h = jset_header_get(p);

	csum_put(p + CSUM_AT, csum_compute(h.csum_type, p + 16, jset_bytes(&h) - 16));
}

static void threads_do_not_matter(void **state)
{
	struct read a, b;
	struct sim s;

	(void)state;
	setup(&s, &a);
	b = read_with(&s, s.workers);
	assert_int_equal(a.j->entries.nr, b.j->entries.nr);
	assert_int_equal(a.j->nr_keys, b.j->nr_keys);
	assert_memory_equal(a.j->copies.v, b.j->copies.v, a.j->copies.nr * sizeof(*a.j->copies.v));
	read_free(&a);
	read_free(&b);
	sim_free(&s);
}

/* The newest flush entry is torn: recovery falls back to the one before and says so. */
static void torn_newest(void **state)
{
	struct read a, b;
	struct sim s;

	(void)state;
	setup(&s, &a);
	bytes_of(&s, &a, a.j->replay_last)[JSET_HEADER_BYTES + 9] ^= 1;
	b = read_with(&s, NULL);
	assert_true(b.j->replay_last < a.j->replay_last);
	assert_int_equal(b.j->torn, a.j->replay_last);
	assert_int_equal(b.j->newest, a.j->newest);
	assert_int_equal(journal_find(b.j, b.j->torn)->use, JOURNAL_TORN);
	assert_true(have_own(&b.j->defects, "arborist_journal_newest_damaged"));
	assert_true(b.j->nr_keys < a.j->nr_keys);
	read_free(&a);
	read_free(&b);
	sim_free(&s);
}

/* A zeroed entry hides all behind it in the bucket. */
static void hole(void **state)
{
	struct read a, b;
	uint64_t seq;
	struct sim s;

	(void)state;
	setup(&s, &a);
	seq = a.j->replay_last - 1;
	memset(bytes_of(&s, &a, seq), 0, 512);
	b = read_with(&s, NULL);
	assert_true(b.j->newest < seq);
	assert_int_equal(b.j->newest_hidden, a.j->newest);
	assert_true(have_own(&b.j->defects, "arborist_journal_hidden"));
	assert_true(have_own(&b.j->defects, "arborist_journal_newer_lost"));
	read_free(&a);
	read_free(&b);
	sim_free(&s);
}

/* In the middle of what is replayed a bad checksum does not keep recovery from using the entry. */
static void bad_in_the_middle(void **state)
{
	struct read a, b;
	struct sim s;
	uint64_t seq;

	(void)state;
	setup(&s, &a);
	seq = a.j->replay_last - 1;
	bytes_of(&s, &a, seq)[CSUM_AT] ^= 1;
	b = read_with(&s, NULL);
	assert_int_equal(b.j->replay_last, a.j->replay_last);
	assert_int_equal(journal_find(b.j, seq)->use, JOURNAL_REPLAY);
	assert_true(have_own(&b.j->defects, "arborist_journal_bad_entry_used"));
	assert_int_equal(b.j->nr_keys, a.j->nr_keys);
	read_free(&a);
	read_free(&b);
	sim_free(&s);
}

static void lost_last_seq(void **state)
{
	struct read a, b;
	uint8_t *p;
	struct sim s;

	(void)state;
	setup(&s, &a);
	p = bytes_of(&s, &a, a.j->replay_last);
	le64_put(p + LAST_SEQ_AT, a.j->replay_last + 5);	/* newer than itself */
	rechecksum(p);
	b = read_with(&s, NULL);
	assert_true(defects_have(&b.j->defects, 8));
	assert_int_equal(b.j->replay_first, a.j->replay_last);
	read_free(&b);

	le64_put(p + LAST_SEQ_AT, 1);				/* older than anything there */
	rechecksum(p);
	b = read_with(&s, NULL);
	assert_int_equal(b.j->replay_first, 1);
	assert_int_equal(defects_have(&b.j->defects, 11), a.j->entries.v[0].seq > 1);
	read_free(&b);
	read_free(&a);
	sim_free(&s);
}

static void bad_headers(void **state)
{
	struct read a, b;
	uint8_t *p;
	struct sim s;

	(void)state;
	setup(&s, &a);
	p = bytes_of(&s, &a, a.j->newest);
	le32_put(p + U64S_AT, UINT32_MAX);
	b = read_with(&s, NULL);
	assert_true(defects_have(&b.j->defects, 9));
	assert_false(journal_find(b.j, a.j->newest)->good);
	read_free(&b);
	le32_put(p + FLAGS_AT, 0xe);				/* no such checksum type */
	b = read_with(&s, NULL);
	assert_true(defects_have(&b.j->defects, 9));
	read_free(&b);
	read_free(&a);
	sim_free(&s);
}

static uint8_t *bucket_of(struct sim *s, const struct read *r, unsigned dev, size_t i)
{
	return s->mem[dev] + 512 * r->j->dev[dev].buckets[i] * r->geo.member[dev].bucket_size;
}

static void empty_rings(struct sim *s, const struct read *r)
{
	for (unsigned dev = 0; dev < s->nr; dev++)
		for (size_t i = 0; i < r->j->dev[dev].nr; i++)
			memset(bucket_of(s, r, dev, i), 0, 512 * (size_t)r->geo.member[dev].bucket_size);
}

/* A wrong checksum does not keep recovery from using the only entry there is. */
static void bad_and_alone(void **state)
{
	struct read a, b;
	struct sim s;
	uint8_t *p;

	(void)state;
	setup(&s, &a);
	size_t n = journal_find(a.j, a.j->replay_last)->bytes;
	p = malloc(n);
	assert_non_null(p);
	memcpy(p, bytes_of(&s, &a, a.j->replay_last), n);
	p[CSUM_AT] ^= 1;
	empty_rings(&s, &a);
	memcpy(bucket_of(&s, &a, 0, 0), p, n);
	free(p);
	b = read_with(&s, NULL);
	assert_false(b.j->nothing_to_replay);
	assert_true(b.j->no_flush_found);
	assert_int_equal(b.j->replay_first, a.j->replay_last);
	assert_int_equal(b.j->replay_last, a.j->replay_last);
	assert_int_equal(b.j->torn, 0);
	assert_true(have_own(&b.j->defects, "arborist_journal_bad_entry_used"));
	assert_true(b.j->nr_keys > 0);
	read_free(&a);
	read_free(&b);
	sim_free(&s);
}

static void nothing_left(void **state)
{
	struct read a, b;
	struct sim s;

	(void)state;
	setup(&s, &a);
	empty_rings(&s, &a);
	b = read_with(&s, NULL);
	assert_true(b.j->nothing_to_replay);
	assert_true(defects_have(&b.j->defects, 1));
	assert_int_equal(overlay_nr(b.o), 0);
	read_free(&a);
	read_free(&b);
	sim_free(&s);
}

/* A key with an impossible length inside an entry: what follows in its part is dropped, the rest counts. */
static void bad_key(void **state)
{
	struct read a, b;
	struct jset_entry e;
	size_t cursor = 0;
	uint8_t *p;
	struct sim s;
	bool bad;

	(void)state;
	setup(&s, &a);
	p = bytes_of(&s, &a, a.j->replay_last);
	while (jset_entry_next(p + JSET_HEADER_BYTES, 8 * (size_t)le32_get(p + U64S_AT), &cursor, &e, &bad))
		if (e.type == JSET_btree_keys && e.bytes)
			break;
	assert_int_equal(e.type, JSET_btree_keys);
	*(uint8_t *)e.payload = 0;
	rechecksum(p);
	b = read_with(&s, NULL);
	assert_true(defects_have(&b.j->defects, 15));
	assert_true(b.j->nr_keys < a.j->nr_keys);
	*(uint8_t *)e.payload = 255;
	rechecksum(p);
	read_free(&b);
	b = read_with(&s, NULL);
	assert_true(defects_have(&b.j->defects, 16));
	read_free(&a);
	read_free(&b);
	sim_free(&s);
}

/* An entry in the first bucket of its device that has none, too; returns its bytes there. */
static uint8_t *put_again(struct sim *s, const struct read *r, uint64_t seq)
{
	const struct journal_entry *e = journal_find(r->j, seq);
	const struct journal_copy *c = &r->j->copies.v[e->best_copy];
	const struct journal_device *ring = &r->j->dev[c->dev];
	uint8_t *to = NULL;

	for (size_t i = 0; i < ring->nr && !to; i++)
		if (!ring->bucket_seq[i])
			to = s->mem[c->dev] + 512 * ring->buckets[i] * r->geo.member[c->dev].bucket_size;
	assert_non_null(to);
	memcpy(to, bytes_of(s, r, seq), 512 * (size_t)c->sectors);
	return to;
}

static unsigned nr_unwanted(const struct read *r)
{
	unsigned n = 0;

	for (size_t i = 0; i < r->j->copies.nr; i++)
		n += r->j->copies.v[i].unwanted;
	return n;
}

/* The defect leads to the copy that is too much, not to the one that is used. */
static void stands_twice(void **state)
{
	const struct journal_copy *c;
	const struct journal_entry *e;
	const struct defect *d;
	struct read a, b;
	struct sim s;

	(void)state;
	setup(&s, &a);
	put_again(&s, &a, a.j->replay_last);
	b = read_with(&s, NULL);
	assert_int_equal(b.j->defects.list.nr, 1);
	d = &b.j->defects.list.v[0];
	assert_int_equal(d->err, 246);
	c = journal_copy_at(b.j, &b.geo, d->dev, d->sector, &e);
	assert_non_null(c);
	assert_int_equal(e->seq, a.j->replay_last);
	assert_true(c->unwanted && !c->late && c != &b.j->copies.v[e->best_copy]);
	assert_int_equal(nr_unwanted(&b), 1);
	assert_int_equal(b.j->nr_keys, a.j->nr_keys);
	read_free(&a);
	read_free(&b);
	sim_free(&s);
}

/* Of intact copies that differ those that most agree with are used. */
static void most_agree(void **state)
{
	const struct journal_entry *e;
	struct read a, b, c;
	uint8_t *p;
	struct sim s;

	(void)state;
	setup(&s, &a);
	p = put_again(&s, &a, a.j->replay_last);
	le64_put(p + LAST_SEQ_AT, a.j->replay_last);
	rechecksum(p);
	b = read_with(&s, NULL);
	assert_true(defects_have(&b.j->defects, 14) && defects_have(&b.j->defects, 246));
	assert_int_equal(b.j->replay_first, a.j->replay_first);
	memcpy(put_again(&s, &b, a.j->replay_last), p, 512 * (size_t)a.j->copies.v[journal_find(a.j, a.j->replay_last)->best_copy].sectors);
	c = read_with(&s, NULL);
	assert_int_equal(c.j->replay_first, a.j->replay_last);
	e = journal_find(c.j, a.j->replay_last);
	assert_int_equal(e->nr_copies, 3);
	assert_int_equal(nr_unwanted(&c), 2);
	assert_false(c.j->copies.v[e->best_copy].unwanted);
	read_free(&a);
	read_free(&b);
	read_free(&c);
	sim_free(&s);
}

/* What an entry before it in the ring has made unnecessary is not looked at any more. */
static void twice_but_late(void **state)
{
	struct read a, b;
	uint64_t old;
	struct sim s;

	(void)state;
	setup(&s, &a);
	old = a.j->replay_last - 1;
	le64_put(bytes_of(&s, &a, a.j->replay_last) + LAST_SEQ_AT, a.j->replay_last);
	rechecksum(bytes_of(&s, &a, a.j->replay_last));
	put_again(&s, &a, old);
	b = read_with(&s, NULL);
	assert_int_equal(nr_unwanted(&b), 1);
	for (size_t i = 0; i < b.j->copies.nr; i++)
		assert_int_equal(b.j->copies.v[i].late, b.j->copies.v[i].unwanted);
	read_free(&a);
	read_free(&b);
	sim_free(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(threads_do_not_matter), cmocka_unit_test(torn_newest), cmocka_unit_test(hole),
		cmocka_unit_test(bad_in_the_middle), cmocka_unit_test(lost_last_seq), cmocka_unit_test(bad_headers),
		cmocka_unit_test(bad_and_alone), cmocka_unit_test(nothing_left), cmocka_unit_test(bad_key), cmocka_unit_test(stands_twice),
		cmocka_unit_test(most_agree), cmocka_unit_test(twice_but_late),
	};

	return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}
