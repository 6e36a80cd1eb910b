/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The small types that belong to no family: cookies, quotas, operations under way. */
#include <inttypes.h>
#include "arborist/base/le.h"
#include "key_row.h"

#define QUOTA_TYPES 3	/* user, group, project */

void cookie_to_text(struct arb_buf *out, const struct key_text_ctx *c, const struct bkey_s *k)
{
	(void)c;
	arb_buf_printf(out, "%" PRIu64, le64_get(k->v));
}

unsigned quota_invalid(const struct key_check_ctx *c, const struct bkey_s *k, struct arb_buf *why)
{
	(void)c;
	if (k->k.p.inode >= QUOTA_TYPES)
		return key_bad(why, KEY_ERR_quota_type_invalid, "quota of type %" PRIu64, k->k.p.inode);
	return 0;
}

void quota_to_text(struct arb_buf *out, const struct key_text_ctx *c, const struct bkey_s *k)
{
	static const char *const counters[] = { "space", "inodes" };

	(void)c;
	for (unsigned i = 0; i < 2; i++)	/* nothing stands between the two */
		arb_buf_printf(out, "%s hardlimit %" PRIu64 " softlimit %" PRIu64, counters[i],
			       le64_get(k->v + 16 * i), le64_get(k->v + 16 * i + 8));
}

void logged_op_truncate_to_text(struct arb_buf *out, const struct key_text_ctx *c, const struct bkey_s *k)
{
	(void)c;
	arb_buf_printf(out, "subvol=%u inum=%" PRIu64 " new_i_size=%" PRIu64, le32_get(k->v), le64_get(k->v + 8),
		       le64_get(k->v + 16));
}

void logged_op_finsert_to_text(struct arb_buf *out, const struct key_text_ctx *c, const struct bkey_s *k)
{
	uint64_t src = bkey_val_bytes(&k->k) >= 32 ? le64_get(k->v + 24) : 0;

	(void)c;
	arb_buf_printf(out, "subvol=%u inum=%" PRIu64 " dst_offset=%" PRId64 " src_offset=%" PRIu64, le32_get(k->v + 4),
		       le64_get(k->v + 8), (int64_t)le64_get(k->v + 16), src);
}
