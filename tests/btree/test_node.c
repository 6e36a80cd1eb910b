/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writing nodes and reading them back: bsets merged, every check, damaged keys. */
#include "../unit.h"

#include "node_make.h"

struct made {
	struct fs_geometry geo;
	struct node_spec spec;
	struct btree_ptr ptr;
	uint8_t		*raw;
	unsigned	sectors;
};

/* Keys 1:10, 1:20 ... with their index as value. */
static struct made make_node(unsigned nr)
{
	struct made m = { .geo = test_geometry(), .spec = test_spec() };
	struct test_key t[512];
	struct bkey_s k[512];

	for (unsigned i = 0; i < nr; i++)
		t[i] = test_key(1, 10 * (i + 1), i);
	test_keys_s(t, nr, k);
	assert_int_equal(node_encode(&m.geo, &m.spec, k, nr, &m.raw, &m.sectors, NULL), ARB_OK);
	m.ptr = test_ptr(&m.spec, m.sectors);
	return m;
}

static void append(struct made *m, uint64_t journal_seq, const struct test_key *t, size_t nr)
{
	struct bkey_s k[512];

	test_keys_s(t, nr, k);
	assert_int_equal(node_encode_append(&m->geo, &m->spec, m->raw, &m->sectors, journal_seq, k, nr, NULL), ARB_OK);
	m->ptr.sectors_written = m->sectors;
}

/* Reads from a copy cut to what is written; NULL when unreadable. */
static struct node *decode(const struct made *m, struct defects *d)
{
	size_t bytes = (m->ptr.sectors_written ? m->ptr.sectors_written : TEST_NODE_SECTORS) * 512;
	uint8_t *raw = malloc(bytes);
	struct node *n;

	memcpy(raw, m->raw, bytes);
	assert_int_equal(node_decode(&(struct node_bytes){ .geo = &m->geo, .btree = m->spec.btree, .level = m->spec.level,
							   .ptr = &m->ptr, .raw = raw, .bytes = bytes }, &n, d, NULL), ARB_OK);
	if (!n)
		free(raw);
	return n;
}

static void resum(struct made *m)
{
	struct bset_header h = bset_header_get(m->raw + 136);

	csum_put(m->raw, csum_compute(m->spec.csum_type, m->raw + 16, NODE_HEADER_BYTES - 16 + 8 * (size_t)h.u64s));
}

static uint64_t value(const struct node *n, size_t i)
{
	return le64_get(node_key(n, i).v);
}

static void only_defect(const struct node *n, unsigned err)
{
	assert_int_equal(n->defects.list.nr, 1);
	assert_int_equal(n->defects.list.v[0].err, err);
	assert_int_equal(n->defects.list.v[0].dev, 0);
	assert_int_equal(n->defects.list.v[0].sector, 4096);
	assert_true(n->needs_rewrite);
}

/* Unreadable, with this id among the reasons. */
static void unreadable(const struct made *m, unsigned err)
{
	struct defects d = { 0 };

	assert_null(decode(m, &d));
	assert_true(defects_have(&d, err));
	defects_free(&d);
}

