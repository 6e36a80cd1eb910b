/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Repeats that are counted instead of shown: see squelch.h. */
#include <config.h>
#include <stdlib.h>
#include <string.h>
#include "arborist/base/i18n.h"
#include "squelch.h"

#define KINDS (2 * (ANSWER_STOP + 1))	/* each answer, and the same for upkeep */

static size_t kind_of(const struct finding *f)
{
	return (size_t)(f->row - finding_rows) * KINDS + 2 * f->answer.verb + f->upkeep;
}

bool squelch_repeat(struct squelch *q, const struct finding *f)
{
	if (f->answer.source == ANSWER_BY_PERSON && !f->answer.all)
		return false;
	if (!q->seen)
		q->seen = calloc(finding_rows_nr * KINDS, sizeof(*q->seen));
	return q->seen && ++q->seen[kind_of(f)] > (f->upkeep ? 0 : SQUELCH_AFTER);
}

static void tell(struct arb_buf *b, const struct finding_row *row, unsigned kind, uint32_t n)
{
	const char *verb = tr(answer_verb_name((enum answer_verb)(kind / 2)));

	if (kind % 2)
		arb_buf_printf(b, P_("upkeep: %u time \"%s\" (%s), which is no error: %s", "upkeep: %u times \"%s\" (%s), which is no error: %s", n),
			       n, tr(row->title), row->id, verb);
	else
		arb_buf_printf(b, P_("%s: %u more, answered in the same way (%s)", "%s: %u more, answered in the same way (%s)", n), row->id, n, verb);
}

void squelch_tell(struct squelch *q, void (*line)(void *arg, const char *text), void *arg)
{
	for (size_t i = 0; q->seen && i < finding_rows_nr * KINDS; i++) {
		uint32_t shown = i % 2 ? 0 : SQUELCH_AFTER;
		ARB_BUF(b);

		if (q->seen[i] <= shown)
			continue;
		tell(&b, &finding_rows[i / KINDS], i % KINDS, q->seen[i] - shown);
		line(arg, arb_buf_str(&b));
	}
	squelch_free(q);
}

void squelch_free(struct squelch *q)
{
	free(q->seen);
	q->seen = NULL;
}
