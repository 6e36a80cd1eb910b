/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The check of inodes in short (key_row.h), for nearly all of them; what it is not certain of is checked in key_inode.c. */
#include "arborist/base/le.h"
#include "arborist/format/enums.h"
#include "arborist/format/inode.h"
#include "key_inode.h"
#include "key_plain.h"

/*
 * In brief: inodes whose options are not set, that are no root of a subvolume, not unlinked, and long enough to be read without
 * looking for the end at every number.
 */
#define PLAIN_TIMES_MAX	(4 * 10)	/* a number of up to nine bytes, and a zero */
#define PLAIN_FLAGS	((uint64_t)V3_FIELDS_START << V3_FIELDS_START_SHIFT)
#define PLAIN_FLAGS_MASK (UINT64_C(0x1f) << V3_FIELDS_START_SHIFT | UINT64_C(12) << STR_HASH_SHIFT | INODE_unlinked)

/* What the numbers between the times and the directory may take of bytes, so that their values fit. */
static const uint8_t plain_bytes[INODE_FIELD_dir] = {
	[INODE_FIELD_uid] = 4, [INODE_FIELD_gid] = 4, [INODE_FIELD_nlink] = 4, [INODE_FIELD_generation] = 4, [INODE_FIELD_dev] = 4,
	[INODE_FIELD_data_checksum] = 1, [INODE_FIELD_compression] = 1, [INODE_FIELD_project] = 4,
	[INODE_FIELD_background_compression] = 1, [INODE_FIELD_data_replicas] = 1, [INODE_FIELD_promote_target] = 2,
	[INODE_FIELD_foreground_target] = 2, [INODE_FIELD_background_target] = 2, [INODE_FIELD_erasure_code] = 2,
	[INODE_FIELD_fields_set] = 2,
};
_Static_assert(STR_HASH_NR == 4 && INODE_FIELD_compression == INODE_FIELD_data_checksum + 1, "plain inodes");

static inline unsigned varint_bytes(uint8_t first)
{
	return (unsigned)__builtin_ctz(~(unsigned)first) + 1;
}

/*
 * The lengths of numbers are nearly always the same from inode to inode. So they are asked about, one by one, and not added up: the
 * processor guesses the answers and looks at the next numbers, and the next inodes, without waiting.
 */
__attribute__((always_inline))
static inline const uint8_t *plain_times_of(const uint8_t *p, unsigned bytes)
{
	const unsigned a = bytes + 1, b = 2 * a, c = 3 * a, lengths = ((1u << bytes) - 1) & 0xff;	/* the bits that tell the length */
	const unsigned want = ((1u << bytes) - 1) >> 1;
	unsigned any = (p[0] | p[a] | p[b] | p[c]) & lengths, all = p[0] & p[a] & p[b] & p[c] & lengths;
	unsigned seconds = p[bytes] | p[a + bytes] | p[b + bytes] | p[c + bytes];

	return any != want || all != want || seconds ? NULL : p + 4 * a;
}

/* Behind the times, each with a second number; NULL when one of those is not 0. There are PLAIN_TIMES_MAX bytes. */
__attribute__((noinline))
static const uint8_t *plain_other_times(const uint8_t *p)
{
	for (unsigned i = 0; i < INODE_FIELD_uid; i++) {
		p += varint_bytes(*p);
		if (*p++)
			return NULL;
	}
	return p;
}

__attribute__((always_inline))
static inline const uint8_t *plain_times(const uint8_t *p)
{
	const uint8_t *end = NULL;

	switch (varint_bytes(p[0])) {
	case 5:
		end = plain_times_of(p, 5);
		break;
	case 6:
		end = plain_times_of(p, 6);
		break;
	case 7:
		end = plain_times_of(p, 7);
		break;
	case 8:
		end = plain_times_of(p, 8);
		break;
	case 9:
		end = plain_times_of(p, 9);
	}
	return end ? end : plain_other_times(p);
}

/* Of the numbers of one byte each in @word, the first of which is field @i: are the two options among them 0? */
static inline bool options_zero(uint64_t word, unsigned i)
{
	if (i <= INODE_FIELD_data_checksum)
		return !(word >> 8 * (INODE_FIELD_data_checksum - i) & 0xffff);
	return i > INODE_FIELD_compression || !(word & 0xff);
}

