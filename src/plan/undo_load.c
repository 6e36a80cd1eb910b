/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading an undo file. Its bytes are as little trusted as a disk's: sizes are bounded before anything is allocated. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>
#include "arborist/base/i18n.h"
#include "arborist/base/le.h"
#include "arborist/base/text.h"
#include "arborist/format/checksum.h"
#include "undo_internal.h"

/* A record being taken apart; .bad once something did not fit. */
struct cursor {
	const uint8_t	*p;
	size_t		left;
	bool		bad;
};

struct loading {
	const char	*path;
	struct undo	*u;
	struct arb_buf	hashes;
	uint64_t	total;
	bool		have_head, have_end;
	struct arb_error *err;
};

static const uint8_t *get_bytes(struct cursor *c, uint64_t n)
{
	const uint8_t *p = c->p;

	if (c->bad || n > c->left) {
		c->bad = true;
		return NULL;
	}
	c->p += n;
	c->left -= n;
	return p;
}

static uint32_t get32(struct cursor *c)
{
	const uint8_t *p = get_bytes(c, 4);

	return p ? le32_get(p) : 0;
}

static uint64_t get64(struct cursor *c)
{
	const uint8_t *p = get_bytes(c, 8);

	return p ? le64_get(p) : 0;
}

static char *get_text(struct cursor *c)
{
	uint32_t n = get32(c);
	const uint8_t *p = get_bytes(c, n);
	char *s = p && !memchr(p, 0, n) ? strndup((const char *)p, n) : NULL;

	c->bad |= !s;
	return s;
}

static uint8_t *get_copy(struct cursor *c, uint64_t n)
{
	const uint8_t *p = get_bytes(c, n);
	uint8_t *copy = p ? malloc(n ? n : 1) : NULL;

	if (copy)
		memcpy(copy, p, n);
	c->bad |= !copy;
	return copy;
}

void undo_free(struct undo *u)
{
	if (!u)
		return;
	for (size_t i = 0; i < u->writes.nr; i++) {
		free(u->writes.v[i].before);
		free(u->writes.v[i].after);
		free((char *)u->writes.v[i].what);
	}
	for (unsigned i = 0; i < SB_MEMBERS_MAX; i++)
		free(u->device[i]);
	arb_array_free(&u->writes);
	free(u);
}

/* --- records ------------------------------------------------------------------------------------------------------- */

static bool take_head(struct loading *l, struct cursor *c)
{
	struct undo *u = l->u;
	const uint8_t *uuid;
	uint32_t nr;

	u->nr_steps = get32(c);
	uuid = get_bytes(c, 16);
	u->old_sb_seq = get64(c);
	u->new_sb_seq = get64(c);
	u->first_seq = get64(c);
	nr = get32(c);
	if (!uuid || nr > SB_MEMBERS_MAX || l->have_head || u->nr_steps > UNDO_STEPS_MAX)
		return false;
	memcpy(u->uuid, uuid, 16);
	while (nr-- && !c->bad) {
		uint32_t i = get32(c);

		if (i >= SB_MEMBERS_MAX || u->device[i])
			return false;
		u->device[i] = get_text(c);
	}
	l->have_head = true;
	return !c->bad && !c->left;
}

static bool take_stretch(struct loading *l, struct cursor *c)
{
	struct commit_write *w = arb_array_push(&l->u->writes);

	if (!w || !l->have_head)
		return false;
	w->dev = get32(c);
	w->step = get32(c);
	w->offset = get64(c);
	w->n = get64(c);
	if (w->n > UNDO_RECORD_MAX || w->offset > INT64_MAX - UNDO_RECORD_MAX)
		return false;
	w->what = get_text(c);
	w->before = get_copy(c, w->n);
	w->after = get_copy(c, w->n);
	l->u->bytes += w->n;
	return !c->bad && !c->left && w->n && w->dev < SB_MEMBERS_MAX && l->u->device[w->dev] &&
	       w->step && w->step <= l->u->nr_steps;
}

static bool take_end(struct loading *l, struct cursor *c)
{
	uint64_t nr = get64(c), all = get64(c);

	l->have_end = true;
	return !c->bad && !c->left && nr == l->u->writes.nr &&
	       all == csum_compute(CSUM_xxhash, l->hashes.s, l->hashes.len).lo;
}

static enum arb_code damaged(struct loading *l, const char *why)
{
	return arb_fail(l->err, ARB_E_UNDO_BAD, "undo file %s is damaged or no undo file: %s", l->path, why);
}

static enum arb_code take_record(struct loading *l, const uint8_t *p, size_t n)
{
	struct cursor c = { p, n - 8, false };
	uint64_t hash;
	uint32_t kind;
	bool ok;

	hash = csum_compute(CSUM_xxhash, p, n - 8).lo;
	if (hash != le64_get(p + n - 8))
		return damaged(l, "wrong checksum");
	kind = get32(&c);
	ok = !l->have_end && (kind == UNDO_HEAD ? take_head(l, &c) : kind == UNDO_STRETCH ? take_stretch(l, &c) :
			      kind == UNDO_END && take_end(l, &c));
	arb_buf_mem(&l->hashes, p + n - 8, 8);
	return ok && !l->hashes.oom ? ARB_OK : damaged(l, "a record that makes no sense");
}