static void test_round_trip(void **state)
{
	(void)state;
	for (int unpacked = 0; unpacked < 2; unpacked++) {
		struct made m = { .geo = test_geometry(), .spec = test_spec() };
		struct test_key t[300];
		struct bkey_s k[300];
		struct node *n;

		for (unsigned i = 0; i < 300; i++)
			t[i] = test_key(i / 7, (1 + (uint64_t)i * i) << (i % 3), i);
		for (unsigned i = 1; i < 300; i++)
			t[i].k.p.offset = t[i].k.p.inode == t[i - 1].k.p.inode ? t[i - 1].k.p.offset + 1 + i : t[i].k.p.offset;
		m.spec.unpacked = unpacked;
		test_keys_s(t, 300, k);
		assert_int_equal(node_encode(&m.geo, &m.spec, k, 300, &m.raw, &m.sectors, NULL), ARB_OK);
		assert_int_equal(m.sectors, (node_encoded_bytes(&m.spec, k, 300) + 511) / 512);
		m.ptr = test_ptr(&m.spec, m.sectors);
		n = decode(&m, NULL);
		assert_non_null(n);
		assert_int_equal(n->defects.list.nr, 0);
		assert_false(n->needs_rewrite);
		assert_int_equal(n->nr_keys, 300);
		assert_int_equal(n->sectors_read, m.sectors);
		assert_int_equal(n->max_journal_seq, 5);
		assert_int_equal(n->h.node_seq, 3);
		for (unsigned i = 0; i < 300; i++) {
			assert_true(bpos_eq(n->keys[i].k.p, t[i].k.p));
			assert_int_equal(n->keys[i].k.type, KEY_cookie);
			assert_int_equal(n->keys[i].k.u64s, 6);
			assert_int_equal(value(n, i), i);
		}
		node_free(n);
		free(m.raw);
	}
}

static void test_no_room(void **state)
{
	struct made m = { .geo = test_geometry(), .spec = test_spec() };
	static struct test_key t[4000];
	static struct bkey_s k[4000];

	(void)state;
	for (unsigned i = 0; i < 4000; i++)
		t[i] = test_key(i, i, i);
	test_keys_s(t, 4000, k);
	assert_int_equal(node_encode(&m.geo, &m.spec, k, 4000, &m.raw, &m.sectors, NULL), ARB_E_NO_ROOM);
	assert_null(m.raw);
}

static void test_later_bsets_win(void **state)
{
	struct made m = make_node(100);
	struct test_key second[] = { test_key(1, 10, 1000), test_deleted(1, 20), test_key(1, 35, 1001), test_key(1, 1000, 1002) };
	struct test_key third[] = { test_key(1, 10, 2000), test_key(1, 20, 2001), test_deleted(1, 35), test_deleted(7, 7) };
	struct node *n;

	(void)state;
	append(&m, 9, second, 4);
	append(&m, 8, third, 4);
	for (int written = 0; written < 2; written++) {
		m.ptr.sectors_written = written ? m.sectors : 0;
		n = decode(&m, NULL);
		assert_non_null(n);
		assert_int_equal(n->defects.list.nr, 0);
		assert_int_equal(n->nr_bsets, 3);
		assert_int_equal(n->nr_keys, 100);
		assert_int_equal(value(n, 0), 2000);
		assert_int_equal(value(n, 1), 2001);
		assert_int_equal(value(n, 2), 2);
		assert_int_equal(value(n, 99), 1002);
		assert_int_equal(n->max_journal_seq, 9);
		assert_int_equal(node_lower_bound(n, BPOS(1, 11, 0)), 1);
		assert_int_equal(node_lower_bound(n, BPOS(1, 20, 0)), 1);
		assert_int_equal(node_lower_bound(n, BPOS(2, 0, 0)), 100);
		node_free(n);
	}
	free(m.raw);
}

static void test_identity(void **state)
{
	static const struct { unsigned at; unsigned err; } flips[] = {
		{ 16, 32 },	/* magic */
		{ 136, 33 },	/* cookie */
		{ 24, 49 },	/* btree id, low bits */
		{ 80, 53 },	/* key_u64s of the format */
	};
	struct made m = make_node(20);

	(void)state;
	for (size_t i = 0; i < sizeof(flips) / sizeof(flips[0]); i++) {
		m.raw[flips[i].at] ^= 1;
		resum(&m);
		unreadable(&m, flips[i].err);
		m.raw[flips[i].at] ^= 1;
	}
	resum(&m);
	m.spec.level = 1;
	unreadable(&m, 50);
	m.spec.level = 0;
	m.ptr.min_key = BPOS(0, 1, 0);
	unreadable(&m, 51);
	m.ptr.min_key = POS_MIN;
	m.ptr.max_key = BPOS(9, 0, 0);
	unreadable(&m, 52);
	m.ptr.max_key = SPOS_MAX;
	m.ptr.seq++;
	unreadable(&m, 33);
	m.ptr.is_v2 = false;
	node_free(decode(&m, NULL));
	memset(m.raw + 136, 0, 8);
	resum(&m);
	unreadable(&m, 33);
	free(m.raw);
}

