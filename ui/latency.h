/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * From a key to the frame that shows what it did, stamped in the process. A key counts from the moment the loop woke up for it, or, when the
 * loop was busy with something else while it may have come, from the last moment at which no key was there: never too little.
 */
#ifndef ARBORIST_UI_LATENCY_H
#define ARBORIST_UI_LATENCY_H

#include <stdint.h>

#define LATENCY_STEPS 4096		/* of a tenth of a millisecond */

struct latency {
	uint64_t	none_ns;	/* no key was there then */
	uint64_t	since_ns;	/* what the keys taken now count from */
	unsigned	waiting;	/* keys taken and not shown yet */
	uint64_t	waiting_ns;	/* the first of them */
	uint64_t	nr, max;	/* tenths of a millisecond */
	uint32_t	step[LATENCY_STEPS];	/* the last one takes all that is longer */
};

uint64_t latency_now(void);				/* monotonic, ns */
void latency_woke(struct latency *l, uint64_t slept_ns);	/* poll() came back, having slept so long */
void latency_key(struct latency *l);
void latency_no_key(struct latency *l);			/* all keys have been taken */
void latency_frame(struct latency *l);			/* what was taken can be seen now */
/* Tenths of a millisecond that @percent of the keys did not take longer than; 0 when there were none. */
uint64_t latency_percentile(const struct latency *l, unsigned percent);
/* One line for the file that ARBORIST_FRAME_LOG names, if it names one. */
void latency_report(const struct latency *l);

#endif
