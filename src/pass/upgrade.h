/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Filesystems last used by an older version. Private to the room. */
#ifndef ARBORIST_SRC_PASS_UPGRADE_H
#define ARBORIST_SRC_PASS_UPGRADE_H

#include "arborist/pass/pass.h"

#define SB_VERSION(major, minor) ((major) << 10 | (minor))

/* Does @f follow from the version, so that it is no damage? */
bool upgrade_expects(const struct view *v, const struct finding *f);
/* Counts one of those; upgrade_report() tells of them at the end of a pass. */
void upgrade_note(struct pass_run *r, const struct finding *f);
enum arb_code upgrade_report(struct pass_ctx *c);
/* Are there counters in a btree (disk accounting v2, version 1.9)? */
bool upgrade_has_accounting(const struct view *v);
/* Tells that there are none. */
enum arb_code upgrade_no_accounting(struct pass_ctx *c);

#endif