static void test_range_updated(void **state)
{
	struct made m = make_node(100);
	struct node *n;

	(void)state;
	m.ptr.range_updated = true;
	m.ptr.min_key = BPOS(1, 15, 0);
	m.ptr.max_key = BPOS(1, 500, 0);
	n = decode(&m, NULL);
	assert_non_null(n);
	assert_int_equal(n->defects.list.nr, 0);
	assert_int_equal(n->nr_keys, 49);
	assert_int_equal(n->keys_outside, 51);
	assert_int_equal(value(n, 0), 1);
	assert_true(bpos_eq(n->min, BPOS(1, 15, 0)));
	assert_true(bpos_eq(n->h.min_key, POS_MIN));
	node_free(n);
	free(m.raw);
}

static void test_bad_checksum_is_used(void **state)
{
	struct made m = make_node(100);
	struct node *n;

	(void)state;
	m.raw[3] ^= 0x40;
	n = decode(&m, NULL);
	assert_non_null(n);
	only_defect(n, 42);
	assert_int_equal(n->defects.list.v[0].severity, DEFECT_WANT_RETRY);
	assert_false(n->bsets[0].csum_ok);
	assert_int_equal(n->nr_keys, 100);
	node_free(n);
	free(m.raw);
}

/* Sets one field of the flags of the first bset and sums again. */
static void set_first_bset(struct made *m, void (*change)(struct bset_header *))
{
	struct bset_header h = bset_header_get(m->raw + 136);

	change(&h);
	bset_header_put(m->raw + 136, &h);
	resum(m);
}

static void unknown_csum(struct bset_header *h) { h->csum_type = 13; }
static void locked_csum(struct bset_header *h) { h->csum_type = CSUM_chacha20_poly1305_128; }
static void future(struct bset_header *h) { h->version = 2 << 10; }
static void ancient(struct bset_header *h) { h->version = 8; }
static void whiteouts(struct bset_header *h) { h->separate_whiteouts = true; }
static void wrong_offset(struct bset_header *h) { h->offset = 8; }
static void older(struct bset_header *h) { h->version = 1 << 10 | 3; }
static void too_long(struct bset_header *h) { h->u64s = 60000; }

static void test_bset_headers(void **state)
{
	static const struct { void (*change)(struct bset_header *); unsigned err; bool readable; size_t keys; } cases[] = {
		{ unknown_csum, 41, true, 100 }, { locked_csum, 41, true, 100 }, { future, 34, false, 0 }, { ancient, 34, false, 0 },
		{ whiteouts, 34, false, 0 }, { wrong_offset, 44, true, 100 }, { older, 35, true, 100 },
	};
	struct defects d = { 0 };
	struct node *n;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct made m = make_node(100);

		set_first_bset(&m, cases[i].change);
		if (cases[i].readable) {
			n = decode(&m, NULL);
			assert_non_null(n);
			only_defect(n, cases[i].err);
			assert_int_equal(n->nr_keys, cases[i].keys);
			node_free(n);
		} else {
			unreadable(&m, cases[i].err);
		}
		free(m.raw);
	}
	struct made m = make_node(100);
	m.geo.encrypted = true;
	set_first_bset(&m, locked_csum);
	assert_null(decode(&m, &d));
	assert_int_equal(defects_worst(&d), DEFECT_INCOMPATIBLE);
	assert_string_equal(d.list.v[0].own, "arborist_node_locked");
	defects_free(&d);
	free(m.raw);
}

