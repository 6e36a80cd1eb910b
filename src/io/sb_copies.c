/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * All superblock copies of one device. Where they are is told by the layout at sector 7 and by the layouts inside the
 * copies themselves; the newest copy without a fault is the device's superblock.
 */
#include "devset_internal.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SB_SECTOR_SECOND 2056	/* where the second copy lies by default, for when no layout can be read */
/* Layouts may name copies with other layouts; what is kept of one device is bounded. */
enum { COPIES_MAX = 2 * SB_LAYOUT_COPIES_MAX, COPIES_BYTES_MAX = 128 << 20, COPIES_COMPARED = 8 };

static bool copy_unreadable(struct sb_copy *c, enum arb_code code, const char *why)
{
	c->readable = false;
	c->code = code;
	snprintf(c->why, sizeof(c->why), "%.*s", (int)sizeof(c->why) - 1, why);
	return false;
}

/* Reads the head of a copy, then as much as the head asks for. False: c->why says it. */
static bool copy_read(struct blk *b, struct sb_copy *c, struct arb_error *err)
{
	uint8_t head[1024], *all = NULL;
	uint64_t at = c->sector << 9;
	enum arb_code code;
	size_t bytes;

	if (at > b->bytes || b->bytes - at < sizeof(head))
		return copy_unreadable(c, ARB_E_NOT_BCACHEFS, "lies beyond the end of the device");
	code = blk_read(b, at, head, sizeof(head), err);
	if (code)
		return copy_unreadable(c, code, err->text);
	bytes = sb_bytes_needed(head, sizeof(head));
	if (!bytes)
		bytes = sizeof(head);	/* sb_parse() says what is wrong */
	if (bytes > b->bytes - at)
		return copy_unreadable(c, ARB_E_SB_INVALID, "goes beyond the end of the device");
	all = malloc(bytes);
	code = all ? blk_read(b, at, all, bytes, err) : arb_fail(err, ARB_E_NOMEM, "no memory for a superblock");
	if (!code)
		code = sb_parse(all, bytes, &c->sb, &c->defects, err);
	free(all);
	if (code)
		return copy_unreadable(c, code, err->text);
	c->readable = true;
	return true;
}

bool sb_copy_good(const struct sb_copy *c)
{
	return c->readable && c->sb.csum_ok && defects_worst(&c->defects) < DEFECT_MUST_RETRY;
}

const char *sb_copy_why(const struct sb_copy *c)
{
	for (size_t i = 0; c->readable && i < c->defects.list.nr; i++)
		if (c->defects.list.v[i].severity >= DEFECT_MUST_RETRY)
			return c->defects.list.v[i].text;
	return c->why;
}

static enum arb_code copy_add(struct device *d, uint64_t sector, struct arb_error *err)
{
	struct sb_copy *c;
	size_t bytes = 0;

	for (size_t i = 0; i < d->copies.nr; i++) {
		if (d->copies.v[i].sector == sector)
			return ARB_OK;
		bytes += d->copies.v[i].sb.bytes;
	}
	if (d->copies.nr >= COPIES_MAX || bytes > COPIES_BYTES_MAX)
		return ARB_OK;
	c = arb_array_push(&d->copies);
	if (!c)
		return arb_fail(err, ARB_E_NOMEM, "no memory for the superblocks of %s", d->blk->name);
	c->sector = sector;
	c->primary = sector == SB_SECTOR;
	copy_read(d->blk, c, &(struct arb_error){ 0 });
	return ARB_OK;
}

static enum arb_code copies_of_layout(struct device *d, const struct sb_layout *l, struct arb_error *err)
{
	enum arb_code c = ARB_OK;

	for (unsigned i = 0; !c && i < l->nr; i++)
		c = copy_add(d, l->sector[i], err);
	return c;
}

static bool newer(const struct sb *a, const struct sb *b)
{
	return a->seq != b->seq ? a->seq > b->seq : a->write_time > b->write_time;
}

/* All but the checksum and what says where the copy lies. */
static bool same_contents(const struct sb *a, const struct sb *b)
{
	enum { OFFSET = 104, BEHIND = 112, CSUM_BYTES = 16 };

	return a->bytes == b->bytes && !memcmp(a->raw + CSUM_BYTES, b->raw + CSUM_BYTES, OFFSET - CSUM_BYTES) &&
	       !memcmp(a->raw + BEHIND, b->raw + BEHIND, a->bytes - BEHIND);
}

bool sb_copy_differs(const struct device *d, const struct sb_copy *c)
{
	const struct sb *best = &d->copies.v[d->best].sb;

	return sb_copy_good(c) && c->sb.seq == best->seq && !same_contents(&c->sb, best);
}