/* The eight bytes at @p, zero from @end on; there are eight before @end. */
static inline uint64_t word_at(const uint8_t *p, const uint8_t *end)
{
	return p <= end - 8 ? le64_get(p) : le64_get(end - 8) >> 8 * (8 - (end - p));
}

/*
 * The numbers from uid to before the directory where they are as nearly always: behind uid and gid thirteen of one byte. There are
 * PLAIN_SHORT_MAX bytes. NULL: others are among them.
 */
#define PLAIN_SHORT_MAX	(2 * 4 + INODE_FIELD_dir - INODE_FIELD_nlink)

__attribute__((always_inline))
static inline const uint8_t *plain_short_of(const uint8_t *p, unsigned owners)
{
	const uint8_t *nlink = p + owners, *dir = nlink + INODE_FIELD_dir - INODE_FIELD_nlink;
	uint64_t first = le64_get(nlink), last = le64_get(dir - 8);

	return !((first | last) & 0x0101010101010101) && options_zero(first, INODE_FIELD_nlink) ? dir : NULL;
}

__attribute__((always_inline))
static inline const uint8_t *plain_short(const uint8_t *p)
{
	unsigned uid, gid;

	if (!((p[0] | p[1]) & 1))
		return plain_short_of(p, 2);
	if ((p[0] & p[2] & 3) == 1 && ((p[0] | p[2]) & 3) == 1)
		return plain_short_of(p, 4);
	uid = varint_bytes(p[0]);
	gid = varint_bytes(p[uid]);
	return uid > 4 || gid > 4 ? NULL : plain_short_of(p, uid + gid);
}

/* The same in runs of those of one byte, and single longer ones; NULL: not certain. */
__attribute__((noinline))
static const uint8_t *plain_others(const uint8_t *p, const uint8_t *end, unsigned to)
{
	for (unsigned i = INODE_FIELD_uid, run; i < to && p < end; i += run) {
		uint64_t word = word_at(p, end), longer;
		unsigned n;

		run = n = to - i < 8 ? to - i : 8;
		word &= UINT64_MAX >> (64 - 8 * run);
		longer = word & 0x0101010101010101;
		if (longer) {
			run = n = (unsigned)__builtin_ctzll(longer) / 8;
			word &= (UINT64_C(1) << 8 * run) - 1;
		}
		if (!run) {
			run = 1;
			n = varint_bytes(*p);
			if (n > plain_bytes[i])
				return NULL;
		}
		if (!options_zero(word, i))
			return NULL;
		p += n;
		if (p >= end && i + run < to)
			return NULL;
	}
	return p;
}

__attribute__((always_inline))
static inline const uint8_t *plain_middle(const uint8_t *p, const uint8_t *end, unsigned to)
{
	const uint8_t *dir = to == INODE_FIELD_dir && end - p >= PLAIN_SHORT_MAX ? plain_short(p) : NULL;

	return dir ? dir : plain_others(p, end, to);
}

KEY_IS_PLAIN(inode_v3)
{
	const uint8_t *p = v + 8 * V3_FIELDS_START, *end = v + bkey_val_bytes(k);
	uint64_t flags = le64_get(v + 16);
	unsigned nr = flags >> NR_FIELDS_SHIFT & 0x7f, i = nr < INODE_FIELD_dir ? nr : INODE_FIELD_dir;

	(void)c;
	if ((flags & PLAIN_FLAGS_MASK) != PLAIN_FLAGS || nr - INODE_FIELD_uid > INODE_FIELD_subvol - INODE_FIELD_uid || k->p.inode ||
	    k->p.offset < BLOCKDEV_INODE_MAX || end - p <= PLAIN_TIMES_MAX)
		return false;
	p = plain_times(p);
	p = p ? plain_middle(p, end, i) : NULL;
	if (p && nr == INODE_FIELD_subvol && end - p > 1 + 9) {		/* the directory, and the place in it */
		p += varint_bytes(p[0]);
		return p + varint_bytes(p[0]) <= end;
	}
	for (; p && p < end && i < nr; i++)
		p += varint_bytes(*p);
	return p && p <= end && i == nr;
}
KEY_PLAIN_FUNCTIONS(inode_v3)
