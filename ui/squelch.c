/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Repeats that are counted instead of shown: see squelch.h. */
#include <config.h>
#include <stdlib.h>
#include <string.h>
#include "arborist/base/i18n.h"
#include "squelch.h"

#define VERBS (ANSWER_STOP + 1)

bool squelch_repeat(struct squelch *q, const struct finding *f)
{
	if (f->answer.source == ANSWER_BY_PERSON && !f->answer.all)
		return false;
	if (!q->seen)
		q->seen = calloc(finding_rows_nr * VERBS, sizeof(*q->seen));
	return q->seen && ++q->seen[(size_t)(f->row - finding_rows) * VERBS + f->answer.verb] > SQUELCH_AFTER;
}

void squelch_tell(struct squelch *q, void (*line)(void *arg, const char *text), void *arg)
{
	for (size_t i = 0; q->seen && i < finding_rows_nr * VERBS; i++) {
		uint32_t more = q->seen[i] > SQUELCH_AFTER ? q->seen[i] - SQUELCH_AFTER : 0;
		ARB_BUF(b);

		if (!more)
			continue;
		arb_buf_printf(&b, P_("%s: %u more, answered in the same way (%s)", "%s: %u more, answered in the same way (%s)", more),
			       finding_rows[i / VERBS].id, more, tr(answer_verb_name((enum answer_verb)(i % VERBS))));
		line(arg, arb_buf_str(&b));
	}
	squelch_free(q);
}

void squelch_free(struct squelch *q)
{
	free(q->seen);
	q->seen = NULL;
}