/* --- file ---------------------------------------------------------------------------------------------------------- */

static enum arb_code take_frame(struct loading *l, const uint8_t *p, size_t frame)
{
	unsigned long long n = ZSTD_getFrameContentSize(p, frame);
	enum arb_code ret;
	uint8_t *out;
	size_t got;

	if (n == ZSTD_CONTENTSIZE_UNKNOWN || n == ZSTD_CONTENTSIZE_ERROR || n > UNDO_RECORD_MAX || n < 12)
		return damaged(l, "a record of impossible size");
	l->total += n;
	if (l->total > UNDO_TOTAL_MAX)
		return damaged(l, "larger than any that is written");
	out = malloc(n);
	if (!out)
		return arb_fail(l->err, ARB_E_NOMEM, "no memory for an undo record of %llu bytes", n);
	got = ZSTD_decompress(out, n, p, frame);
	ret = ZSTD_isError(got) || got != n ? damaged(l, "a frame that cannot be unpacked") : take_record(l, out, n);
	free(out);
	return ret;
}

static enum arb_code take_all(struct loading *l, const uint8_t *p, size_t n)
{
	enum arb_code ret = ARB_OK;

	if (n < UNDO_MAGIC_BYTES || memcmp(p, UNDO_MAGIC, UNDO_MAGIC_BYTES))
		return damaged(l, "wrong first line");
	for (size_t at = UNDO_MAGIC_BYTES; at < n && !ret;) {
		size_t frame = ZSTD_findFrameCompressedSize(p + at, n - at);

		if (ZSTD_isError(frame))
			return damaged(l, "a frame is cut off");
		ret = take_frame(l, p + at, frame);
		at += frame;
	}
	if (!ret && !l->have_end)
		ret = damaged(l, "it has no end");
	return ret;
}

static enum arb_code read_file(struct loading *l, uint8_t **ret, size_t *ret_n)
{
	int fd = open(l->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;
	enum arb_code code = ARB_OK;
	size_t got = 0;

	if (fd < 0)
		return arb_fail_sys(l->err, ARB_E_OPEN, errno, "undo file %s", l->path);
	if (fstat(fd, &st) || !S_ISREG(st.st_mode) || (uint64_t)st.st_size > UNDO_TOTAL_MAX)
		code = damaged(l, "not a regular file of a likely size");
	*ret = code ? NULL : malloc(st.st_size + 1);
	while (*ret && got < (size_t)st.st_size) {
		ssize_t n = read(fd, *ret + got, st.st_size - got);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			code = arb_fail_sys(l->err, ARB_E_READ, n ? errno : EIO, "undo file %s", l->path);
			break;
		}
		got += n;
	}
	if (!code && !*ret)
		code = arb_fail(l->err, ARB_E_NOMEM, "no memory for undo file %s", l->path);
	close(fd);
	*ret_n = got;
	return code;
}

enum arb_code undo_load(const char *path, struct undo **ret, struct arb_error *err)
{
	struct loading l = { .path = path, .u = calloc(1, sizeof(*l.u)), .err = err };
	uint8_t *bytes = NULL;
	size_t n = 0;
	enum arb_code code = l.u ? read_file(&l, &bytes, &n) : arb_fail(err, ARB_E_NOMEM, "no memory for undo file %s", path);

	if (!code)
		code = take_all(&l, bytes, n);
	free(bytes);
	arb_buf_free(&l.hashes);
	if (code) {
		undo_free(l.u);
		return code;
	}
	*ret = l.u;
	return ARB_OK;
}

const uint8_t *undo_uuid(const struct undo *u) { return u->uuid; }

unsigned undo_devices(const struct undo *u, const char *const **ret)
{
	unsigned nr = 0;

	for (unsigned i = 0; i < SB_MEMBERS_MAX; i++)
		nr += u->device[i] != NULL;
	*ret = (const char *const *)u->device;
	return nr;
}

void undo_to_text(struct arb_buf *out, const struct undo *u)
{
	arb_buf_puts(out, _("undo record of filesystem "));
	sb_uuid_to_text(out, u->uuid);
	arb_buf_printf(out, P_(", superblock %llu to %llu, %zu stretch, %llu bytes\n", ", superblock %llu to %llu, %zu stretches, %llu bytes\n", u->writes.nr), (unsigned long long)u->old_sb_seq,
		       (unsigned long long)u->new_sb_seq, u->writes.nr, (unsigned long long)u->bytes);
	for (unsigned i = 0; i < SB_MEMBERS_MAX; i++)
		if (u->device[i]) {
			arb_buf_printf(out, _("  device %u: "), i);
			text_gate(out, u->device[i], strlen(u->device[i]), TEXT_UTF8);
			arb_buf_putc(out, '\n');
		}
}
