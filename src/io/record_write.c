/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writing files of records. */
#include "arborist/io/record.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zstd.h>
#include "arborist/base/le.h"
#include "arborist/format/checksum.h"

struct record_writer {
	int		fd;
	char		*path;
	struct arb_buf	record, hashes;
	uint64_t	nr;
};

static enum arb_code write_bytes(struct record_writer *w, const void *p, size_t n, struct arb_error *err)
{
	while (n) {
		ssize_t done = write(w->fd, p, n);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return arb_fail_sys(err, ARB_E_WRITE, done ? errno : ENOSPC, "%s", w->path);
		p = (const uint8_t *)p + done;
		n -= done;
	}
	return ARB_OK;
}

enum arb_code record_create(const char *path, const char *magic, struct record_writer **ret, struct arb_error *err)
{
	struct record_writer *w = calloc(1, sizeof(*w));
	enum arb_code code;

	if (!w || !(w->path = strdup(path))) {
		free(w);
		return arb_fail(err, ARB_E_NOMEM, "out of memory");
	}
	w->fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (w->fd < 0) {
		code = arb_fail_sys(err, ARB_E_OPEN, errno, "%s cannot be created", path);
		free(w->path);
		free(w);
		return code;
	}
	code = write_bytes(w, magic, strlen(magic), err);
	if (code)
		return record_close(w, code, err);
	*ret = w;
	return ARB_OK;
}

void record_begin(struct record_writer *w, uint32_t kind)
{
	arb_buf_reset(&w->record);
	record_put32(w, kind);
}

void record_put8(struct record_writer *w, uint8_t v)
{
	arb_buf_mem(&w->record, &v, 1);
}

void record_put32(struct record_writer *w, uint32_t v)
{
	uint8_t p[4];

	le32_put(p, v);
	arb_buf_mem(&w->record, p, sizeof(p));
}

void record_put64(struct record_writer *w, uint64_t v)
{
	uint8_t p[8];

	le64_put(p, v);
	arb_buf_mem(&w->record, p, sizeof(p));
}

void record_put_bytes(struct record_writer *w, const void *p, size_t n)
{
	arb_buf_mem(&w->record, p, n);
}

void record_put_text(struct record_writer *w, const char *s)
{
	size_t n = s ? strlen(s) : 0;

	record_put32(w, (uint32_t)n);
	arb_buf_mem(&w->record, s ? s : "", n);
}

enum arb_code record_finish(struct record_writer *w, struct arb_error *err)
{
	uint64_t hash = csum_compute(CSUM_xxhash, w->record.s, w->record.len).lo;
	uint8_t le[8];
	size_t cap, n;
	void *frame;
	enum arb_code code;

	le64_put(le, hash);
	arb_buf_mem(&w->hashes, le, 8);
	arb_buf_mem(&w->record, le, 8);
	cap = ZSTD_compressBound(w->record.len);
	frame = w->record.oom || w->hashes.oom ? NULL : malloc(cap);
	if (!frame)
		return arb_fail(err, ARB_E_NOMEM, "no memory for %s", w->path);
	n = ZSTD_compress(frame, cap, w->record.s, w->record.len, 3);
	code = ZSTD_isError(n) ? arb_fail(err, ARB_E_NOMEM, "%s: %s", w->path, ZSTD_getErrorName(n)) : write_bytes(w, frame, n, err);
	free(frame);
	w->nr++;
	return code;
}

/* The folder's entry of the file has to be durable as well. */
static enum arb_code sync_folder(const char *path, struct arb_error *err)
{
	const char *slash = strrchr(path, '/');
	char *folder = slash ? strndup(path, slash == path ? 1 : (size_t)(slash - path)) : strdup(".");
	int fd = folder ? open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	enum arb_code code = ARB_OK;

	if (fd < 0 || fsync(fd))
		code = arb_fail_sys(err, ARB_E_SYNC, errno, "folder of %s", path);
	if (fd >= 0)
		close(fd);
	free(folder);
	return code;
}

static enum arb_code write_end(struct record_writer *w, struct arb_error *err)
{
	uint64_t all = csum_compute(CSUM_xxhash, w->hashes.s, w->hashes.len).lo;
	enum arb_code code;

	record_begin(w, RECORD_END);
	record_put64(w, w->nr);
	record_put64(w, all);
	code = record_finish(w, err);
	if (!code && fsync(w->fd))
		code = arb_fail_sys(err, ARB_E_SYNC, errno, "%s", w->path);
	return code ? code : sync_folder(w->path, err);
}

enum arb_code record_close(struct record_writer *w, enum arb_code code, struct arb_error *err)
{
	if (!code)
		code = write_end(w, err);
	if (close(w->fd) && !code)
		code = arb_fail_sys(err, ARB_E_WRITE, errno, "%s", w->path);
	if (code)
		unlink(w->path);
	arb_buf_free(&w->record);
	arb_buf_free(&w->hashes);
	free(w->path);
	free(w);
	return code;
}
