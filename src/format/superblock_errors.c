/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sections about what went wrong and what the next mount shall do: errors, ext, downgrade; and the small quota and crypt. */
#include "superblock_internal.h"
#include <inttypes.h>
#include <string.h>
#include "arborist/base/le.h"
#include "arborist/format/btree_id.h"
#include "arborist/format/fsck_err.h"

/* Columns of lists whose first column is 44 wide. */
enum { LIST_COLUMN_1 = 44, LIST_COLUMN_2 = 60 };

static void error_to_text(struct arb_buf *out, unsigned id)
{
	if (fsck_err_name(id))
		arb_buf_puts(out, fsck_err_name(id));
	else
		arb_buf_printf(out, "(unknown error %u)", id);
}

/* ---- errors: entries of ID, count, time */

static unsigned error_id(const uint8_t *e) { return le16_get(e); }
static uint64_t error_nr(const uint8_t *e) { return le64_get(e) >> 16; }

void sb_check_errors(const struct sb *sb, const struct sb_section *s, struct defects *d)
{
	(void)sb;
	for (size_t i = 0; i < (s->bytes - 8) / 16; i++) {
		const uint8_t *e = s->p + 8 + 16 * i;

		if (!error_nr(e))
			sb_refuse(d, "arborist_sb_errors", "errors: entry %zu counts 0", i);
		else if (i && error_id(e - 16) >= error_id(e))
			sb_refuse(d, "arborist_sb_errors", "errors: entries %zu and %zu are out of order", i - 1, i);
	}
}

void sb_text_errors(struct arb_buf *out, const struct sb *sb, const struct sb_section *s)
{
	(void)sb;
	for (size_t i = 0; i < (s->bytes - 8) / 16; i++) {
		const uint8_t *e = s->p + 8 + 16 * i;

		error_to_text(out, error_id(e));
		arb_buf_pad(out, LIST_COLUMN_1);
		arb_buf_printf(out, "%" PRIu64, error_nr(e));
		arb_buf_pad(out, LIST_COLUMN_2);
		sb_time_to_text(out, le64_get(e + 8));
		arb_buf_putc(out, '\n');
	}
}

enum arb_code sb_error_count(struct sb *sb, unsigned err, uint64_t count, uint64_t time)
{
	size_t bytes, at = 8;
	uint8_t *p;

	if (!count)
		return ARB_OK;
	if (!sb_field(sb, SB_FIELD_errors, &bytes))
		bytes = 8;
	p = sb_field_resize(sb, SB_FIELD_errors, bytes);
	while (p && at + 16 <= bytes && error_id(p + at) < err)
		at += 16;
	if (p && !(at + 16 <= bytes && error_id(p + at) == err)) {
		p = sb_field_resize(sb, SB_FIELD_errors, bytes + 16);
		if (p) {
			memmove(p + at + 16, p + at, bytes - at);
			le64_put(p + at, err);
		}
	}
	if (!p)
		return ARB_E_NO_ROOM;
	le64_put(p + at, err | (error_nr(p + at) + count) << 16);
	le64_put(p + at + 8, time);
	return ARB_OK;
}

/* ---- ext */

static uint8_t *ext_get(struct sb *sb)
{
	size_t bytes;

	return sb_field(sb, SB_FIELD_ext, &bytes) && bytes > fmt_sb_ext.bytes ?
		sb_field_resize(sb, SB_FIELD_ext, bytes) : sb_field_resize(sb, SB_FIELD_ext, fmt_sb_ext.bytes);
}

/* Sets bit @bit of the bitmap that starts at byte @at and has @words words. */
static enum arb_code ext_set(struct sb *sb, unsigned at, unsigned words, unsigned bit)
{
	uint8_t *p = bit < 64 * words ? ext_get(sb) : NULL;

	if (!p)
		return ARB_E_NO_ROOM;
	p += at + 8 * (bit / 64);
	le64_put(p, le64_get(p) | UINT64_C(1) << bit % 64);
	return ARB_OK;
}

enum arb_code sb_require_pass(struct sb *sb, unsigned stable_pass_id) { return ext_set(sb, 8, 2, stable_pass_id); }
enum arb_code sb_silence_error(struct sb *sb, unsigned err) { return ext_set(sb, 24, 8, err); }
enum arb_code sb_btree_lost_data(struct sb *sb, unsigned btree) { return ext_set(sb, 88, 1, btree); }

uint64_t sb_required_passes(const struct sb *sb)
{
	size_t bytes;
	const uint8_t *p = sb_field(sb, SB_FIELD_ext, &bytes);

	return p && bytes >= 16 ? le64_get(p + 8) : 0;
}

