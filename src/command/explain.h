/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The parts of the row of `explain`. */
#ifndef ARBORIST_SRC_COMMAND_EXPLAIN_H
#define ARBORIST_SRC_COMMAND_EXPLAIN_H

#include "arborist/finding/finding.h"
#include "row.h"

/* explain_data.c: what a finding is decided on: "sides", "compared", "buckets", "bucket", "claims" */
void explain_data(struct row *r, const struct finding *f);
/* An object of the list "sides": the key @k of a node of level @level + 1, or the node @n it points to (NULL: unreadable). */
void explain_node_side(struct row *r, const char *role, unsigned btree, unsigned level, struct bkey_s k, const struct node *n);
/* explain_answers.c: the list "answers": what each does and loses, and which is suggested, why */
void explain_answers(struct row *r, const struct finding *f);
/* Is there anything to decide? Of a note only when something could be done, which a policy asks for. */
bool explain_decides(struct row *r, const struct finding *f);
/* The repair of the finding, staged or not; NULL: none. */
const struct repair *explain_repair_of(struct row *r, const struct finding *f);

#endif