static void test_bset_past_end(void **state)
{
	struct made m = make_node(100);
	struct node *n;

	(void)state;
	m.ptr.sectors_written = 1;
	n = decode(&m, NULL);
	assert_non_null(n);
	only_defect(n, 43);
	assert_int_equal(n->nr_keys, 0);
	node_free(n);
	m.ptr.sectors_written = m.sectors;
	resum(&m);
	struct bset_header h = bset_header_get(m.raw + 136);
	too_long(&h);
	bset_header_put(m.raw + 136, &h);
	n = decode(&m, NULL);
	assert_non_null(n);
	assert_true(defects_have(&n->defects, 42) && defects_have(&n->defects, 43));
	assert_int_equal(n->nr_keys, 0);
	node_free(n);
	free(m.raw);
}

static void test_end_of_node(void **state)
{
	struct made m = make_node(100);
	struct test_key more[] = { test_key(3, 3, 3) };
	unsigned first = m.sectors;
	struct node *n;

	(void)state;
	append(&m, 6, more, 1);
	m.ptr.sectors_written = m.sectors + 2;
	n = decode(&m, NULL);
	only_defect(n, 37);
	assert_int_equal(n->sectors_read, m.sectors);
	assert_int_equal(n->nr_keys, 101);
	node_free(n);

	/* The same bset, one block later: a signature after the end */
	memmove(m.raw + (first + 1) * 512, m.raw + first * 512, 512);
	memset(m.raw + first * 512, 0, 512);
	m.ptr.sectors_written = 0;
	n = decode(&m, NULL);
	only_defect(n, 38);
	assert_int_equal(n->nr_keys, 100);
	node_free(n);
	free(m.raw);
}

static void test_empty_bset(void **state)
{
	struct made m = make_node(10);
	struct node *n;

	(void)state;
	append(&m, 6, NULL, 0);
	n = decode(&m, NULL);
	only_defect(n, 45);
	assert_int_equal(n->nr_keys, 10);
	node_free(n);
	free(m.raw);
}

static void test_blacklist(void **state)
{
	static const struct seq_range ranges[] = { { 20, 30 }, { 40, 50 } };
	struct made m = make_node(10);
	struct test_key lost[] = { test_key(1, 10, 1000) }, kept[] = { test_key(1, 20, 2000) };
	struct node *n;

	(void)state;
	m.geo.blacklist = ranges;
	m.geo.nr_blacklist = 2;
	append(&m, 29, lost, 1);
	append(&m, 30, kept, 1);
	m.ptr.sectors_written = 0;
	n = decode(&m, NULL);
	assert_int_equal(n->defects.list.nr, 0);
	assert_int_equal(value(n, 0), 0);
	assert_int_equal(value(n, 1), 2000);
	assert_int_equal(n->max_journal_seq, 30);
	assert_true(n->bsets[1].blacklisted && !n->bsets[1].used);
	node_free(n);
	m.ptr.sectors_written = m.sectors;
	n = decode(&m, NULL);
	only_defect(n, 48);
	node_free(n);
	struct bset_header h = bset_header_get(m.raw + 136);
	h.journal_seq = 41;
	bset_header_put(m.raw + 136, &h);
	resum(&m);
	m.ptr.sectors_written = 0;
	n = decode(&m, NULL);
	only_defect(n, 47);
	assert_int_equal(n->nr_keys, 10);
	node_free(n);
	free(m.raw);
}

/* Bytes of key @i, all keys being alike. */
static uint8_t *key_at(const struct made *m, unsigned nr, unsigned i)
{
	struct bset_header h = bset_header_get(m->raw + 136);

	return m->raw + NODE_HEADER_BYTES + 8 * (size_t)h.u64s / nr * i;
}

static struct node *one_key_lost(struct made *m, unsigned lost, unsigned err)
{
	struct node *n;

	resum(m);
	n = decode(m, NULL);
	assert_non_null(n);
	only_defect(n, err);
	assert_int_equal(n->nr_keys, 99);
	for (unsigned i = 0; i < 99; i++)
		assert_int_equal(value(n, i), i < lost ? i : i + 1);
	return n;
}

