/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Journal entries as text, in the reference's form: one row per type with its name and how its payload is shown. */
#include <time.h>
#include "arborist/base/le.h"
#include "arborist/base/text.h"
#include "arborist/format/btree_id.h"
#include "arborist/format/enums.h"
#include "arborist/format/jset.h"

typedef unsigned long long ull;
typedef void text_fn(struct arb_buf *out, const struct key_text_ctx *c, const struct jset_entry *e);

static void keys_text(struct arb_buf *out, const struct key_text_ctx *c, const struct jset_entry *e)
{
	const char *name = jset_entry_type_name(e->type);
	size_t cursor = 0;
	struct bkey_s k;
	bool bad;

	for (bool first = true; jset_key_next(e, &cursor, &k, &bad); first = false) {
		if (!first) {
			arb_buf_putc(out, '\n');
			arb_buf_spaces(out, c->indent);
			arb_buf_printf(out, "%s: ", name);
		}
		arb_buf_puts(out, "btree=");
		btree_id_to_text(out, e->btree);
		arb_buf_printf(out, " l=%u ", e->level);
		bkey_to_text(out, c, k);
		if (out->len && out->s[out->len - 1] == '\n')	/* as the reference: a line that is begun is indented */
			arb_buf_spaces(out, c->indent);
	}
	if (bad)
		arb_buf_printf(out, "(%zu bytes that are not keys)", e->bytes - cursor);
}

static void blacklist_text(struct arb_buf *out, const struct key_text_ctx *c, const struct jset_entry *e)
{
	(void)c;
	arb_buf_printf(out, "seq=%llu", (ull)le64_get(e->payload));
}

static void blacklist_v2_text(struct arb_buf *out, const struct key_text_ctx *c, const struct jset_entry *e)
{
	(void)c;
	arb_buf_printf(out, "start=%llu end=%llu", (ull)le64_get(e->payload), (ull)le64_get(e->payload + 8));
}

static void usage_text(struct arb_buf *out, const struct key_text_ctx *c, const struct jset_entry *e)
{
	static const char *const names[] = { "reserved", "inodes", "key_version" };

	(void)c;
	if (e->btree < sizeof(names) / sizeof(names[0]))
		arb_buf_printf(out, "type=%s", names[e->btree]);
	else
		arb_buf_printf(out, "type=(unknown type %u)", e->btree);
	arb_buf_printf(out, " v=%llu", (ull)le64_get(e->payload));
}

static void data_usage_text(struct arb_buf *out, const struct key_text_ctx *c, const struct jset_entry *e)
{
	const uint8_t *r = e->payload + 8;	/* data type, devices, how many are required, which */

	(void)c;
	if (e->bytes < 8 + 3 + (size_t)r[1])
		return;
	data_type_to_text(out, r[0]);
	arb_buf_printf(out, ": %u/%u [", r[2], r[1]);
	for (unsigned i = 0; i < r[1]; i++)
		arb_buf_printf(out, i ? " %u" : "%u", r[3 + i]);
	arb_buf_printf(out, "]=%llu", (ull)le64_get(e->payload));
}

static void clock_text(struct arb_buf *out, const struct key_text_ctx *c, const struct jset_entry *e)
{
	(void)c;
	arb_buf_printf(out, "%s=%llu", e->payload[0] ? "write" : "read", (ull)le64_get(e->payload + 8));
}

static void dev_usage_text(struct arb_buf *out, const struct key_text_ctx *c, const struct jset_entry *e)
{
	(void)c;
	arb_buf_printf(out, "dev=%u", le32_get(e->payload));
	for (size_t at = 24; at + 24 <= e->bytes; at += 24) {
		const uint8_t *p = e->payload + at;

		arb_buf_putc(out, ' ');
		data_type_to_text(out, (at - 24) / 24);
		arb_buf_printf(out, ": buckets=%llu sectors=%llu fragmented=%llu",
			       (ull)le64_get(p), (ull)le64_get(p + 8), (ull)le64_get(p + 16));
	}
}

static void log_text(struct arb_buf *out, const struct key_text_ctx *c, const struct jset_entry *e)
{
	size_t n = strnlen((const char *)e->payload, e->bytes);

	if (c->flags & KEY_TEXT_RAW_NAMES)
		arb_buf_mem(out, e->payload, n);
	else
		text_gate(out, e->payload, n, TEXT_UTF8);
}

/* In local time like the reference, but in English whatever the locale. */
static void datetime_text(struct arb_buf *out, const struct key_text_ctx *c, const struct jset_entry *e)
{
	static const char days[] = "SunMonTueWedThuFriSat", months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	time_t t = (time_t)le64_get(e->payload);
	struct tm tm;

	(void)c;
	if (!localtime_r(&t, &tm)) {
		arb_buf_printf(out, "%llu", (ull)le64_get(e->payload));
		return;
	}
	arb_buf_printf(out, "%.3s %.3s %2d %02d:%02d:%02d %lld", days + 3 * tm.tm_wday, months + 3 * tm.tm_mon, tm.tm_mday,
		       tm.tm_hour, tm.tm_min, tm.tm_sec, (long long)tm.tm_year + 1900);
}

static const struct {
	const char	*name;
	size_t		least;		/* bytes of payload that must be there for .text */
	text_fn		*text;
} types[JSET_ENTRY_TYPE_NR] = {
	[JSET_btree_keys]	= { "btree_keys",	 0, keys_text },
	[JSET_btree_root]	= { "btree_root",	 0, keys_text },
	[JSET_prio_ptrs]	= { "prio_ptrs",	 0, NULL },
	[JSET_blacklist]	= { "blacklist",	 8, blacklist_text },
	[JSET_blacklist_v2]	= { "blacklist_v2",	16, blacklist_v2_text },
	[JSET_usage]		= { "usage",		 8, usage_text },
	[JSET_data_usage]	= { "data_usage",	16, data_usage_text },
	[JSET_clock]		= { "clock",		16, clock_text },
	[JSET_dev_usage]	= { "dev_usage",	24, dev_usage_text },
	[JSET_log]		= { "log",		 0, log_text },
	[JSET_overwrite]	= { "overwrite",	 0, keys_text },
	[JSET_write_buffer_keys] = { "write_buffer_keys", 0, keys_text },
	[JSET_datetime]		= { "datetime",		 8, datetime_text },
};

const char *jset_entry_type_name(unsigned type)
{
	return type < JSET_ENTRY_TYPE_NR ? types[type].name : NULL;
}

void jset_entry_to_text(struct arb_buf *out, const struct key_text_ctx *c, const struct jset_entry *e)
{
	const char *name = jset_entry_type_name(e->type);

	if (name)
		arb_buf_printf(out, "%s: ", name);
	else
		arb_buf_printf(out, "(unknown jset_entry_type %u): ", e->type);
	if (name && types[e->type].text && e->bytes >= types[e->type].least)
		types[e->type].text(out, c, e);
}
