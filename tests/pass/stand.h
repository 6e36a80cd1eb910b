/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A built filesystem in memory and passes over it, with every suggestion accepted unless told otherwise. */
#ifndef ARBORIST_TESTS_PASS_STAND_H
#define ARBORIST_TESTS_PASS_STAND_H

#include "arborist/image/image.h"
#include "arborist/pass/pass.h"

enum { STAND_FOUND_MAX = 256 };

struct stand {
	struct workers	*w;
	struct view	*v;
	struct plan	*p;
	struct pass_run	*r;
	struct pass_port port;		/* may be changed before a run; its .arg is the stand */
	const char	*decline;	/* findings of this id are skipped; NULL: none */
	const char	*found[STAND_FOUND_MAX];	/* ids of what counts as an error or upkeep, in order; notes are left out */
	unsigned	nr;		/* may be more than there is room for */
	unsigned	errors;		/* of those */
	struct arb_error err;
};

/* Takes the devices over. */
void stand_open(struct stand *s, struct blk **blks, unsigned nr);
/* A copy of @whole with damages done to it (a NULL ends them), opened. */
void stand_open_copy(struct stand *s, struct blk *whole, uint64_t bytes, const char *const *damages);
void stand_close(struct stand *s);
/* What was found before is forgotten. */
enum arb_code stand_run(struct stand *s, const char *pass);
unsigned stand_count(const struct stand *s, const char *id);

#endif
