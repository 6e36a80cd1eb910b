/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where transcripts and undo records are kept: $XDG_STATE_HOME/arborist or ~/.local/state/arborist. */
#include <config.h>
#include <errno.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>
#include "internal.h"

/* Every part of the path that is missing; private to the person. */
static enum arb_code make_folders(char *path, struct arb_error *err)
{
	for (char *p = path + 1; ; p++) {
		char c = *p;

		if (c != '/' && c)
			continue;
		*p = '\0';
		if (mkdir(path, 0700) && errno != EEXIST)
			return arb_fail_sys(err, ARB_E_OPEN, errno, "cannot make the folder %s", path);
		*p = c;
		if (!c)
			return ARB_OK;
	}
}

enum arb_code session_state_folder(struct arb_buf *ret, struct arb_error *err)
{
	const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");

	if (state && state[0] == '/')
		arb_buf_printf(ret, "%s/arborist", state);
	else if (home && home[0] == '/')
		arb_buf_printf(ret, "%s/.local/state/arborist", home);
	else
		return arb_fail(err, ARB_E_OPEN, "neither XDG_STATE_HOME nor HOME names a folder to keep records in");
	if (ret->oom)
		return arb_fail(err, ARB_E_NOMEM, "out of memory");
	return make_folders(ret->s, err);
}

bool session_path_in_memory(const char *path)
{
	char *dir = strdup(path), *slash = dir ? strrchr(dir, '/') : NULL;
	struct statfs st;
	bool yes;

	if (slash)
		slash[slash == dir] = '\0';
	yes = dir && !statfs(slash ? dir : ".", &st) && (st.f_type == TMPFS_MAGIC || st.f_type == RAMFS_MAGIC);
	free(dir);
	return yes;
}

void time_stamp(struct arb_buf *out, uint64_t ns, bool for_name)
{
	time_t t = (time_t)(ns / 1000000000);
	struct tm tm;

	if (!gmtime_r(&t, &tm))
		return;
	arb_buf_printf(out, for_name ? "%04d%02d%02d-%02d%02d%02d" : "%04d-%02d-%02dT%02d:%02d:%02dZ", tm.tm_year + 1900,
		       tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
}