static void test_damaged_key_goes_alone(void **state)
{
	static const struct { unsigned byte; uint8_t v; unsigned err; } cases[] = {
		{ 0, 0, 260 }, { 0, 255, 54 }, { 1, 2, 55 }, { 0, 1, 260 }, { 0, 30, 0 },
	};

	(void)state;
	for (size_t i = 0; i + 1 < sizeof(cases) / sizeof(cases[0]); i++) {
		struct made m = make_node(100);

		key_at(&m, 100, 70)[cases[i].byte] = cases[i].v;
		node_free(one_key_lost(&m, 70, cases[i].err));
		free(m.raw);
	}
}

/* Whichever way one key is out of place, it is that one which goes. */
static void test_out_of_order(void **state)
{
	struct test_key t[100];
	struct bkey_s k[100];

	(void)state;
	for (unsigned where = 50; where < 100; where += 49)
		for (int up = 0; up < 2; up++) {
			struct made m = { .geo = test_geometry(), .spec = test_spec() };

			for (unsigned i = 0; i < 100; i++)
				t[i] = test_key(1, 10 * (i + 1), i);
			t[where].k.p.offset = up ? 990 : 15;
			if (up && where == 99)
				continue;
			test_keys_s(t, 100, k);
			assert_int_equal(node_encode(&m.geo, &m.spec, k, 100, &m.raw, &m.sectors, NULL), ARB_OK);
			m.ptr = test_ptr(&m.spec, m.sectors);
			node_free(one_key_lost(&m, where, 57));
			free(m.raw);
		}
}

/* A key with a bad value hides the older one, and goes. */
static void test_bad_value(void **state)
{
	struct made m = make_node(10);
	struct test_key bad = test_key(1, 30, 0);
	struct node *n;

	(void)state;
	bad.k.u64s = BKEY_U64s;	/* a cookie needs eight bytes */
	append(&m, 6, &bad, 1);
	n = decode(&m, NULL);
	only_defect(n, 92);
	assert_int_equal(n->nr_keys, 9);
	assert_int_equal(value(n, 2), 3);
	node_free(n);
	bad = test_key(1, 30, 77);
	append(&m, 7, &bad, 1);
	n = decode(&m, NULL);
	assert_int_equal(n->defects.list.nr, 0);
	assert_int_equal(value(n, 2), 77);
	node_free(n);
	free(m.raw);
}

static void test_mutants(void **state)
{
	struct arb_random r;

	(void)state;
	arb_random_seed(&r, 42);
	for (unsigned i = 0; i < 3000; i++) {
		struct made m = make_node(100);
		struct test_key more[] = { test_key(1, 10, 1000), test_deleted(1, 20) };
		struct defects d = { 0 };
		struct node *n;

		append(&m, 6, more, 2);
		for (unsigned j = 0; j < 4; j++)
			m.raw[arb_random_u64(&r) % (i % 3 ? 1024 : 220)] = arb_random_u64(&r);
		le64_put(m.raw + 16, m.geo.bset_magic);
		le64_put(m.raw + 136, TEST_COOKIE);
		if (i & 1)
			m.ptr.sectors_written = 0;
		n = decode(&m, &d);
		assert_true(n || d.list.nr);
		for (size_t k = 1; n && k < n->nr_keys; k++)
			assert_true(bpos_lt(n->keys[k - 1].k.p, n->keys[k].k.p));
		node_free(n);
		defects_free(&d);
		free(m.raw);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip), cmocka_unit_test(test_no_room), cmocka_unit_test(test_later_bsets_win),
		cmocka_unit_test(test_identity), cmocka_unit_test(test_range_updated), cmocka_unit_test(test_bad_checksum_is_used),
		cmocka_unit_test(test_bset_headers), cmocka_unit_test(test_bset_past_end), cmocka_unit_test(test_end_of_node),
		cmocka_unit_test(test_empty_bset), cmocka_unit_test(test_blacklist), cmocka_unit_test(test_damaged_key_goes_alone),
		cmocka_unit_test(test_out_of_order), cmocka_unit_test(test_bad_value), cmocka_unit_test(test_mutants),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
