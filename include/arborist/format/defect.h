/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A defect: something wrong with bytes that were read, as data. Reading never asks and never prints; whoever
 * reads gets a list of these beside what could be read.
 */
#ifndef ARBORIST_FORMAT_DEFECT_H
#define ARBORIST_FORMAT_DEFECT_H

#include "arborist/base/array.h"
#include "arborist/format/bpos.h"

/* Severities of format-btree.md 8. */
enum defect_severity {
	DEFECT_NOTE,		/* worth showing, nothing is wrong */
	DEFECT_FIXABLE,		/* F: fixed in memory by dropping or correcting something */
	DEFECT_WANT_RETRY,	/* W: another replica is better; without one the data is used as is */
	DEFECT_MUST_RETRY,	/* M: garbage or another node; without another replica the object is unreadable */
	DEFECT_BAD_NODE,	/* B: the object is unreadable */
	DEFECT_INCOMPATIBLE,	/* I: written by something we do not understand */
};

struct defect {
	unsigned	err;		/* fsck error id, or 0 for one of our own */
	const char	*own;		/* "arborist_..." when err is 0 and it has a name; static */
	enum defect_severity severity;
	unsigned	dev;		/* member; DEV_NONE when not on a device */
	uint64_t	sector;		/* of the object */
	uint32_t	offset;		/* bytes from there */
	char		*text;		/* owned; one line, raw bytes from disk only through text_gate() */
};

struct defects {
	ARB_ARRAY(struct defect) list;
	size_t dropped;			/* not kept: out of memory, or more than DEFECTS_MAX */
};
#define DEFECTS_MAX 4096

/* Adds one; the text is formatted. Returns it (to set dev, sector, offset), or NULL when it could not be kept. */
struct defect *defects_add(struct defects *d, unsigned err, enum defect_severity s, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
bool defects_have(const struct defects *d, unsigned err);
enum defect_severity defects_worst(const struct defects *d);	/* DEFECT_NOTE when empty */
void defects_free(struct defects *d);

#endif