uint64_t sb_btrees_lost(const struct sb *sb)
{
	size_t bytes;
	const uint8_t *p = sb_field(sb, SB_FIELD_ext, &bytes);

	return p && bytes >= 96 ? le64_get(p + 88) : 0;
}

static const char *btree_name(unsigned id) { return btree_info(id)->name; }

void sb_text_ext(struct arb_buf *out, const struct sb *sb, const struct sb_section *s)
{
	const char *sep = "";

	(void)sb;
	arb_buf_puts(out, "Recovery passes required:");
	sb_value_column(out);
	recovery_passes_to_text(out, le64_get(s->p + 8), ",");
	arb_buf_puts(out, "\nErrors to silently fix:");
	sb_value_column(out);
	for (unsigned i = 0; i < FSCK_ERR_NR; i++)
		if (le64_get(s->p + 24 + 8 * (i / 64)) >> i % 64 & 1) {
			arb_buf_puts(out, sep);
			error_to_text(out, i);
			sep = ",";
		}
	arb_buf_puts(out, "\nBtrees with missing data:");
	sb_value_column(out);
	sb_bits_to_text(out, s->bytes >= 96 ? le64_get(s->p + 88) : 0, BTREE_ID_NR, btree_name);
	arb_buf_putc(out, '\n');
}

/* ---- downgrade */

/* Length of the entry at @at; 0 where only padding is left. */
static size_t downgrade_bytes(const struct sb_section *s, size_t at)
{
	size_t head = fmt_sb_downgrade.bytes;

	if (s->bytes - at < head || !le16_get(s->p + at))
		return 0;
	return head + 2 * (size_t)le16_get(s->p + at + 18);
}

void sb_check_downgrade(const struct sb *sb, const struct sb_section *s, struct defects *d)
{
	size_t at = 8, n;

	for (; (n = downgrade_bytes(s, at)); at += n) {
		unsigned version = le16_get(s->p + at);

		if (n > s->bytes - at) {
			sb_refuse(d, "arborist_sb_downgrade", "downgrade: entry at byte %zu goes past the end", at);
			return;
		}
		if (SB_VERSION_MAJOR(version) != SB_VERSION_MAJOR(sb->version))
			sb_refuse(d, "arborist_sb_downgrade",
				  "downgrade: entry for version %u.%u of another major version", version >> 10,
				  version & 1023);
	}
}

void sb_text_downgrade(struct arb_buf *out, const struct sb *sb, const struct sb_section *s)
{
	size_t n;

	(void)sb;
	for (size_t at = 8; (n = downgrade_bytes(s, at)) && n <= s->bytes - at; at += n) {
		const uint8_t *e = s->p + at;

		arb_buf_puts(out, "version:\t");
		sb_version_to_text(out, le16_get(e));
		arb_buf_puts(out, "\nrecovery passes:\t");
		recovery_passes_to_text(out, le64_get(e + 2), ",");
		arb_buf_puts(out, "\nerrors:\t");
		for (unsigned i = 0; i < le16_get(e + 18); i++) {
			arb_buf_puts(out, i ? "," : "");
			error_to_text(out, le16_get(e + 20 + 2 * i));
		}
		arb_buf_putc(out, '\n');
	}
}

/* ---- quota, crypt */

void sb_text_quota(struct arb_buf *out, const struct sb *sb, const struct sb_section *s)
{
	static const char *const types[] = { "usr", "grp", "prj" };

	(void)sb;
	for (unsigned i = 0; i < 3; i++) {
		const uint8_t *q = s->p + 8 + fmt_sb_quota.bytes * i;

		arb_buf_printf(out, "%s: flags %" PRIx64 " space timelimit %" PRIu32 " warnlimit %" PRIu32
			       " inodes timelimit %" PRIu32 " warnlimit %" PRIu32 "\n", types[i], le64_get(q), le32_get(q + 8),
			       le32_get(q + 12), le32_get(q + 16), le32_get(q + 20));
	}
}

void sb_text_crypt(struct arb_buf *out, const struct sb *sb, const struct sb_section *s)
{
	static const struct { const char *label, *field; } rows[] = {
		{ "KFD:               ", "KDF_TYPE" }, { "scrypt n:          ", "SCRYPT_N" },
		{ "scrypt r:          ", "SCRYPT_R" }, { "scrypt p:          ", "SCRYPT_P" },
	};

	(void)sb;
	for (unsigned i = 0; i < 4; i++)
		arb_buf_printf(out, "%s%" PRIu64 "\n", rows[i].label, fmt_get(fmt_field(&fmt_sb_crypt, rows[i].field),
									      s->p));
}
