/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Journal entries with impossibly high numbers: nothing that is written could be newer than they are, so they come first, before anything else.
 * One whose number is known gets it: what a reader of ours sees does not change by that, and a kernel sees the same. Others are zeroed.
 */
#include <stdlib.h>
#include "commit_internal.h"

static uint64_t offset_of(const struct view *v, const struct journal_impossible *m)
{
	return 512 * (m->place.bucket * v->geo.member[m->place.dev].bucket_size + m->place.offset);
}

/* Only the first block of it changes, which a device writes whole. */
static enum arb_code renumber(struct commit *c, const struct view *v, const struct journal_impossible *m, unsigned step, struct arb_error *err)
{
	size_t block = 512 * (size_t)v->geo.block_sectors, n = m->bytes < block ? block : m->bytes;
	uint8_t *bytes = malloc(n);
	enum arb_code ret = bytes ? blk_read(v->devs->dev[m->place.dev]->blk, offset_of(v, m), bytes, n, err) : commit_no_memory(err);

	if (!ret) {
		jset_renumber(bytes, m->bytes, m->real_seq);
		ret = commit_add(c, v, m->place.dev, step, offset_of(v, m), bytes, block, "number of a journal entry", err);
	}
	free(bytes);
	return ret;
}

static enum arb_code destroy(struct commit *c, const struct view *v, const struct journal_impossible *m, unsigned step, struct arb_error *err)
{
	size_t block = 512 * (size_t)v->geo.block_sectors;
	uint8_t *zeroes = calloc(1, block);
	enum arb_code ret = zeroes ? commit_add(c, v, m->place.dev, step, offset_of(v, m), zeroes, block,
						"journal entry with an impossible number destroyed", err) : commit_no_memory(err);

	free(zeroes);
	return ret;
}

enum arb_code commit_mend_numbers(struct commit *c, const struct view *v, const struct plan *p, struct arb_error *err)
{
	unsigned step = c->nr_steps + 1;
	enum arb_code ret = ARB_OK;

	if (v->journal->impossible.nr && !v->journal->clean && !plan_journal_anew(p))
		return arb_fail(err, ARB_E_REFUSED, "the journal has entries with impossibly high numbers: nothing that is written could be newer");

	for (size_t i = 0; i < v->journal->impossible.nr && !ret; i++) {
		const struct journal_impossible *m = &v->journal->impossible.v[i];

		ret = m->real_seq ? renumber(c, v, m, step, err) : destroy(c, v, m, step, err);
	}
	return ret;
}
