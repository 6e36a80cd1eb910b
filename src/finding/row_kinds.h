/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Kinds of rows of the catalogue: what those of a family have in common. */
#ifndef ARBORIST_SRC_FINDING_ROW_KINDS_H
#define ARBORIST_SRC_FINDING_ROW_KINDS_H

#include "arborist/finding/finding.h"

/* Findings of one family share their answers. */
#define KEY_FIX		N_("Leave the key out; the node is written anew without it.")
#define KEY_SKIP	N_("The key stays on disk; it is not used here.")
#define JOURNAL_FIX	N_("Use what can be understood, and write it anew, so that nothing of the old journal is replayed.")
#define JOURNAL_SKIP	N_("Nothing is changed; the entry is used as far as it can be understood.")
#define READ_FIX	N_("Use what could be read and have the node written anew.")
#define READ_SKIP	N_("Keep using what could be read; nothing is written.")
#define BOUND_FIX	N_("Change the range in the pointer, so that the nodes meet without a gap and without overlapping.")
#define BOUND_SKIP	N_("Nothing is changed, and the pass stops: what lies below cannot be judged.")

#define COUNTED_FIX	N_("Write what was counted.")
#define PTR_SKIP	N_("The key stays and is not counted, so nothing else is corrected by what was counted.")

#define KEY(nr_, id_, title_, help_) \
	{ .nr = nr_, .id = id_, .kind = FINDING_READ, .autofix = true, .title = title_, .help = help_, \
	  .fix = KEY_FIX, .skip = KEY_SKIP }
#define NODE(nr_, id_, title_, help_) \
	{ .nr = nr_, .id = id_, .kind = FINDING_READ, .title = title_, .help = help_, .fix = READ_FIX, .skip = READ_SKIP }
#define JOURNAL(nr_, id_, title_, help_) \
	{ .nr = nr_, .id = id_, .kind = FINDING_READ, .title = title_, .help = help_, \
	  .fix = JOURNAL_FIX, .skip = JOURNAL_SKIP }
#define MUST(nr_, id_, title_, help_, fix_, skip_) \
	{ .nr = nr_, .id = id_, .kind = FINDING_MUSTFIX, .title = title_, .help = help_, .fix = fix_, .skip = skip_ }
#define FSCK(nr_, id_, title_, help_, fix_, skip_) \
	{ .nr = nr_, .id = id_, .kind = FINDING_FSCK, .title = title_, .help = help_, .fix = fix_, .skip = skip_ }
/* A number that follows from other keys, counted anew. */
#define COUNTED(nr_, id_, title_, help_, skip_) \
	{ .nr = nr_, .id = id_, .kind = FINDING_FSCK, .autofix = true, .safe = true, .title = title_, .help = help_, \
	  .fix = COUNTED_FIX, .skip = skip_ }
#define REPORT(nr_, id_, title_, help_) \
	{ .nr = nr_, .id = id_, .kind = FINDING_NEED_FSCK, .title = title_, .help = help_, \
	  .fix = N_("Nothing."), .skip = N_("Nothing is changed.") }
#define NOTE(id_, title_, help_) \
	{ .id = id_, .kind = FINDING_NOTE, .title = title_, .help = help_, .fix = N_("Nothing."), .skip = N_("Nothing is changed.") }

#endif
