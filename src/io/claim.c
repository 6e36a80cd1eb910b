/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The claim on a device. A block device is opened O_EXCL, which the kernel grants to nobody else while it is mounted or
 * held; a file is locked with flock(); both are refused while a loop device lies on them. mountinfo is read to say where.
 */
#include "arborist/base/i18n.h"
#include "arborist/io/claim.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include "arborist/base/text.h"

struct claim {
	char		*path;
	int		fd;		/* holds O_EXCL or the lock; -1 when refused */
	enum claim_state state;
	char		text[300];
	struct stat	st;
};

static void set_state(struct claim *c, enum claim_state s, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
static void set_state(struct claim *c, enum claim_state s, const char *fmt, ...)
{
	ARB_BUF(raw);
	ARB_BUF(gated);
	va_list ap;

	va_start(ap, fmt);
	arb_buf_vprintf(&raw, tr(fmt), ap);
	va_end(ap);
	text_gate(&gated, arb_buf_str(&raw), raw.len, TEXT_UTF8);
	c->state = s;
	snprintf(c->text, sizeof(c->text), "%s", arb_buf_str(&gated));
}

/* Is @path (one of a colon separated list, or a backing file's name) the thing we claim? */
static bool same_thing(const struct claim *c, const char *path)
{
	struct stat st;

	if (stat(path, &st))
		return false;
	if (S_ISBLK(c->st.st_mode))
		return S_ISBLK(st.st_mode) && st.st_rdev == c->st.st_rdev;
	return st.st_dev == c->st.st_dev && st.st_ino == c->st.st_ino;
}

/* The field of a mountinfo line that starts after " - TYPE ": the source, devices separated by colons. */
static bool line_names_us(const struct claim *c, char *source)
{
	char *save = NULL;

	source[strcspn(source, " \n")] = 0;
	for (char *dev = strtok_r(source, ":", &save); dev; dev = strtok_r(NULL, ":", &save))
		if (dev[0] == '/' && same_thing(c, dev))
			return true;
	return false;
}

/* Word @nr of a line, counted from 0, cut to @n bytes; false when there are fewer. */
static bool word_of(const char *line, unsigned nr, char *ret, size_t n)
{
	size_t len;

	line += strspn(line, " ");
	while (nr--) {
		line += strcspn(line, " ");
		line += strspn(line, " ");
	}
	len = strcspn(line, " \n");
	if (len >= n)
		len = n - 1;
	memcpy(ret, line, len);
	ret[len] = 0;
	return len;
}

/* Where it is mounted, or an empty text. */
static void find_mount(const struct claim *c, char *where, size_t n)
{
	FILE *f = fopen("/proc/self/mountinfo", "re");
	char *line = NULL, *dash, *source;
	size_t cap = 0;

	where[0] = 0;
	while (f && !where[0] && getline(&line, &cap, f) > 0) {
		char target[200] = "";

		dash = strstr(line, " - ");
		if (!dash || !word_of(line, 4, target, sizeof(target)))
			continue;
		source = strchr(dash + 3, ' ');
		if (source && line_names_us(c, source + 1))
			snprintf(where, n, "%s", target);
	}
	free(line);
	if (f)
		fclose(f);
}

/* Name of a loop device that lies on the file or device, or an empty text. The kernel does not claim what is below one. */
static void find_loop(const struct claim *c, char *loop, size_t n)
{
	DIR *d = opendir("/sys/block");
	struct dirent *e;

	loop[0] = 0;
	while (d && !loop[0] && (e = readdir(d))) {
		char name[300], file[4200];
		size_t len;
		FILE *f;

		if (strncmp(e->d_name, "loop", 4))
			continue;
		snprintf(name, sizeof(name), "/sys/block/%.64s/loop/backing_file", e->d_name);
		f = fopen(name, "re");
		len = f ? fread(file, 1, sizeof(file), f) : 0;
		if (len && file[len - 1] == '\n') {	/* the name itself may hold one, too */
			file[len - 1] = 0;
			if (same_thing(c, file))
				snprintf(loop, n, "/dev/%.64s", e->d_name);
		}
		if (f)
			fclose(f);
	}
	if (d)
		closedir(d);
}

/* Looks for others that use the thing; leaves the state alone when nobody does. */
static bool find_users(struct claim *c)
{
	char where[220];

	find_mount(c, where, sizeof(where));
	if (where[0]) {
		set_state(c, CLAIM_MOUNTED, "mounted at %s", where);
		return true;
	}
	find_loop(c, where, sizeof(where));
	if (where[0])
		set_state(c, CLAIM_BUSY, "in use by loop device %s", where);
	return where[0];
}

static void take(struct claim *c)
{
	bool device = S_ISBLK(c->st.st_mode);

	if (c->fd < 0) {
		c->fd = open(c->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | (device ? O_EXCL : 0));
		if (c->fd < 0 && errno == EBUSY)
			set_state(c, CLAIM_BUSY, "held by another program or the kernel");
		else if (c->fd < 0)
			set_state(c, CLAIM_BUSY, "cannot be claimed: %s", arb_errno_text(errno));
		if (c->fd >= 0 && !device && flock(c->fd, LOCK_EX | LOCK_NB)) {
			set_state(c, CLAIM_BUSY, errno == EWOULDBLOCK ? _("locked by another program") : _("cannot be locked"));
			close(c->fd);
			c->fd = -1;
		}
	}
	if (find_users(c) || c->fd < 0)
		return;
	if (access(c->path, W_OK))
		set_state(c, CLAIM_READ_ONLY, "not writable for you: %s", arb_errno_text(errno));
	else
		set_state(c, CLAIM_HELD, "held");
}

enum arb_code claim_take(const char *path, struct claim **ret, struct arb_error *err)
{
	struct claim *c = calloc(1, sizeof(*c));

	*ret = NULL;
	if (!c || !(c->path = strdup(path))) {
		free(c);
		return arb_fail(err, ARB_E_NOMEM, "no memory to claim %s", path);
	}
	c->fd = -1;
	if (stat(path, &c->st)) {
		enum arb_code code = arb_fail_sys(err, ARB_E_OPEN, errno, "%s", path);

		claim_release(c);
		return code;
	}
	take(c);
	*ret = c;
	return ARB_OK;
}

enum arb_code claim_check(struct claim *c, struct arb_error *err)
{
	struct stat st;

	if (stat(c->path, &st) || st.st_dev != c->st.st_dev || st.st_ino != c->st.st_ino)
		return arb_fail(err, ARB_E_CHANGED, "%s is not what it was when it was opened", c->path);
	take(c);
	return c->state == CLAIM_HELD ? ARB_OK : arb_fail(err, ARB_E_BUSY, "%s is %s", c->path, c->text);
}

enum claim_state claim_state(const struct claim *c) { return c->state; }
const char *claim_text(const struct claim *c) { return c->text; }

void claim_release(struct claim *c)
{
	if (!c)
		return;
	if (c->fd >= 0)
		close(c->fd);
	free(c->path);
	free(c);
}