static unsigned known_sections(const struct sb *sb)
{
	unsigned n = 0;

	for (unsigned type = 0; type < SB_FIELD_NR; type++)
		n += sb_field(sb, type, &(size_t){ 0 }) != NULL;
	return n;
}

/* Of two that are equally old: the one that more others are like, then the one that says more. */
static bool preferred(const struct device *d, const struct sb *a, const struct sb *b)
{
	unsigned like_a = 0, like_b = 0;

	if (same_contents(a, b))
		return false;
	for (size_t i = 0; i < d->copies.nr && i < COPIES_COMPARED; i++) {
		like_a += sb_copy_good(&d->copies.v[i]) && same_contents(&d->copies.v[i].sb, a);
		like_b += sb_copy_good(&d->copies.v[i]) && same_contents(&d->copies.v[i].sb, b);
	}
	return like_a != like_b ? like_a > like_b : known_sections(a) > known_sections(b);
}

static bool better(const struct device *d, const struct sb *a, const struct sb *b)
{
	return a->seq == b->seq && a->write_time == b->write_time ? preferred(d, a, b) : newer(a, b);
}

/* The newest good copy; when the primary is good, only copies of the same filesystem compete with it. */
static int best_copy(const struct device *d)
{
	const struct sb_copy *first = d->copies.v;
	int best = -1;

	for (size_t i = 0; i < d->copies.nr; i++) {
		const struct sb_copy *c = &d->copies.v[i];

		if (!sb_copy_good(c) || (sb_copy_good(first) && memcmp(c->sb.uuid, first->sb.uuid, 16)))
			continue;
		if (best < 0 || better(d, &c->sb, &d->copies.v[best].sb))
			best = i;
	}
	return best;
}

void sb_copies_free(struct device *d)
{
	for (size_t i = 0; i < d->copies.nr; i++) {
		sb_free(&d->copies.v[i].sb);
		defects_free(&d->copies.v[i].defects);
	}
	arb_array_free(&d->copies);
}

static enum arb_code no_good_copy(const struct device *d, struct arb_error *err)
{
	const struct sb_copy *first = &d->copies.v[0];
	const char *what;
	bool any = false;

	for (size_t i = 0; i < d->copies.nr; i++)
		any |= d->copies.v[i].readable || d->copies.v[i].code != ARB_E_NOT_BCACHEFS;
	if (d->blk->bytes < (SB_SECTOR << 9) + 1024)
		return arb_fail(err, ARB_E_NOT_BCACHEFS, "%s: not a bcachefs filesystem (only %" PRIu64 " bytes)",
				d->blk->name,
				d->blk->bytes);
	what = any ? NULL : foreign_what(d->blk);
	if (what)
		return arb_fail(err, ARB_E_NOT_BCACHEFS, "%s: not a bcachefs filesystem, but %s", d->blk->name, what);
	if (!any)
		return arb_fail(err, ARB_E_NOT_BCACHEFS, "%s: not a bcachefs filesystem (no superblock found)",
				d->blk->name);
	if (first->code == ARB_E_NOT_BCACHEFS)
		for (size_t i = 1; i < d->copies.nr; i++)
			if (d->copies.v[i].readable || d->copies.v[i].code != ARB_E_NOT_BCACHEFS) {
				first = &d->copies.v[i];
				break;
			}
	return arb_fail(err, first->code == ARB_E_VERSION ? ARB_E_VERSION : ARB_E_SB_INVALID,
			"%s: no superblock copy can be used (at sector %" PRIu64 ": %s)", d->blk->name, first->sector, sb_copy_why(first));
}

enum arb_code sb_copies_read(struct device *d, struct arb_error *err)
{
	uint8_t layout[512];
	struct sb_layout l = { 0 };
	enum arb_code c;

	sb_copies_free(d);
	if (d->blk->bytes >= (SB_SECTOR << 9) && !blk_read(d->blk, SB_LAYOUT_SECTOR << 9, layout, sizeof(layout), NULL))
		sb_layout_parse(layout, &l, NULL);
	c = copy_add(d, SB_SECTOR, err);
	c = c ? c : copies_of_layout(d, &l, err);
	if (!c && d->copies.nr == 1 && best_copy(d) < 0)
		c = copy_add(d, SB_SECTOR_SECOND, err);
	for (size_t i = 0; !c && i < d->copies.nr; i++)
		if (d->copies.v[i].readable) {
			l = d->copies.v[i].sb.layout;
			c = copies_of_layout(d, &l, err);
		}
	if (c)
		return c;
	d->best = best_copy(d);
	return d->best < 0 ? no_good_copy(d, err) : ARB_OK;
}
