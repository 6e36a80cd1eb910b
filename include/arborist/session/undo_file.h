/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `arborist undo`: an undo file of an earlier session put back, or only held against the devices. No session is needed. */
#ifndef ARBORIST_SESSION_UNDO_FILE_H
#define ARBORIST_SESSION_UNDO_FILE_H

#include "arborist/base/buf.h"
#include "arborist/plan/commit.h"

/*
 * @devices may be none: then those named in the file. @out gets what the file holds. @progress may be NULL.
 */
enum arb_code undo_file_run(const char *path, const char *const *devices, unsigned nr, bool verify_only,
			    struct arb_buf *out, commit_progress *progress, void *arg, struct arb_error *err);

#endif
