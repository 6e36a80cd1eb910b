/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Files and block devices. Opened for reading only; a second descriptor for writing lives from open_write() to
 * close_write(). It is opened without O_EXCL, which our own claim of a block device would refuse.
 */
#include "arborist/base/i18n.h"
#include "arborist/io/block.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define PAGE 4096

struct blk_file {
	struct blk	b;
	int		fd, write_fd;
	bool		is_device;
};

static struct blk_file *self(struct blk *b) { return (struct blk_file *)b; }

static enum arb_code file_read(struct blk *b, uint64_t offset, void *buf, size_t n, struct arb_error *err)
{
	char *p = buf;

	while (n) {
		ssize_t got = pread(self(b)->fd, p, n, offset);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return arb_fail_sys(err, ARB_E_READ, errno, "%s: cannot read at byte %llu", b->name,
					    (unsigned long long)offset);
		if (!got)
			return arb_fail(err, ARB_E_READ, "%s: ended early, at byte %llu", b->name,
					(unsigned long long)offset);
		p += got;
		offset += got;
		n -= got;
	}
	return ARB_OK;
}

static enum arb_code file_write(struct blk *b, uint64_t offset, const void *buf, size_t n, struct arb_error *err)
{
	const char *p = buf;

	while (n) {
		ssize_t put = pwrite(self(b)->write_fd, p, n, offset);

		if (put < 0 && errno == EINTR)
			continue;
		if (put <= 0)
			return arb_fail_sys(err, ARB_E_WRITE, put ? errno : EIO, "%s: cannot write at byte %llu", b->name,
					    (unsigned long long)offset);
		p += put;
		offset += put;
		n -= put;
	}
	return ARB_OK;
}

static enum arb_code file_sync(struct blk *b, struct arb_error *err)
{
	if (self(b)->write_fd >= 0 && fsync(self(b)->write_fd))
		return arb_fail_sys(err, ARB_E_SYNC, errno, "%s: cannot sync", b->name);
	return ARB_OK;
}

static enum arb_code file_open_write(struct blk *b, struct arb_error *err)
{
	struct blk_file *f = self(b);
	struct stat a, w;

	if (f->write_fd >= 0)
		return ARB_OK;
	f->write_fd = open(b->name, O_WRONLY | O_CLOEXEC);
	if (f->write_fd < 0)
		return arb_fail_sys(err, ARB_E_OPEN, errno, "%s: cannot open for writing", b->name);
	if (fstat(f->fd, &a) || fstat(f->write_fd, &w) || a.st_dev != w.st_dev || a.st_ino != w.st_ino ||
	    a.st_rdev != w.st_rdev) {
		close(f->write_fd);
		f->write_fd = -1;
		return arb_fail(err, ARB_E_CHANGED, "%s: the name now leads to something else", b->name);
	}
	return ARB_OK;
}

static void file_close_write(struct blk *b)
{
	if (self(b)->write_fd >= 0)
		close(self(b)->write_fd);
	self(b)->write_fd = -1;
}

static enum arb_code file_drop_cache(struct blk *b, struct arb_error *err)
{
	struct blk_file *f = self(b);
	int e;

	if (f->is_device)
		ioctl(f->fd, BLKFLSBUF, 0);	/* needs CAP_SYS_ADMIN; the advice below is what everybody may give */
	e = posix_fadvise(f->fd, 0, 0, POSIX_FADV_DONTNEED);
	return e ? arb_fail_sys(err, ARB_E_READ, e, "%s: cannot drop cached pages", b->name) : ARB_OK;
}

/* In memory already, as far as its first and last byte tell? The advice would look at every page of it. */
static bool in_memory(struct blk *b, uint64_t offset, size_t n)
{
	char c;
	struct iovec v = { &c, 1 };

	return preadv2(self(b)->fd, &v, 1, offset, RWF_NOWAIT) == 1 &&
	       (n <= PAGE || preadv2(self(b)->fd, &v, 1, offset + n - 1, RWF_NOWAIT) == 1);
}

static void file_ahead(struct blk *b, uint64_t offset, size_t n)
{
	if (!n || in_memory(b, offset, n))
		return;		/* 0 would be: to the end */
	posix_fadvise(self(b)->fd, offset, n, POSIX_FADV_WILLNEED);
}

/* Who cannot say where holes are, has none. pread() does not care that the offset of the descriptor moves. */
static bool file_next_data(struct blk *b, uint64_t offset, uint64_t *ret_start, uint64_t *ret_end)
{
	struct blk_file *f = self(b);
	off_t start = f->is_device ? -1 : lseek(f->fd, (off_t)offset, SEEK_DATA), end;

	if (f->is_device || (start < 0 && errno != ENXIO))
		return true;
	if (start < 0 || (uint64_t)start >= b->bytes)
		return false;
	*ret_start = (uint64_t)start;
	end = lseek(f->fd, start, SEEK_HOLE);
	if (end > start && (uint64_t)end < b->bytes)
		*ret_end = (uint64_t)end;
	return true;
}

static void file_close(struct blk *b)
{
	file_close_write(b);
	if (self(b)->fd >= 0)
		close(self(b)->fd);
	free(self(b));
}

static const struct blk_ops file_ops = {
	file_read, file_write, file_sync, file_close, file_open_write, file_close_write, file_drop_cache,
	.ahead = file_ahead, .next_data = file_next_data,
};

/* Size of what was opened; refuses what is neither a file nor a block device. */
static enum arb_code file_size(struct blk_file *f, struct arb_error *err)
{
	struct stat st;

	if (fstat(f->fd, &st))
		return arb_fail_sys(err, ARB_E_OPEN, errno, "%s", f->b.name);
	f->is_device = S_ISBLK(st.st_mode);
	if (f->is_device) {
		if (ioctl(f->fd, BLKGETSIZE64, &f->b.bytes))
			return arb_fail_sys(err, ARB_E_OPEN, errno, "%s: cannot get its size", f->b.name);
	} else if (S_ISREG(st.st_mode)) {
		f->b.bytes = st.st_size;
	} else {
		return arb_fail(err, ARB_E_OPEN, "%s is %s, not a block device or an image file", f->b.name,
				S_ISDIR(st.st_mode) ? _("a directory") : S_ISCHR(st.st_mode) ? _("a character device") : _("a special file"));
	}
	return f->b.bytes ? ARB_OK : arb_fail(err, ARB_E_NOT_BCACHEFS, "%s is empty: not a bcachefs filesystem",
					      f->b.name);
}

enum arb_code blk_file_open(const char *path, struct blk **ret, struct arb_error *err)
{
	struct blk_file *f = calloc(1, sizeof(*f));
	enum arb_code c;

	*ret = NULL;
	if (!f || !(f->b.name = strdup(path))) {
		free(f);
		return arb_fail(err, ARB_E_NOMEM, "no memory to open %s", path);
	}
	f->b.ops = &file_ops;
	f->write_fd = -1;
	f->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);	/* never waits for the other end of a fifo */
	c = f->fd < 0 ? arb_fail_sys(err, ARB_E_OPEN, errno, "%s: cannot open", path) : file_size(f, err);
	if (c)
		blk_close(&f->b);
	else
		*ret = &f->b;
	return c;
}
