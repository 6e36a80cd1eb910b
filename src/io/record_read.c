/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading files of records, whose bytes are as little trusted as a disk's. */
#include "arborist/io/record.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>
#include "arborist/base/le.h"
#include "arborist/format/checksum.h"

enum arb_code record_damaged(const struct record_file *f, const char *why, struct arb_error *err)
{
	return arb_fail(err, ARB_E_CONTENT, "%s is damaged, or another kind of file: %s", f->path, why);
}

static enum arb_code read_all(struct record_file *f, int fd, size_t size, struct arb_error *err)
{
	f->bytes = malloc(size + 1);
	if (!f->bytes)
		return arb_fail(err, ARB_E_NOMEM, "no memory for %s", f->path);
	while (f->n < size) {
		ssize_t n = read(fd, f->bytes + f->n, size - f->n);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return arb_fail_sys(err, ARB_E_READ, n ? errno : EIO, "%s", f->path);
		f->n += n;
	}
	return ARB_OK;
}

static enum arb_code read_file(struct record_file *f, struct arb_error *err)
{
	int fd = open(f->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;
	enum arb_code code;

	if (fd < 0)
		return arb_fail_sys(err, ARB_E_OPEN, errno, "%s", f->path);
	if (fstat(fd, &st) || !S_ISREG(st.st_mode) || (uint64_t)st.st_size > f->total_max)
		code = record_damaged(f, "not a regular file of a likely size", err);
	else
		code = read_all(f, fd, st.st_size, err);
	close(fd);
	return code;
}

enum arb_code record_open(const char *path, const char *magic, uint64_t total_max, struct record_file **ret, struct arb_error *err)
{
	struct record_file *f = calloc(1, sizeof(*f));
	enum arb_code code;

	if (!f || !(f->path = strdup(path))) {
		free(f);
		return arb_fail(err, ARB_E_NOMEM, "out of memory");
	}
	f->total_max = total_max;
	code = read_file(f, err);
	f->at = strlen(magic);
	if (!code && (f->n < f->at || memcmp(f->bytes, magic, f->at)))
		code = record_damaged(f, "wrong first line", err);
	if (code)
		record_file_free(f);
	else
		*ret = f;
	return code;
}

void record_file_free(struct record_file *f)
{
	if (!f)
		return;
	arb_buf_free(&f->hashes);
	free(f->record);
	free(f->bytes);
	free(f->path);
	free(f);
}

static enum arb_code unpack(struct record_file *f, const uint8_t *frame, size_t frame_bytes, size_t *ret_n, struct arb_error *err)
{
	unsigned long long n = ZSTD_getFrameContentSize(frame, frame_bytes);
	size_t got;

	if (n == ZSTD_CONTENTSIZE_UNKNOWN || n == ZSTD_CONTENTSIZE_ERROR || n < 12 || n > f->total_max - f->total)
		return record_damaged(f, "a record of impossible size", err);
	f->total += n;
	free(f->record);
	f->record = malloc(n);
	if (!f->record)
		return arb_fail(err, ARB_E_NOMEM, "no memory for a record of %llu bytes", n);
	got = ZSTD_decompress(f->record, n, frame, frame_bytes);
	if (ZSTD_isError(got) || got != n)
		return record_damaged(f, "a frame that cannot be unpacked", err);
	*ret_n = n;
	return ARB_OK;
}

static enum arb_code check_end(struct record_file *f, struct arb_error *err)
{
	uint64_t nr = record_get64(f), all = record_get64(f);

	f->ended = true;
	if (f->bad || f->left || nr != f->nr || f->hashes.oom || all != csum_compute(CSUM_xxhash, f->hashes.s, f->hashes.len).lo)
		return record_damaged(f, "the end does not fit to what stands before it", err);
	return f->at == f->n ? ARB_OK : record_damaged(f, "something stands behind the end", err);
}

enum arb_code record_next(struct record_file *f, bool *ret_more, struct arb_error *err)
{
	size_t frame, n = 0;
	enum arb_code code;

	*ret_more = false;
	if (f->ended)
		return ARB_OK;
	frame = f->at < f->n ? ZSTD_findFrameCompressedSize(f->bytes + f->at, f->n - f->at) : 0;
	if (!frame || ZSTD_isError(frame))
		return record_damaged(f, "it is cut off", err);
	code = unpack(f, f->bytes + f->at, frame, &n, err);
	if (code)
		return code;
	f->at += frame;
	if (csum_compute(CSUM_xxhash, f->record, n - 8).lo != le64_get(f->record + n - 8))
		return record_damaged(f, "wrong checksum", err);
	f->p = f->record;
	f->left = n - 8;
	f->bad = false;
	f->kind = record_get32(f);
	if (f->kind == RECORD_END)
		return check_end(f, err);
	arb_buf_mem(&f->hashes, f->record + n - 8, 8);
	f->nr++;
	*ret_more = true;
	return ARB_OK;
}

const uint8_t *record_get_bytes(struct record_file *f, uint64_t n)
{
	const uint8_t *p = f->p;

	if (f->bad || n > f->left) {
		f->bad = true;
		return NULL;
	}
	f->p += n;
	f->left -= n;
	return p;
}

uint8_t record_get8(struct record_file *f)
{
	const uint8_t *p = record_get_bytes(f, 1);

	return p ? *p : 0;
}

uint32_t record_get32(struct record_file *f)
{
	const uint8_t *p = record_get_bytes(f, 4);

	return p ? le32_get(p) : 0;
}

uint64_t record_get64(struct record_file *f)
{
	const uint8_t *p = record_get_bytes(f, 8);

	return p ? le64_get(p) : 0;
}

char *record_get_text(struct record_file *f)
{
	uint32_t n = record_get32(f);
	const uint8_t *p = record_get_bytes(f, n);
	char *s = p && !memchr(p, 0, n) ? strndup((const char *)p, n) : NULL;

	f->bad |= !s;
	return s;
}
