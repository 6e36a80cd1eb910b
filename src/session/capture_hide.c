/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See capture_hide.h. The bytes are those of a damaged disk: every length is held against what is at hand. */
#include <config.h>
#include <string.h>
#include "arborist/base/le.h"
#include "arborist/format/bkey.h"
#include "arborist/format/checksum.h"
#include "arborist/format/jset.h"
#include "arborist/format/key_type.h"
#include "arborist/format/node.h"
#include "capture_hide.h"

/* Letters that depend on all the bytes they replace: different names stay different, equal ones equal. */
static void letters(uint64_t salt, uint8_t *p, size_t n)
{
	uint64_t h = csum_compute(CSUM_xxhash, p, n).lo ^ salt;

	for (size_t i = 0; i < n; i++) {
		h ^= h << 13, h ^= h >> 7, h ^= h << 17;
		h += salt;
		p[i] = 'a' + (h >> 32) % 26;
	}
}

/* What the value of each type says of itself: the fixed part in front stays. */
static void hide_value(uint64_t salt, unsigned type, uint8_t *v, size_t n)
{
	size_t name;

	switch (type) {
	case KEY_dirent:
		while (n > 9 && !v[n - 1])
			n--;
		if (n > 9)
			letters(salt, v + 9, n - 9);
		break;
	case KEY_xattr:
		if (n < 4)
			break;
		name = v[1] < n - 4 ? v[1] : n - 4;
		letters(salt, v + 4, name);
		memset(v + 4 + name, 'x', n - 4 - name);
		break;
	case KEY_inline_data:
		memset(v, 'x', n);
		break;
	case KEY_indirect_inline_data:
		if (n > 8)
			memset(v + 8, 'x', n - 8);
		break;
	}
}

/* Packed keys one after another; where they cannot be told apart any more the rest is blotted out. */
static void hide_keys(uint64_t salt, const struct bkey_format *f, uint8_t *p, size_t n)
{
	while (n >= 8) {
		size_t key = 8 * (size_t)bkey_packed_key_u64s(f, p), all = 8 * (size_t)p[0];

		if (!all || all > n || key > all || key < 3)
			break;
		hide_value(salt, p[2], p + key, all - key);
		p += all;
		n -= all;
	}
	memset(p, 0, n);
}

/* One bset: its checksum at @csum covers what begins 16 bytes later up to the end of the keys. */
static void hide_bset(uint64_t salt, const struct bkey_format *f, const struct bset_header *b,
		      uint8_t *csum, uint8_t *keys, size_t room)
{
	size_t n = 8 * (size_t)b->u64s, covered;
	bool checked, good;

	if (csum_type_encrypts(b->csum_type))
		return;			/* nobody can read it */
	checked = n <= room && csum_type_known(b->csum_type);
	n = n <= room ? n : room;
	covered = (size_t)(keys + n - csum) - 16;
	good = checked && csum_eq(csum_get(csum), csum_compute(b->csum_type, csum + 16, covered));
	hide_keys(salt, f, keys, n);
	if (good)
		csum_put(csum, csum_compute(b->csum_type, csum + 16, covered));
}

void hide_in_node(const struct fs_geometry *geo, uint64_t salt, uint8_t *raw, size_t bytes)
{
	size_t block = 512u * (size_t)(geo->block_sectors ? geo->block_sectors : 1), at, end;
	struct node_header h;

	if (bytes < NODE_HEADER_BYTES || le64_get(raw + 16) != geo->bset_magic) {
		memset(raw, 0, bytes);
		return;
	}
	h = node_header_get(raw);
	hide_bset(salt, &h.format, &h.bset, raw, raw + NODE_HEADER_BYTES, bytes - NODE_HEADER_BYTES);
	end = NODE_HEADER_BYTES + 8 * (size_t)h.bset.u64s;
	for (at = (end + block - 1) / block * block; at + NODE_ENTRY_BYTES <= bytes; at = (end + block - 1) / block * block) {
		struct bset_header b = bset_header_get(raw + at + 16);

		if (end < at)
			memset(raw + end, 0, at - end);
		end = at + block;
		if (b.seq != h.bset.seq) {
			memset(raw + at, 0, end < bytes ? block : bytes - at);
			continue;
		}
		hide_bset(salt, &h.format, &b, raw + at, raw + at + NODE_ENTRY_BYTES, bytes - at - NODE_ENTRY_BYTES);
		end = at + NODE_ENTRY_BYTES + 8 * (size_t)b.u64s;
	}
	if (end < bytes)
		memset(raw + end, 0, bytes - end);
}

/* --- journal ---------------------------------------------------------------------------------------------------------- */

static void hide_entry_keys(uint64_t salt, uint8_t *p, size_t n)
{
	while (n >= BKEY_BYTES) {
		size_t all = 8 * (size_t)p[0];

		if (all < BKEY_BYTES || all > n)
			break;
		hide_value(salt, p[2], p + BKEY_BYTES, all - BKEY_BYTES);
		p += all;
		n -= all;
	}
	memset(p, 0, n);
}

static void hide_entries(uint64_t salt, uint8_t *entries, size_t n)
{
	struct jset_entry e;
	size_t cursor = 0;
	bool bad = false;

	while (jset_entry_next(entries, n, &cursor, &e, &bad)) {
		uint8_t *payload = entries + (e.payload - entries);

		if (e.type == JSET_btree_keys || e.type == JSET_overwrite || e.type == JSET_write_buffer_keys)
			hide_entry_keys(salt, payload, e.bytes);
	}
	if (bad)
		memset(entries + cursor, 0, n - cursor);
}

/* One jset; returns how far it reaches. */
static size_t hide_jset(uint64_t salt, const struct jset_header *h, uint8_t *p, size_t n)
{
	size_t all = jset_bytes(h), room = all <= n ? all : n;
	bool good;

	if (csum_type_encrypts(h->csum_type))
		return room;
	good = all <= n && csum_type_known(h->csum_type) && csum_eq(csum_get(p), csum_compute(h->csum_type, p + 16, all - 16));
	hide_entries(salt, p + JSET_HEADER_BYTES, room - JSET_HEADER_BYTES);
	if (good)
		csum_put(p, csum_compute(h->csum_type, p + 16, all - 16));
	return room;
}

void hide_in_journal(const struct fs_geometry *geo, uint64_t salt, uint8_t *raw, size_t bytes)
{
	size_t block = 512u * (size_t)(geo->block_sectors ? geo->block_sectors : 1), at = 0;

	while (at < bytes) {
		struct jset_header h = { 0 };
		size_t end = at + block < bytes ? at + block : bytes;

		if (bytes - at >= JSET_HEADER_BYTES)
			h = jset_header_get(raw + at);
		if (h.magic != geo->jset_magic || bytes - at < JSET_HEADER_BYTES) {
			memset(raw + at, 0, end - at);
			at = end;
			continue;
		}
		end = at + hide_jset(salt, &h, raw + at, bytes - at);
		at = (end + block - 1) / block * block;
		if (end < at && end < bytes)
			memset(raw + end, 0, (at < bytes ? at : bytes) - end);
	}
}
