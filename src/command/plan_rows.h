/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The rows of the plan: repairs, what they add up to, what they lose. Shared by plan, diff, drop and commit. */
#ifndef ARBORIST_SRC_COMMAND_PLAN_ROWS_H
#define ARBORIST_SRC_COMMAND_PLAN_ROWS_H

#include "arborist/session/loss.h"
#include "row.h"

void loss_members(struct row *r, const struct loss *l);			/* "nodes_dropped", "keys_cut" ... */
void repair_row(struct command_ctx *c, const struct repair *x, bool old_new);
void dependent_row(struct command_ctx *c, const struct repair *x);
void plan_row(struct command_ctx *c, const struct plan *p);		/* all of it in numbers */
void selected_row(struct command_ctx *c, size_t nr, size_t of, const struct loss *l);
void group_rows(struct command_ctx *c, const struct plan *p);		/* by btree and kind, in the order of their first repairs */
void undo_file_row(struct command_ctx *c);				/* where a commit would keep what it replaces */
enum arb_code usage_rows(struct command_ctx *c, const struct plan *p, struct arb_error *err);
void loss_rows(struct command_ctx *c, const struct loss_report *report);

#endif
