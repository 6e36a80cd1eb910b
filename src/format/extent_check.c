/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Which extent entries are valid (format-keys.md 3.2). Pointers to devices that do not exist are let
 * through: they are repaired by the passes, where something is known of the other copies.
 */
#include "arborist/base/le.h"
#include "arborist/format/checksum.h"
#include "arborist/format/enums.h"
#include "arborist/format/extent.h"
#include "extent_text.h"
#include "key_plain.h"
#include "key_row.h"

/* What has been seen so far of one key. */
struct ptrs_check {
	const struct key_check_ctx *c;
	const struct bkey_s	*k;
	struct arb_buf		*why;
	bool			is_btree_ptr;
	bool			written, unwritten;
	bool			ec_pending, crc_pending;
	bool			have_nonce;
	uint32_t		nonce;
	uint32_t		disk_size;	/* sectors of the next pointer */
	unsigned		nr;
	uint64_t		devs[4];	/* a bit per device pointed to */
};

static unsigned check_place(struct ptrs_check *s, const struct extent_ptr *p)
{
	const struct member_geometry *m = s->c->geo ? geometry_member(s->c->geo, p->dev) : NULL;
	uint32_t in_bucket;
	uint64_t bucket;

	if (!m)
		return 0;
	if (s->devs[p->dev >> 6] >> (p->dev & 63) & 1)
		return key_bad(s->why, KEY_ERR_ptr_to_duplicate_device, "two pointers to device %u", p->dev);
	s->devs[p->dev >> 6] |= 1ULL << (p->dev & 63);
	bucket = member_bucket(m, p->sector, &in_bucket);
	if (bucket >= m->nbuckets)
		return key_bad(s->why, KEY_ERR_ptr_after_last_bucket, "pointer to bucket %llu of device %u, which has %llu",
			       (unsigned long long)bucket, p->dev, (unsigned long long)m->nbuckets);
	if (bucket < m->first_bucket)
		return key_bad(s->why, KEY_ERR_ptr_before_first_bucket, "pointer to bucket %llu of device %u, the first is %u",
			       (unsigned long long)bucket, p->dev, m->first_bucket);
	if ((uint64_t)in_bucket + s->disk_size > m->bucket_size)
		return key_bad(s->why, KEY_ERR_ptr_spans_multiple_buckets,
			       "%u sectors from sector %u of a bucket run past its end at %u",
			       s->disk_size, in_bucket, m->bucket_size);
	return 0;
}

static unsigned check_ptr(struct ptrs_check *s, const struct extent_entry *e)
{
	struct extent_ptr p = extent_ptr_decode(e->first);
	unsigned err = check_place(s, &p);

	if (err)
		return err;
	if (p.cached && s->ec_pending)
		return key_bad(s->why, KEY_ERR_ptr_cached_and_erasure_coded, "a pointer both cached and in a stripe");
	if (p.unwritten)
		s->unwritten = true;
	else
		s->written = true;
	s->ec_pending = s->crc_pending = false;
	s->nr++;
	return 0;
}

static unsigned check_nonce(struct ptrs_check *s, const struct extent_crc *crc)
{
	if (!csum_type_encrypts(crc->csum_type))
		return 0;
	if (s->have_nonce && s->nonce != crc->offset + crc->nonce)
		return key_bad(s->why, KEY_ERR_ptr_crc_nonce_mismatch, "encrypted copies with different nonces");
	s->have_nonce = true;
	s->nonce = crc->offset + crc->nonce;
	return 0;
}

static bool csum_type_usable(const struct key_check_ctx *c, unsigned type)
{
	if (type >= CSUM_TYPE_NR)
		return false;
	return !csum_type_encrypts(type) || !c->geo || c->geo->encrypted;
}

