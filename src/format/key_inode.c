/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inodes: what makes one invalid, and their text; both work on what inode_get() gives. */
#include <inttypes.h>
#include "arborist/base/le.h"
#include "arborist/format/enums.h"
#include "arborist/format/inode.h"
#include "key_inode.h"
#include "key_row.h"

static unsigned check_pos(const struct bkey_s *k, struct arb_buf *why)
{
	if (k->k.p.inode)
		return key_bad(why, KEY_ERR_inode_pos_inode_nonzero, "the position does not begin with 0");
	if (k->k.p.offset < BLOCKDEV_INODE_MAX)
		return key_bad(why, KEY_ERR_inode_pos_blockdev_range, "inode number %" PRIu64 " is below %u",
			       k->k.p.offset, BLOCKDEV_INODE_MAX);
	return 0;
}

static unsigned check_content(const struct inode *in, struct arb_buf *why)
{
	uint64_t compression = in->field[INODE_FIELD_compression];

	if (in->field[INODE_FIELD_data_checksum] > CSUM_OPT_NR)
		return key_bad(why, KEY_ERR_inode_checksum_type_invalid, "data checksum option %" PRIu64,
			       in->field[INODE_FIELD_data_checksum]);
	if (compression && !compression_opt_valid(compression - 1))
		return key_bad(why, KEY_ERR_inode_compression_type_invalid, "compression option %" PRIu64, compression);
	if (in->flags & INODE_unlinked && in->field[INODE_FIELD_nlink])
		return key_bad(why, KEY_ERR_inode_unlinked_but_nlink_nonzero, "marked unlinked, link count is not 0");
	if (in->field[INODE_FIELD_subvol] && !inode_is_dir(in))
		return key_bad(why, KEY_ERR_inode_subvol_root_but_not_dir, "root of a subvolume, but not a directory (mode %o)",
			       in->mode);
	return 0;
}

static unsigned check_inode(const struct bkey_s *k, uint64_t flags, struct arb_buf *why)
{
	struct inode in;
	unsigned err;

	if ((flags >> STR_HASH_SHIFT & 15) >= STR_HASH_NR)
		return key_bad(why, KEY_ERR_inode_str_hash_invalid, "string hash type %u", (unsigned)(flags >> STR_HASH_SHIFT & 15));
	if ((err = check_pos(k, why)))
		return err;
	if (!inode_get(*k, &in))
		return key_bad(why, KEY_ERR_inode_unpack_error, "the fields cannot be decoded");
	return check_content(&in, why);
}

unsigned inode_invalid(const struct key_check_ctx *c, const struct bkey_s *k, struct arb_buf *why)
{
	(void)c;
	return check_inode(k, le32_get(k->v + 8), why);
}

unsigned inode_v2_invalid(const struct key_check_ctx *c, const struct bkey_s *k, struct arb_buf *why)
{
	(void)c;
	return check_inode(k, le64_get(k->v + 16), why);
}

unsigned inode_v3_invalid(const struct key_check_ctx *c, const struct bkey_s *k, struct arb_buf *why)
{
	uint64_t flags = le64_get(k->v + 16);
	unsigned start = flags >> V3_FIELDS_START_SHIFT & 0x1f;

	(void)c;
	if (start < V3_FIELDS_START || start > bkey_val_u64s(&k->k))
		return key_bad(why, KEY_ERR_inode_v3_fields_start_bad, "fields start at word %u of %u", start, bkey_val_u64s(&k->k));
	return check_inode(k, flags, why);
}

static void flags_to_text(struct arb_buf *out, uint64_t flags)
{
	static const char *const names[] = {
		"sync", "immutable", "append", "nodump", "noatime", "i_size_dirty", "i_sectors_dirty", "unlinked",
		"backptr_untrusted", "has_child_snapshot",
	};
	bool first = true;

	arb_buf_puts(out, "flags=");
	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (flags >> i & 1) {
			arb_buf_printf(out, "%s%s", first ? "" : ",", names[i]);
			first = false;
		}
	arb_buf_printf(out, "(%x)", (unsigned)flags);
}

static void line(struct arb_buf *out, const struct key_text_ctx *c, const char *name, uint64_t v)
{
	key_text_line(out, c);
	arb_buf_printf(out, "%s=%" PRIu64, name, v);
}

void inode_to_text(struct arb_buf *out, const struct key_text_ctx *c, const struct bkey_s *k)
{
	struct inode in;

	if (!inode_get(*k, &in)) {
		arb_buf_puts(out, "(unpack error)");
		return;
	}
	key_text_line(out, c);
	arb_buf_printf(out, "mode=%o", in.mode);
	key_text_line(out, c);
	flags_to_text(out, in.flags);
	line(out, c, "journal_seq", in.journal_seq);
	line(out, c, "bi_size", in.size);
	line(out, c, "bi_sectors", in.sectors);
	line(out, c, "bi_version", in.version);
	for (unsigned i = 0; i < INODE_FIELD_NR; i++)
		line(out, c, inode_field_name(i), in.field[i]);
}

unsigned inode_generation_invalid(const struct key_check_ctx *c, const struct bkey_s *k, struct arb_buf *why)
{
	(void)c;
	if (k->k.p.inode)
		return key_bad(why, KEY_ERR_inode_pos_inode_nonzero, "the position does not begin with 0");
	return 0;
}

void inode_generation_to_text(struct arb_buf *out, const struct key_text_ctx *c, const struct bkey_s *k)
{
	(void)c;
	arb_buf_printf(out, "generation: %u", le32_get(k->v));
}
