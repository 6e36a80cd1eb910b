/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Keys as long listings: lines in the reference's form or events, streamed. Shared by keys, nodes, inode and find. */
#ifndef ARBORIST_SRC_COMMAND_LISTING_H
#define ARBORIST_SRC_COMMAND_LISTING_H

#include "arborist/format/key_type.h"
#include "internal.h"

struct listing {
	struct command_ctx *c;
	struct key_text_ctx text;
	struct arb_buf line;
	unsigned btree, level;		/* of the node that holds the keys */
	const char *event;
	bool headings;			/* "== extents" before a btree's first key */
	uint64_t unreadable, shown;
};

void listing_init(struct listing *l, struct command_ctx *c, const char *event);
void listing_free(struct listing *l);
enum arb_code listing_key(struct listing *l, unsigned level, struct bkey_s k);
/* One unreadable node: complained about and counted. */
void listing_bad(struct listing *l, unsigned level, struct bkey_s ptr, const struct defects *d);
/* Keys of l->btree at a level, both ends included. */
enum arb_code listing_walk(struct listing *l, unsigned level, struct bpos start, struct bpos end, struct arb_error *err);
/* A listing with something missing did not succeed, however much it shows: @code, or that. */
enum arb_code listing_end(const struct listing *l, enum arb_code code, struct arb_error *err);

#endif