static unsigned check_crc(struct ptrs_check *s, const struct extent_entry *e)
{
	struct extent_crc crc = extent_crc_decode(s->k, e);
	unsigned err;

	if ((uint64_t)crc.offset + crc.live > crc.uncompressed_size)
		return key_bad(s->why, KEY_ERR_ptr_crc_uncompressed_size_too_small,
			       "%u sectors at %u do not lie in the %u that were checksummed",
			       crc.live, crc.offset, crc.uncompressed_size);
	if (!csum_type_usable(s->c, crc.csum_type))
		return key_bad(s->why, KEY_ERR_ptr_crc_csum_type_unknown, "checksum type %u", crc.csum_type);
	if (crc.compression_type >= COMPRESSION_TYPE_NR)
		return key_bad(s->why, KEY_ERR_ptr_crc_compression_type_unknown, "compression type %u", crc.compression_type);
	if ((err = check_nonce(s, &crc)))
		return err;
	if (s->crc_pending)
		return key_bad(s->why, KEY_ERR_ptr_crc_redundant, "two checksum entries without a pointer between them");
	s->crc_pending = true;
	s->disk_size = crc.compressed_size;
	return 0;
}

static unsigned check_entry(struct ptrs_check *s, const struct extent_entry *e)
{
	if (e->type == EXTENT_ENTRY_TYPE_NR)
		return key_bad(s->why, KEY_ERR_extent_ptrs_invalid_entry, "entry %016llx is of no known type",
			       (unsigned long long)e->first);
	if (e->type == EXTENT_ENTRY_ptr)
		return check_ptr(s, e);
	if (s->is_btree_ptr)
		return key_bad(s->why, KEY_ERR_btree_ptr_has_non_ptr, "a btree pointer with an entry that is not a pointer");
	if (e->type <= EXTENT_ENTRY_crc128)
		return check_crc(s, e);
	if (e->type == EXTENT_ENTRY_stripe_ptr) {
		if (s->ec_pending)
			return key_bad(s->why, KEY_ERR_ptr_stripe_redundant,
				       "two stripe entries without a pointer between them");
		s->ec_pending = true;
	}
	return 0;
}

static unsigned check_whole(const struct ptrs_check *s)
{
	if (!s->nr)
		return key_bad(s->why, KEY_ERR_extent_ptrs_no_ptrs, "no pointer");
	if (s->nr > EXTENT_PTRS_MAX)
		return key_bad(s->why, KEY_ERR_extent_ptrs_too_many_ptrs, "%u pointers, at most %u are allowed",
			       s->nr, EXTENT_PTRS_MAX);
	if (s->written && s->unwritten)
		return key_bad(s->why, KEY_ERR_extent_ptrs_written_and_unwritten, "written and unwritten pointers");
	if (s->unwritten && s->k->k.type != KEY_extent)
		return key_bad(s->why, KEY_ERR_extent_ptrs_unwritten, "an unwritten pointer in a %s",
			       bkey_type_name(s->k->k.type));
	if (s->crc_pending)
		return key_bad(s->why, KEY_ERR_extent_ptrs_redundant_crc, "a checksum entry without a pointer after it");
	if (s->ec_pending)
		return key_bad(s->why, KEY_ERR_extent_ptrs_redundant_stripe, "a stripe entry without a pointer after it");
	return 0;
}

unsigned extent_ptrs_invalid(const struct key_check_ctx *c, const struct bkey_s *k, struct arb_buf *why)
{
	bool is_btree_ptr = k->k.type == KEY_btree_ptr || k->k.type == KEY_btree_ptr_v2;
	struct ptrs_check s = {
		.c = c, .k = k, .why = why, .is_btree_ptr = is_btree_ptr,
		.disk_size = !is_btree_ptr ? k->k.size : c->geo ? c->geo->node_sectors : 0,
	};
	struct extent_entry e;
	unsigned word = 0, err;

	while (extent_next_entry(k, &word, &e))
		if ((err = check_entry(&s, &e)))
			return err;
	return check_whole(&s);
}

unsigned extent_invalid(const struct key_check_ctx *c, const struct bkey_s *k, struct arb_buf *why)
{
	return extent_ptrs_invalid(c, k, why);
}

/* --- in brief ------------------------------------------------------------------------------------------------------- */

