/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The first three forms of alloc keys; met on filesystems that were made before version 0.21 or so. */
#include "arborist/base/le.h"
#include "arborist/format/varint.h"
#include "key_alloc.h"
#include "key_row.h"

/* What the old forms hold besides generations and the data type. */
enum { READ_TIME, WRITE_TIME, DIRTY, CACHED, STRIPE, REDUNDANCY, V2_FIELDS };

static void fields_set(struct alloc_v4 *a, const uint64_t f[V2_FIELDS])
{
	a->io_time[0] = f[READ_TIME];
	a->io_time[1] = f[WRITE_TIME];
	a->dirty_sectors = f[DIRTY];
	a->cached_sectors = f[CACHED];
	a->stripe = f[STRIPE];
	a->stripe_redundancy = f[REDUNDANCY];
}

/* Fields of the first form in their order: bytes each, and where they go. */
enum { V1_DATA_TYPE = V2_FIELDS, V1_OLDEST_GEN, V1_SLOTS };
static const struct { uint8_t bytes, slot; } v1_fields[] = {
	{ 2, READ_TIME }, { 2, WRITE_TIME }, { 1, V1_DATA_TYPE }, { 2, DIRTY }, { 2, CACHED }, { 1, V1_OLDEST_GEN },
	{ 4, STRIPE }, { 1, REDUNDANCY },
};
#define V1_FIELDS (sizeof(v1_fields) / sizeof(v1_fields[0]))

static size_t v1_bytes(uint8_t present)
{
	size_t n = 2;

	for (unsigned i = 0; i < V1_FIELDS; i++)
		if (present >> i & 1)
			n += v1_fields[i].bytes;
	return n;
}

static bool v1_get(const struct bkey_s *k, struct alloc_v4 *ret)
{
	uint64_t f[V1_SLOTS] = { 0 };
	const uint8_t *p = k->v + 2;

	if (bkey_val_bytes(&k->k) < 8 || v1_bytes(k->v[0]) > bkey_val_bytes(&k->k))
		return false;
	for (unsigned i = 0; i < V1_FIELDS; i++) {
		if (!(k->v[0] >> i & 1))
			continue;
		for (unsigned b = v1_fields[i].bytes; b--;)
			f[v1_fields[i].slot] = f[v1_fields[i].slot] << 8 | p[b];
		p += v1_fields[i].bytes;
	}
	fields_set(ret, f);
	ret->gen = k->v[1];
	ret->data_type = f[V1_DATA_TYPE];
	ret->oldest_gen = f[V1_OLDEST_GEN];
	return true;
}

/* The varints of the second and third form. */
static bool varints_get(const uint8_t *p, const uint8_t *end, unsigned nr, struct alloc_v4 *ret)
{
	static const uint8_t width[V2_FIELDS] = { 64, 64, 32, 32, 32, 8 };
	uint64_t f[V2_FIELDS] = { 0 };

	for (unsigned i = 0; i < V2_FIELDS && i < nr; i++) {
		unsigned n = varint_get(p, end, &f[i]);

		if (!n || (width[i] < 64 && f[i] >> width[i]))
			return false;
		p += n;
	}
	fields_set(ret, f);
	return true;
}

static bool v2_get(const struct bkey_s *k, struct alloc_v4 *ret)
{
	const uint8_t *v = k->v;

	if (bkey_val_bytes(&k->k) < 8 || !varints_get(v + 4, v + bkey_val_bytes(&k->k), v[0], ret))
		return false;
	ret->gen = v[1];
	ret->oldest_gen = v[2];
	ret->data_type = v[3];
	return true;
}

static bool v3_get(const struct bkey_s *k, struct alloc_v4 *ret)
{
	const uint8_t *v = k->v;

	if (bkey_val_bytes(&k->k) < 16 || !varints_get(v + 16, v + bkey_val_bytes(&k->k), v[12], ret))
		return false;
	ret->journal_seq = le64_get(v);
	ret->need_discard = v[8] & 1;
	ret->gen = v[13];
	ret->oldest_gen = v[14];
	ret->data_type = v[15];
	return true;
}

bool alloc_old_get(const struct bkey_s *k, struct alloc_v4 *ret)
{
	bool ok;

	*ret = (struct alloc_v4) { 0 };
	ok = k->k.type == KEY_alloc ? v1_get(k, ret) : k->k.type == KEY_alloc_v2 ? v2_get(k, ret) : v3_get(k, ret);
	if (!ok)
		*ret = (struct alloc_v4) { 0 };
	return ok;
}

unsigned alloc_v1_invalid(const struct key_check_ctx *c, const struct bkey_s *k, struct arb_buf *why)
{
	(void)c;
	if (v1_bytes(k->v[0]) > bkey_val_bytes(&k->k))
		return key_bad(why, KEY_ERR_alloc_v1_val_size_bad, "value of %zu bytes, its fields need %zu",
			       bkey_val_bytes(&k->k), v1_bytes(k->v[0]));
	return 0;
}

static unsigned old_invalid(const struct bkey_s *k, struct arb_buf *why)
{
	struct alloc_v4 a;

	return alloc_old_get(k, &a) ? 0 : key_bad(why, KEY_ERR_alloc_v2_unpack_error, "the fields cannot be decoded");
}

unsigned alloc_v2_invalid(const struct key_check_ctx *c, const struct bkey_s *k, struct arb_buf *why)
{
	(void)c;
	return old_invalid(k, why);
}

unsigned alloc_v3_invalid(const struct key_check_ctx *c, const struct bkey_s *k, struct arb_buf *why)
{
	(void)c;
	return old_invalid(k, why);
}
