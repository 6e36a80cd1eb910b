/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Opening the devices of one filesystem: who belongs to it, whose superblock counts, who is missing, and whether what
 * was opened may be written at all.
 */
#include "devset_internal.h"
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "arborist/base/i18n.h"
#include "arborist/base/text.h"

/* The only version of which real filesystems stand in the tests: older and newer ones are read. */
#define VERSION_WRITTEN		(1 << 10 | 13)
#define VERSION_MEMBER_SEQ	(1 << 10 | 4)

static void read_only(struct devset *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void read_only(struct devset *s, const char *fmt, ...)
{
	va_list ap;

	if (s->read_only)
		return;		/* the first reason is the one that is told */
	s->read_only = true;
	va_start(ap, fmt);
	vsnprintf(s->why_read_only, sizeof(s->why_read_only), tr(fmt), ap);
	va_end(ap);
	arb_one_line(s->why_read_only, sizeof(s->why_read_only));
}

static const struct sb *device_sb(const struct device *d)
{
	return &d->copies.v[d->best].sb;
}

static bool newer(const struct sb *a, const struct sb *b)
{
	return a->seq != b->seq ? a->seq > b->seq : a->write_time > b->write_time;
}

static void device_free(struct device *d)
{
	if (!d)
		return;
	sb_copies_free(d);
	claim_release(d->claim);
	blk_close(d->blk);
	free(d);
}

void devset_free(struct devset *s)
{
	if (!s)
		return;
	for (unsigned i = 0; i < SB_MEMBERS_MAX; i++)
		device_free(s->dev[i]);
	for (unsigned i = 0; i < s->nr_left_out; i++)
		device_free(s->left_out[i]);
	free(s);
}

/* A device of the list that was opened, before anybody knows where it belongs. Takes @b, also on failure. */
static enum arb_code device_new(struct blk *b, struct device **ret, struct arb_error *err)
{
	struct device *d = calloc(1, sizeof(*d));
	enum arb_code c;

	*ret = NULL;
	if (!d) {
		blk_close(b);
		return arb_fail(err, ARB_E_NOMEM, "no memory for a device");
	}
	d->blk = b;
	d->bytes_at_open = b->bytes;
	c = sb_copies_read(d, err);
	if (c) {
		device_free(d);
		return c;
	}
	d->idx = device_sb(d)->dev_idx;
	*ret = d;
	return ARB_OK;
}

/* ---- whose superblock counts, and who belongs to it */

static const struct device *find_best(struct device *const *list, unsigned nr)
{
	const struct device *best = list[0];

	for (unsigned i = 1; i < nr; i++)
		if (newer(device_sb(list[i]), device_sb(best)))
			best = list[i];
	return best;
}

static enum arb_code check_same_fs(const struct device *d, const struct device *first, struct arb_error *err)
{
	ARB_BUF(here);
	ARB_BUF(there);

	if (memcmp(device_sb(d)->uuid, device_sb(first)->uuid, 16)) {
		sb_uuid_to_text(&here, device_sb(d)->user_uuid);
		sb_uuid_to_text(&there, device_sb(first)->user_uuid);
		return arb_fail(err, ARB_E_MEMBER_WRONG,
				"%s (filesystem %s) does not belong to the filesystem of %s (%s)", d->blk->name,
				arb_buf_str(&here), first->blk->name, arb_buf_str(&there));
	}
	if (device_sb(d)->block_sectors != device_sb(first)->block_sectors)
		return arb_fail(err, ARB_E_MEMBER_WRONG, "%s and %s have different block sizes", d->blk->name,
				first->blk->name);
	return ARB_OK;
}

/* Empty when the device is a good member of the set, else why it must be left out. */
static void why_left_out(const struct device *d, const struct device *best_dev, char *why, size_t n)
{
	const struct sb *best = device_sb(best_dev), *sb = device_sb(d);
	struct sb_member m;

	why[0] = 0;
	if (!sb_member_get(best, d->idx, &m) || !m.alive) {
		snprintf(why, n, "member %u was removed from the filesystem", d->idx);
		return;
	}
	if (d == best_dev || best->version < VERSION_MEMBER_SEQ || sb->version < VERSION_MEMBER_SEQ)
		return;
	if (sb->seq == best->seq && sb->write_time != best->write_time)
		snprintf(why, n, "split brain: its superblock %" PRIu64 " was written at another time than that of %s",
			 sb->seq,
			 best_dev->blk->name);
	else if (m.seq && m.seq < sb->seq)
		snprintf(why, n,
			 "split brain: its superblock %" PRIu64 " is newer than the %" PRIu64 " which %s knows of", sb->seq, m.seq,
			 best_dev->blk->name);
}

static enum arb_code check_size(const struct device *d, const struct sb *best, struct arb_error *err)
{
	struct sb_member m;
	uint64_t want;

	if (!sb_member_get(best, d->idx, &m))
		return ARB_OK;
	want = m.nbuckets * m.bucket_size << 9;
	if (d->blk->bytes >= want)
		return ARB_OK;
	return arb_fail(err, ARB_E_SB_INVALID, "%s is truncated: it has %" PRIu64 " bytes, its superblock says %" PRIu64,
			d->blk->name,
			d->blk->bytes, want);
}

/* Moves list[i] to its slot, or among those left out; NULLs the list. */
static enum arb_code place(struct devset *s, struct device **list, unsigned i, const struct device *best,
			   struct arb_error *err)
{
	struct device *d = list[i];
	enum arb_code c = ARB_OK;

	why_left_out(d, best, d->why_left_out, sizeof(d->why_left_out));
	if (d->why_left_out[0]) {
		d->left_out = true;
		s->left_out[s->nr_left_out++] = d;
		list[i] = NULL;
		return ARB_OK;
	}
	if (s->dev[d->idx])
		return arb_fail(err, ARB_E_MEMBER_WRONG, "%s and %s are both member %u of the filesystem",
				s->dev[d->idx]->blk->name,
				d->blk->name, d->idx);
	c = check_size(d, device_sb(best), err);
	if (c)
		return c;
	s->dev[d->idx] = d;
	s->nr_open++;
	list[i] = NULL;
	return ARB_OK;
}

/* ---- who is missing */

static enum arb_code check_missing(struct devset *s, const struct devset_options *o, struct arb_error *err)
{
	ARB_BUF(names);
	struct sb_member m;

	for (unsigned i = 0; i < s->best->nr_devices; i++) {
		if (s->dev[i] || !sb_member_get(s->best, i, &m) || !m.alive || sb_member_flag(&m, "STATE") > 1)
			continue;
		arb_buf_printf(&names, "%s%u (", s->nr_missing ? ", " : "", i);
		text_human_bytes(&names, m.nbuckets * m.bucket_size << 9);
		arb_buf_putc(&names, ')');
		s->nr_missing++;
	}
	for (unsigned i = 0; i < s->nr_left_out; i++)
		arb_buf_printf(&names, "; %s is left out: %s", s->left_out[i]->blk->name, s->left_out[i]->why_left_out);
	if (!s->nr_missing)
		return ARB_OK;
	if (!o->degraded)
		return arb_fail(err, ARB_E_MEMBER_MISSING,
				P_("missing member %s (give all devices, or --degraded to read without)",
				   "missing members %s (give all devices, or --degraded to read without)", s->nr_missing), arb_buf_str(&names));
	read_only(s, P_("degraded: missing member %s", "degraded: missing members %s", s->nr_missing), arb_buf_str(&names));
	return ARB_OK;
}

/* ---- may it be written */

static void check_writable(struct devset *s)
{
	unsigned v = s->best->version;

	if (v != VERSION_WRITTEN)
		read_only(s, "metadata version %u.%u is %s than the 1.13 that is written", v >> 10, v & 1023,
			  v > VERSION_WRITTEN ? _("newer") : _("older"));
	if (sb_flag_get(s->best, "ENCRYPTION_TYPE"))
		read_only(s, "encrypted and locked");
	for (unsigned i = 0; i < SB_MEMBERS_MAX; i++) {
		const struct device *d = s->dev[i];

		if (d && !d->blk->ops->write)
			read_only(s, "%s can only be read", d->blk->name);
		if (d && d->claim && claim_state(d->claim) != CLAIM_HELD)
			read_only(s, "%s is %s", d->blk->name, claim_text(d->claim));
	}
}

/* Sorts the devices of the list into the set. What it takes from the list is NULL there afterwards. */
static enum arb_code assemble(struct devset *s, struct device **list, unsigned nr, const struct devset_options *o,
			      struct arb_error *err)
{
	const struct device *best = find_best(list, nr);
	const struct device *first = list[0];
	enum arb_code c = ARB_OK;

	for (unsigned i = 1; !c && i < nr; i++)
		c = check_same_fs(list[i], first, err);
	for (unsigned i = 0; !c && i < nr; i++)
		c = place(s, list, i, best, err);
	if (c)
		return c;
	if (best->left_out)
		return arb_fail(err, ARB_E_MEMBER_WRONG, "%s: %s", best->blk->name, best->why_left_out);
	s->best = device_sb(best);
	s->best_dev = best->idx;
	c = check_missing(s, o, err);
	if (!c)
		check_writable(s);
	return c;
}

static enum arb_code devset_build(struct device **list, unsigned nr, const struct devset_options *o, struct devset **ret,
				  struct arb_error *err)
{
	static const struct devset_options defaults;
	struct devset *s = calloc(1, sizeof(*s));
	enum arb_code c = s ? assemble(s, list, nr, o ? o : &defaults, err) : arb_fail(err, ARB_E_NOMEM, "no memory to open");

	for (unsigned i = 0; i < nr; i++)
		device_free(list[i]);
	if (c) {
		devset_free(s);
		return c;
	}
	*ret = s;
	return ARB_OK;
}

static enum arb_code check_nr(unsigned nr, struct arb_error *err)
{
	if (!nr || nr > SB_MEMBERS_MAX)
		return arb_fail(err, ARB_E_USAGE, "%u devices given, 1 to %u can be opened", nr, SB_MEMBERS_MAX);
	return ARB_OK;
}

enum arb_code devset_open_blk(struct blk **blks, unsigned nr, const struct devset_options *o, struct devset **ret,
			      struct arb_error *err)
{
	struct device *list[SB_MEMBERS_MAX] = { NULL };
	unsigned opened = 0;
	enum arb_code c = check_nr(nr, err);

	*ret = NULL;
	for (; !c && opened < nr; opened++)
		c = device_new(blks[opened], &list[opened], err);
	if (!c)
		return devset_build(list, nr, o, ret, err);
	for (unsigned i = 0; i < opened; i++)
		device_free(list[i]);
	for (unsigned i = opened; i < nr; i++)
		blk_close(blks[i]);
	return c;
}

static void note_file_time(struct device *d)
{
	struct stat st;

	if (d->claim && !stat(d->blk->name, &st) && S_ISREG(st.st_mode)) {
		d->mtime_ns = (uint64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec;
		d->file_bytes = st.st_size;
	}
}

static enum arb_code open_path(const char *path, struct device **ret, struct arb_error *err)
{
	struct claim *claim = NULL;
	struct blk *b;
	enum arb_code c = blk_file_open(path, &b, err);

	if (c)
		return c;
	if (blk_is_qcow2(b)) {
		c = blk_qcow2_new(b, &b, err);
		if (c)
			return c;
	}
	c = claim_take(path, &claim, err);	/* before the first read: nobody changes it in between */
	if (c) {
		blk_close(b);
		return c;
	}
	c = device_new(b, ret, err);
	if (c) {
		claim_release(claim);
		return c;
	}
	(*ret)->claim = claim;
	note_file_time(*ret);
	return ARB_OK;
}

enum arb_code devset_open(const char *const *paths, unsigned nr, const struct devset_options *o, struct devset **ret,
			  struct arb_error *err)
{
	struct device *list[SB_MEMBERS_MAX] = { NULL };
	enum arb_code c = check_nr(nr, err);

	*ret = NULL;
	for (unsigned i = 0; !c && i < nr; i++)
		c = open_path(paths[i], &list[i], err);
	if (!c)
		return devset_build(list, nr, o, ret, err);
	for (unsigned i = 0; i < nr && i < SB_MEMBERS_MAX; i++)
		device_free(list[i]);
	return c;
}

void devset_geometry(const struct devset *s, struct fs_geometry *geo)
{
	sb_geometry(s->best, geo);
	for (unsigned i = 0; i < SB_MEMBERS_MAX; i++)
		geo->member[i].online = s->dev[i] != NULL;
}

enum arb_code devset_reread(struct devset *s, struct arb_error *err)
{
	const struct device *best = NULL;

	for (unsigned i = 0; i < SB_MEMBERS_MAX; i++) {
		enum arb_code c;

		if (!s->dev[i])
			continue;
		note_file_time(s->dev[i]);
		c = sb_copies_read(s->dev[i], err);
		if (c)
			return c;
		if (!best || newer(device_sb(s->dev[i]), device_sb(best)))
			best = s->dev[i];
	}
	if (best) {
		s->best = device_sb(best);
		s->best_dev = best->idx;
	}
	return ARB_OK;
}

static bool file_is_as_read(const struct device *d)
{
	struct stat st;

	return !d->mtime_ns || (!stat(d->blk->name, &st) && (uint64_t)st.st_size == d->file_bytes &&
				(uint64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec == d->mtime_ns);
}

/* Every mount writes all copies anew. */
static bool superblock_is_as_read(const struct device *d)
{
	for (size_t i = 0; i < d->copies.nr; i++) {
		const struct sb_copy *c = &d->copies.v[i];
		uint8_t *now = c->readable ? malloc(c->sb.bytes) : NULL;
		bool same = now && !blk_read(d->blk, c->sector * 512, now, c->sb.bytes, NULL) && !memcmp(now, c->sb.raw, c->sb.bytes);

		free(now);
		if (c->readable && !same)
			return false;
	}
	return true;
}

enum arb_code devset_check_unchanged(const struct devset *s, struct arb_error *err)
{
	for (unsigned i = 0; i < SB_MEMBERS_MAX; i++) {
		const struct device *d = s->dev[i];

		if (!d)
			continue;
		blk_drop_cache(d->blk, NULL);
		if (!file_is_as_read(d) || !superblock_is_as_read(d))
			return arb_fail(err, ARB_E_CHANGED, "%s has been written to by somebody else since it was read: open it again", d->blk->name);
	}
	return ARB_OK;
}
