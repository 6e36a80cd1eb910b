/* SPDX-License-Identifier: GPL-3.0-or-later */
/* super: the superblock as text, and its copies held against each other, side by side. */
#include <config.h>
#include <stdlib.h>
#include <sys/stat.h>
#include "arborist/base/i18n.h"
#include "arborist/format/fields.h"
#include "row.h"

static const struct device *device_by_arg(const struct devset *d, const char *arg)
{
	for (unsigned i = 0; i < SB_MEMBERS_MAX; i++) {
		uint64_t n;

		if (!d->dev[i])
			continue;
		if (!strcmp(d->dev[i]->blk->name, arg) || (!arg_number(arg, SB_MEMBERS_MAX, &n, NULL) && n == i))
			return d->dev[i];
	}
	return NULL;
}

/* --- copies side by side ------------------------------------------------------------------------------------------------ */

#define ROWS_MAX 20

static const char *line_at(const char *text, unsigned n, size_t *ret_len)
{
	while (n-- && *text) {
		text += strcspn(text, "\n");
		text += *text == '\n';
	}
	*ret_len = strcspn(text, "\n");
	return text;
}

/* "  Size:      96.0 MiB" gives "Size" and "96.0 MiB". */
static void split_line(const char *s, size_t n, struct arb_buf *name, struct arb_buf *value)
{
	const char *end = s + n, *colon;

	s += strspn(s, " ");
	colon = s < end ? memchr(s, ':', (size_t)(end - s)) : NULL;
	if (colon)
		arb_buf_mem(name, s, (size_t)(colon - s));
	s = colon ? colon + 1 : s;
	s += s < end ? strspn(s, " ") : 0;
	if (s < end)
		arb_buf_mem(value, s, (size_t)(end - s));
}

static void put_line(struct row *r, const char *name, const char *left, const char *right)
{
	ARB_BUF(b);

	arb_buf_printf(&b, "      %-26s  %-22s  %s", name, left, right);
	row_text(r, arb_buf_str(&b));
}

/* One line: name, what stands in @a, what stands in @b. @of: the section or member the lines stand under. */
static void differing_row(struct row *r, const char *of, const char *a, size_t n, const char *b, size_t m)
{
	ARB_BUF(name);
	ARB_BUF(other);
	ARB_BUF(left);
	ARB_BUF(right);

	split_line(a, n, &name, &left);
	split_line(b, m, &other, &right);
	if (of && *a == ' ')
		arb_buf_printf(&name, " (%.*s)", (int)strcspn(of, "\n"), of);
	put_line(r, arb_buf_str(&name), arb_buf_str(&left), arb_buf_str(&right));
}

/* Lines in which two superblock texts differ; both come from the same printer. */
static void compare_texts(struct row *r, const char *best, const char *copy, const char *whose)
{
	const char *of = NULL;
	unsigned shown = 0;

	put_line(r, "", whose, _("this copy"));
	for (unsigned i = 0; ; i++) {
		size_t n, m;
		const char *a = line_at(best, i, &n), *b = line_at(copy, i, &m);

		if (!*a && !*b)
			break;
		if (*a && *a != ' ' && *a != '\n')
			of = a;
		if (n == m && !memcmp(a, b, n))
			continue;
		if (++shown > ROWS_MAX) {
			row_say(r, "      and more");
			break;
		}
		differing_row(r, of, a, n, b, m);
	}
}

/* What every member has for itself: its number and where its journal lies. */
static void common_text(struct arb_buf *out, const struct sb *sb)
{
	struct sb any = *sb;

	any.dev_idx = 0;
	sb_to_text(out, &any, false, ~(1u << SB_FIELD_journal | 1u << SB_FIELD_journal_v2));
}

static void copy_defects(struct row *r, const struct sb_copy *k)
{
	for (size_t i = 0; i < k->defects.list.nr; i++) {
		ARB_BUF(b);

		arb_buf_printf(&b, "      ! %s", k->defects.list.v[i].text ? k->defects.list.v[i].text : "");
		row_text(r, arb_buf_str(&b));
	}
}

/*
 * First against the newest of all devices, in what has to be the same everywhere; then against the best of the same device, in
 * everything.
 */
