/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Lays out btree nodes in memory (format-btree.md 6 and 16): header, one bset, padding, checksum; and appends bsets.
 * Whether the keys make sense for the btree is the caller's business, that they fit is checked here.
 */
#include <assert.h>

#include "arborist/base/le.h"
#include "arborist/btree/node_write.h"

static struct bkey_format spec_format(const struct node_spec *s, const struct bkey_s *keys, size_t nr)
{
	struct bkey_format f = bkey_format_current;
	struct bkey *k;

	if (s->unpacked)
		return f;
	k = malloc((nr ? nr : 1) * sizeof(*k));
	if (!k)
		return f;	/* the current format holds everything, it only takes more room */
	for (size_t i = 0; i < nr; i++)
		k[i] = keys[i].k;
	f = bkey_format_for(k, nr, s->min, s->max);
	free(k);
	return f;
}

/* Bytes of one key in a bset of format @f, written to @out (2040 bytes) as well. */
static size_t put_key(const struct bkey_format *f, bool unpacked, struct bkey_s k, uint8_t *out)
{
	size_t n = unpacked ? 0 : bkey_pack(f, k, out);

	return n ? n : bkey_put(out, k);
}

size_t node_encoded_bytes(const struct node_spec *s, const struct bkey_s *keys, size_t nr)
{
	struct bkey_format f = spec_format(s, keys, nr);
	uint8_t tmp[8 * UINT8_MAX];
	size_t bytes = NODE_HEADER_BYTES;

	for (size_t i = 0; i < nr; i++)
		bytes += put_key(&f, s->unpacked, keys[i], tmp);
	return bytes;
}

/* Writes keys into [out, out + room); false when they do not fit or are more words than a bset can count. */
static bool put_keys(const struct bkey_format *f, bool unpacked, const struct bkey_s *keys, size_t nr,
		     uint8_t *out, size_t room, size_t *ret_bytes)
{
	uint8_t tmp[8 * UINT8_MAX];
	size_t used = 0;

	for (size_t i = 0; i < nr; i++) {
		size_t n = put_key(f, unpacked, keys[i], tmp);

		if (n > room - used)
			return false;
		memcpy(out + used, tmp, n);
		used += n;
	}
	*ret_bytes = used;
	return used / 8 <= UINT16_MAX;
}

static size_t round_up_block(const struct fs_geometry *geo, size_t n)
{
	size_t block = (size_t)geo->block_sectors * 512;

	return (n + block - 1) / block * block;
}

static void put_csum(const struct node_spec *s, uint8_t *object, size_t bytes)
{
	csum_put(object, csum_compute(s->csum_type, object + 16, bytes - 16));
}

static enum arb_code spec_check(const struct node_spec *s, struct arb_error *err)
{
	if (csum_type_encrypts(s->csum_type) || !csum_type_known(s->csum_type))
		return arb_fail(err, ARB_E_ENCRYPTED, "nodes with checksum type %u cannot be written", s->csum_type);
	return ARB_OK;
}

static enum arb_code no_room(const struct node_spec *s, size_t nr, struct arb_error *err)
{
	return arb_fail(err, ARB_E_NO_ROOM, "%zu keys do not fit in a node of btree %u level %u", nr, s->btree, s->level);
}

enum arb_code node_encode(const struct fs_geometry *geo, const struct node_spec *s, const struct bkey_s *keys, size_t nr,
			  uint8_t **ret, unsigned *ret_sectors, struct arb_error *err)
{
	size_t node_bytes = (size_t)geo->node_sectors * 512, used;
	enum arb_code code = spec_check(s, err);
	struct node_header h = {
		.magic = geo->bset_magic, .btree = s->btree, .level = s->level, .new_extent_overwrite = true,
		.node_seq = s->node_seq, .min_key = s->min, .max_key = s->max,
		.bset = { .seq = s->cookie, .journal_seq = s->journal_seq, .csum_type = s->csum_type, .version = s->version },
	};
	uint8_t *raw;

	if (code)
		return code;
	assert(node_bytes > NODE_HEADER_BYTES);
	raw = calloc(1, node_bytes);
	if (!raw)
		return arb_fail(err, ARB_E_NOMEM, "out of memory for a btree node");
	h.format = spec_format(s, keys, nr);
	if (!put_keys(&h.format, s->unpacked, keys, nr, raw + NODE_HEADER_BYTES, node_bytes - NODE_HEADER_BYTES, &used)) {
		free(raw);
		return no_room(s, nr, err);
	}
	h.bset.u64s = used / 8;
	node_header_put(raw, &h);
	put_csum(s, raw, NODE_HEADER_BYTES + used);
	*ret = raw;
	*ret_sectors = round_up_block(geo, NODE_HEADER_BYTES + used) / 512;
	return ARB_OK;
}

enum arb_code node_encode_append(const struct fs_geometry *geo, const struct node_spec *s, uint8_t *raw, unsigned *sectors,
				 uint64_t journal_seq, const struct bkey_s *keys, size_t nr, struct arb_error *err)
{
	struct node_header h = node_header_get(raw);
	size_t node_bytes = (size_t)geo->node_sectors * 512, at = (size_t)*sectors * 512, used;
	enum arb_code code = spec_check(s, err);
	uint8_t *object = raw + at;
	struct bset_header b = {
		.seq = h.bset.seq, .journal_seq = journal_seq, .csum_type = s->csum_type,
		.offset = *sectors, .version = s->version,
	};

	if (code)
		return code;
	if (at + NODE_ENTRY_BYTES > node_bytes ||
	    !put_keys(&h.format, s->unpacked, keys, nr, object + NODE_ENTRY_BYTES, node_bytes - at - NODE_ENTRY_BYTES, &used))
		return no_room(s, nr, err);
	b.u64s = used / 8;
	bset_header_put(object + 16, &b);
	put_csum(s, object, NODE_ENTRY_BYTES + used);
	*sectors += round_up_block(geo, NODE_ENTRY_BYTES + used) / 512;
	return ARB_OK;
}