/* Of the word of a pointer; a crc entry of type n takes n words. */
#define PTR_UNWRITTEN	(UINT64_C(1) << 3)
#define PTR_SECTOR_MAX	((UINT64_C(1) << 44) - 1)
#define PLAIN_CSUMS	(((1u << CSUM_TYPE_NR) - 1) & ~(1u << CSUM_chacha20_poly1305_80 | 1u << CSUM_chacha20_poly1305_128))

/* Written, and where a device has room for it; @devs: those met already. */
static inline bool plain_ptr(const struct fs_geometry *geo, uint64_t w, uint32_t sectors, uint64_t *devs)
{
	unsigned dev = w >> 48 & 0xff;
	const struct member_geometry *m = geometry_member(geo, dev);
	uint32_t in_bucket;
	uint64_t bucket;

	if (!m || w & PTR_UNWRITTEN || *devs >> dev & 1)
		return false;
	*devs |= UINT64_C(1) << dev;
	bucket = member_bucket(m, w >> 4 & PTR_SECTOR_MAX, &in_bucket);
	return bucket >= m->first_bucket && bucket < m->nbuckets && (uint64_t)in_bucket + sectors <= m->bucket_size;
}

/*
 * Of a crc entry's first word (format-keys.md 3.1): three sizes of @size bits each from bit @type + 1 on, the types of checksum
 * and compression from bit @types on.
 */
static inline bool plain_crc_word(uint64_t w, uint32_t live, unsigned type, unsigned size, unsigned types, uint32_t *ret_sectors)
{
	const uint32_t mask = (1u << size) - 1;
	uint32_t uncompressed = (w >> (type + 1 + size) & mask) + 1, offset = w >> (type + 1 + 2 * size) & mask;

	*ret_sectors = (w >> (type + 1) & mask) + 1;
	return (uint64_t)offset + live <= uncompressed && PLAIN_CSUMS >> (w >> types & 15) & 1 && (w >> (types + 4) & 15) < COMPRESSION_TYPE_NR;
}

static inline bool plain_crc(uint64_t w, uint32_t live, unsigned type, uint32_t *ret_sectors)
{
	return type == EXTENT_ENTRY_crc32 ? plain_crc_word(w, live, EXTENT_ENTRY_crc32, 7, 24, ret_sectors) :
		type == EXTENT_ENTRY_crc64 ? plain_crc_word(w, live, EXTENT_ENTRY_crc64, 9, 40, ret_sectors) :
		plain_crc_word(w, live, EXTENT_ENTRY_crc128, 13, 56, ret_sectors);
}

/* Pointers, each with at most one checksum before it, and nothing else. @v: the entries. */
__attribute__((always_inline))
static inline bool plain_entries(const struct key_check_ctx *c, const struct bkey *k, const uint8_t *v, const uint8_t *end)
{
	uint32_t sectors = k->size;
	bool pending = false;
	uint64_t devs = 0;

	while (v < end) {
		uint64_t w = le64_get(v);
		unsigned type = w ? (unsigned)__builtin_ctzll(w) : EXTENT_ENTRY_TYPE_NR;

		if (type == EXTENT_ENTRY_ptr) {
			if (!plain_ptr(c->geo, w, sectors, &devs))
				return false;
			v += 8;
		} else if (pending || type > EXTENT_ENTRY_crc128 || end - v < 8 * (int)type || !plain_crc(w, k->size, type, &sectors)) {
			return false;
		} else {
			v += 8 * type;
		}
		pending = type != EXTENT_ENTRY_ptr;
	}
	return devs && !pending;
}

KEY_IS_PLAIN(extent)
{
	return plain_entries(c, k, v, v + bkey_val_bytes(k));
}
KEY_PLAIN_FUNCTIONS(extent)

KEY_IS_PLAIN(reflink_v)
{
	return plain_entries(c, k, v + 8, v + bkey_val_bytes(k));
}
KEY_PLAIN_FUNCTIONS(reflink_v)
