/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Making the undo record durable: file and folder are synced, or there is no record and nothing may be written. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zstd.h>
#include "arborist/base/le.h"
#include "arborist/format/checksum.h"
#include "undo_internal.h"

struct saving {
	struct arb_buf	record;		/* the one being built */
	struct arb_buf	hashes;
	const char	*path;
	int		fd;
	struct arb_error *err;
};

static void put32(struct arb_buf *b, uint32_t v)
{
	uint8_t p[4];

	le32_put(p, v);
	arb_buf_mem(b, p, sizeof(p));
}

static void put64(struct arb_buf *b, uint64_t v)
{
	uint8_t p[8];

	le64_put(p, v);
	arb_buf_mem(b, p, sizeof(p));
}

static void put_text(struct arb_buf *b, const char *s)
{
	put32(b, strlen(s));
	arb_buf_puts(b, s);
}

static enum arb_code write_bytes(struct saving *s, const void *p, size_t n)
{
	while (n) {
		ssize_t done = write(s->fd, p, n);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return arb_fail_sys(s->err, ARB_E_WRITE, done ? errno : ENOSPC, "undo file %s", s->path);
		p = (const uint8_t *)p + done;
		n -= done;
	}
	return ARB_OK;
}

/* Closes the record with its hash and writes it as one frame. */
static enum arb_code write_record(struct saving *s)
{
	uint64_t hash = csum_compute(CSUM_xxhash, s->record.s, s->record.len).lo;
	size_t cap, n;
	void *frame;
	enum arb_code ret;

	put64(&s->record, hash);
	put64(&s->hashes, hash);
	cap = ZSTD_compressBound(s->record.len);
	frame = s->record.oom || s->hashes.oom ? NULL : malloc(cap);
	if (!frame)
		return arb_fail(s->err, ARB_E_NOMEM, "no memory for the undo file");
	n = ZSTD_compress(frame, cap, s->record.s, s->record.len, 3);
	if (ZSTD_isError(n))
		ret = arb_fail(s->err, ARB_E_NOMEM, "undo file %s: %s", s->path, ZSTD_getErrorName(n));
	else
		ret = write_bytes(s, frame, n);
	free(frame);
	arb_buf_reset(&s->record);
	return ret;
}

static enum arb_code write_head(struct saving *s, const struct commit *c)
{
	struct arb_buf *b = &s->record;
	uint32_t nr = 0;

	for (unsigned i = 0; i < SB_MEMBERS_MAX; i++)
		nr += c->device[i] != NULL;
	put32(b, UNDO_HEAD);
	put32(b, c->nr_steps);
	arb_buf_mem(b, c->uuid, sizeof(c->uuid));
	put64(b, c->old_sb_seq);
	put64(b, c->new_sb_seq);
	put64(b, c->first_seq);
	put32(b, nr);
	for (unsigned i = 0; i < SB_MEMBERS_MAX; i++)
		if (c->device[i]) {
			put32(b, i);
			put_text(b, c->device[i]);
		}
	return write_record(s);
}

static enum arb_code write_stretch(struct saving *s, const struct commit_write *w)
{
	struct arb_buf *b = &s->record;

	put32(b, UNDO_STRETCH);
	put32(b, w->dev);
	put32(b, w->step);
	put64(b, w->offset);
	put64(b, w->n);
	put_text(b, w->what);
	arb_buf_mem(b, w->before, w->n);
	arb_buf_mem(b, w->after, w->n);
	return write_record(s);
}

static enum arb_code write_end(struct saving *s, const struct commit *c)
{
	uint64_t all = csum_compute(CSUM_xxhash, s->hashes.s, s->hashes.len).lo;

	put32(&s->record, UNDO_END);
	put64(&s->record, c->writes.nr);
	put64(&s->record, all);
	return write_record(s);
}

/* The folder's entry of the file has to be durable as well. */
static enum arb_code sync_folder(struct saving *s)
{
	const char *slash = strrchr(s->path, '/');
	char *folder = slash ? strndup(s->path, slash == s->path ? 1 : (size_t)(slash - s->path)) : strdup(".");
	int fd = folder ? open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	enum arb_code ret = ARB_OK;

	if (fd < 0 || fsync(fd))
		ret = arb_fail_sys(s->err, ARB_E_SYNC, errno, "folder of undo file %s", s->path);
	if (fd >= 0)
		close(fd);
	free(folder);
	return ret;
}

static enum arb_code save(struct saving *s, const struct commit *c)
{
	enum arb_code ret = write_bytes(s, UNDO_MAGIC, UNDO_MAGIC_BYTES);

	ret = ret ? ret : write_head(s, c);
	for (size_t i = 0; i < c->writes.nr && !ret; i++)
		ret = write_stretch(s, &c->writes.v[i]);
	ret = ret ? ret : write_end(s, c);
	if (!ret && fsync(s->fd))
		ret = arb_fail_sys(s->err, ARB_E_SYNC, errno, "undo file %s", s->path);
	return ret ? ret : sync_folder(s);
}

enum arb_code undo_save(const struct commit *c, const char *path, struct arb_error *err)
{
	struct saving s = { .path = path, .err = err };
	enum arb_code ret;

	if (2 * c->bytes > UNDO_TOTAL_MAX / 2)
		return arb_fail(err, ARB_E_NO_ROOM, "the commit would replace %llu bytes: too much for one undo file",
				(unsigned long long)c->bytes);
	s.fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (s.fd < 0)
		return arb_fail_sys(err, ARB_E_OPEN, errno, "undo file %s cannot be created", path);
	ret = save(&s, c);
	if (close(s.fd) && !ret)
		ret = arb_fail_sys(err, ARB_E_WRITE, errno, "undo file %s", path);
	if (ret)
		unlink(path);
	arb_buf_free(&s.record);
	arb_buf_free(&s.hashes);
	return ret;
}
