/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names and stable numbers of fsck errors (format-superblock-journal.md 7.5) and of recovery passes (7.4). */
#ifndef ARBORIST_FORMAT_FSCK_ERR_H
#define ARBORIST_FORMAT_FSCK_ERR_H

#include "arborist/base/buf.h"

#include <stdbool.h>
#include <stdint.h>

#define FSCK_ERR_NR 295
const char *fsck_err_name(unsigned nr);			/* NULL when unknown */
bool fsck_err_parse(const char *name, unsigned *ret);
bool fsck_err_autofix(unsigned nr);

#define RECOVERY_PASS_NR 41
enum recovery_pass_when { PASS_WHEN_ALWAYS = 1, PASS_WHEN_FSCK = 2, PASS_WHEN_ONLINE = 4, PASS_WHEN_SILENT = 8 };
struct recovery_pass_info {
	const char	*name;
	unsigned	id;		/* stable number: what the superblock stores */
	unsigned	when;
	const char	*what;		/* one line */
};
/* In the order they run. */
extern const struct recovery_pass_info recovery_passes[RECOVERY_PASS_NR];
const struct recovery_pass_info *recovery_pass_by_id(unsigned stable_id);
const struct recovery_pass_info *recovery_pass_by_name(const char *name);
/* Their names in the order they run, @sep between them. @stable: a bit per stable number, as the superblock stores them. */
void recovery_passes_to_text(struct arb_buf *out, uint64_t stable, const char *sep);

#endif