static void compare_fields(struct row *r, const struct devset *d, const struct device *dev, const struct sb_copy *k)
{
	ARB_BUF(newest);
	ARB_BUF(common);
	ARB_BUF(here);
	ARB_BUF(best);
	bool differs, differs_here;

	common_text(&newest, d->best);
	common_text(&common, &k->sb);
	sb_to_text(&here, &k->sb, false, ~0u);
	sb_to_text(&best, dev->best < 0 ? &k->sb : &dev->copies.v[dev->best].sb, false, ~0u);
	differs = strcmp(arb_buf_str(&newest), arb_buf_str(&common));
	differs_here = !differs && strcmp(arb_buf_str(&best), arb_buf_str(&here));
	row_u64(r, "seq", k->sb.seq);
	row_bool(r, "csum_ok", k->sb.csum_ok);
	row_bool(r, "same", !differs && !differs_here);
	row_say(r, "  device {dev} sector {sector:-10} sequence {seq}  checksum {csum_ok?ok}{csum_ok!BAD}  {same?same}{same!differs}"
		   "{primary?  (primary)}");
	copy_defects(r, k);
	if (differs)
		compare_texts(r, arb_buf_str(&newest), arb_buf_str(&common), _("newest"));
	else if (differs_here)
		compare_texts(r, arb_buf_str(&best), arb_buf_str(&here), _("best of the device"));
}

static void copy_row(struct command_ctx *c, const struct devset *d, const struct device *dev, const struct sb_copy *k)
{
	struct row r;

	row_begin(&r, c, "super_copy");
	row_u64(&r, "dev", dev->idx);
	row_str(&r, "path", dev->blk->name);
	row_u64(&r, "sector", k->sector);
	row_bool(&r, "primary", k->primary);
	row_bool(&r, "readable", k->readable);
	if (k->readable) {
		compare_fields(&r, d, dev, k);
	} else {
		row_str(&r, "why", k->why);
		row_say(&r, "  device {dev} sector {sector:-10} unreadable: {why}");
	}
	row_end(&r);
}

static void super_copies(struct command_ctx *c, const struct devset *d, const struct device *only)
{
	for (unsigned i = 0; i < SB_MEMBERS_MAX; i++) {
		const struct device *dev = d->dev[i];

		if (!dev || (only && dev != only))
			continue;
		if (!cmd_wants_events(c))
			cmd_line(c, "device %u %s", i, dev->blk->name);
		for (size_t k = 0; k < dev->copies.nr; k++)
			copy_row(c, d, dev, &dev->copies.v[k]);
	}
}

/* As the reference heads its text. */
static const char *device_kind(const struct device *dev)
{
	struct stat st;

	if (!dev->claim || stat(dev->blk->name, &st))
		return "(memory)";
	return S_ISREG(st.st_mode) ? "(reg file)" : dev->blk->name;
}

static void super_row(struct command_ctx *c, const struct device *dev, const struct sb *sb)
{
	struct row r;
	ARB_BUF(b);

	row_begin(&r, c, "super");
	row_u64(&r, "dev", dev->idx);
	row_uuid(&r, "uuid", sb->user_uuid);
	row_uuid(&r, "internal_uuid", sb->uuid);
	row_version(&r, "version", sb->version);
	row_u64(&r, "seq", sb->seq);
	row_bool(&r, "clean", sb_flag_get(sb, "CLEAN"));
	row_bool(&r, "csum_ok", sb->csum_ok);
	row_struct(&r, "fields", &fmt_sb, sb->raw, sb->bytes);
	arb_buf_printf(&b, "%-44s%s\n", "Device:", device_kind(dev));
	sb_to_text(&b, sb, true, ~0u);
	row_text(&r, arb_buf_str(&b));
	row_end(&r);
}

enum arb_code cmd_super(struct command_ctx *c, struct arb_error *err)
{
	const struct devset *d = session_view(c->session)->devs;
	const struct device *dev = NULL;
	bool compare = false;

	for (int i = 0; i < c->argc; i++)
		if (!strcmp(c->argv[i], "-c"))
			compare = true;
		else if (!(dev = device_by_arg(d, c->argv[i])))
			return arb_fail(err, ARB_E_BAD_ARGUMENT, "\"%s\" is not a device of this filesystem; devices lists them", c->argv[i]);
	if (compare) {
		super_copies(c, d, dev);
		return ARB_OK;
	}
	if (dev && dev->best < 0)
		return arb_fail(err, ARB_E_CONTENT, "device %u has no readable superblock", dev->idx);
	super_row(c, dev ? dev : d->dev[d->best_dev], dev ? &dev->copies.v[dev->best].sb : d->best);
	return ARB_OK;
}
