/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The log shows so many findings of a kind that were answered in the same way without being asked; the others are counted,
 * and the count is said when the pass ends. Of upkeep, which is no error, all are counted. Transcript, JSON lines and the list of findings hold them all.
 */
#ifndef ARBORIST_UI_SQUELCH_H
#define ARBORIST_UI_SQUELCH_H

#include "arborist/finding/finding.h"

#define SQUELCH_AFTER 100

struct squelch {
	uint32_t	*seen;		/* per row of the catalogue, answer, and whether it is upkeep; owned */
};

/* True: it is counted, and not to be shown. A person's answer is always shown. */
bool squelch_repeat(struct squelch *q, const struct finding *f);
/* One line for each kind that was not shown in full; counting begins anew. */
void squelch_tell(struct squelch *q, void (*line)(void *arg, const char *text), void *arg);
void squelch_free(struct squelch *q);

#endif
