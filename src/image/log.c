/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The journal. A clean filesystem has one flush entry that only names the roots; an unclean one has two more with the
 * last changes, the first of them without flush, which only counts because of the second; and one without flush at the end,
 * which does not count.
 */
#include "builder.h"
#include <stdlib.h>
#include "arborist/base/le.h"
#include "arborist/format/accounting.h"
#include "arborist/format/jset.h"

enum { USAGE_KEY_VERSION = 2, CLOCK_WRITE = 4096 };

void image_log_roots(const struct builder *b, struct jset_writer *w)
{
	struct bkey_buf key;
	unsigned level;

	for (unsigned id = 0; id < BTREE_ID_NR; id++)
		if (image_btree_root(b, id, &key, &level))
			jset_add_key(w, JSET_btree_root, id, level, bkey_buf_s(&key));
}

void image_log_clocks(const struct builder *b, struct jset_writer *w)
{
	uint8_t payload[16] = { 0 };

	(void)b;
	jset_add_raw(w, JSET_usage, USAGE_KEY_VERSION, 0, payload, 8);
	jset_add_raw(w, JSET_clock, 0, 0, payload, 16);
	payload[0] = 1;
	le64_put(payload + 8, CLOCK_WRITE);
	jset_add_raw(w, JSET_clock, 0, 0, payload, 16);
}

static void add_datetime(const struct builder *b, struct jset_writer *w)
{
	uint8_t payload[8];

	le64_put(payload, b->time_ns / 1000000000);
	jset_add_raw(w, JSET_datetime, 0, 0, payload, 8);
}

static void add_keys(struct jset_writer *w, unsigned btree, const struct image_keys *keys)
{
	for (size_t i = 0; i < keys->list.nr; i++)
		jset_add_key(w, JSET_btree_keys, btree, 0, keys->list.v[i]);
}

/* One entry behind what is already in the first journal bucket, on as many devices as there are replicas. */
static enum arb_code entry_write(struct builder *b, uint64_t seq, uint64_t last_seq, struct jset_writer *w)
{
	struct jset_header h = { .magic = b->geo.jset_magic, .seq = seq, .last_seq = last_seq, .version = b->geo.version,
				 .csum_type = b->geo.meta_csum, .no_flush = !last_seq };
	uint8_t *raw = NULL;
	size_t bytes;
	enum arb_code c;

	image_log_roots(b, w);
	add_datetime(b, w);
	image_log_clocks(b, w);
	if (w->out.oom)
		return image_no_memory(b);
	c = jset_encode(&h, w->out.s, w->out.len, (size_t)b->geo.block_sectors << 9, &raw, &bytes, b->err);
	for (unsigned i = 0; !c && i < b->replicas; i++) {
		struct image_dev *d = &b->dev[i];

		if (d->journal_used + (bytes >> 9) > d->bucket_sectors) {
			c = arb_fail(b->err, ARB_E_NO_ROOM, "the journal entry does not fit into a bucket");
			break;
		}
		c = blk_write(d->blk, (d->journal_start * d->bucket_sectors + d->journal_used) << 9, raw, bytes, b->err);
		d->journal_used += bytes >> 9;
	}
	free(raw);
	arb_buf_free(&w->out);
	return c;
}

/* The journal counts changes of accounting as deltas. */
static void add_accounting_delta(const struct builder *b, struct jset_writer *w)
{
	const struct accounting_pos p = { .type = ACCT_nr_inodes };
	struct bversion ver = { .lo = (uint64_t)(IMAGE_JOURNAL_SEQ + 2) << 32 | 1 };
	int64_t counters[ACCT_COUNTERS_MAX] = { b->late_inodes };
	struct bkey_buf key;

	accounting_put(&key, &p, ver, counters);
	jset_add_key(w, JSET_btree_keys, BTREE_accounting, 0, bkey_buf_s(&key));
}

/* What was written after the last flush does not count: here the deletion of everything that came late. */
static void add_deletions(struct jset_writer *w, unsigned btree, const struct image_keys *keys)
{
	for (size_t i = 0; i < keys->list.nr; i++) {
		struct bkey_s gone = { .k = { .p = keys->list.v[i].k.p, .u64s = BKEY_U64s, .type = KEY_deleted } };

		jset_add_key(w, JSET_btree_keys, btree, 0, gone);
	}
}

enum arb_code image_log_write(struct builder *b)
{
	struct jset_writer w = { ARB_BUF_INIT };
	enum arb_code c = entry_write(b, IMAGE_JOURNAL_SEQ, IMAGE_JOURNAL_SEQ, &w);

	if (c || !b->o->unclean)
		return c;
	add_keys(&w, BTREE_inodes, &b->late[BTREE_inodes]);
	c = entry_write(b, IMAGE_JOURNAL_SEQ + 1, 0, &w);
	if (c)
		return c;
	add_keys(&w, BTREE_dirents, &b->late[BTREE_dirents]);
	add_accounting_delta(b, &w);
	c = entry_write(b, IMAGE_JOURNAL_SEQ + 2, IMAGE_JOURNAL_SEQ + 1, &w);
	if (c)
		return c;
	add_deletions(&w, BTREE_inodes, &b->late[BTREE_inodes]);
	return entry_write(b, IMAGE_JOURNAL_SEQ + 3, 0, &w);
}
