/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A node as text: its header, its format and its bsets. */
#include "arborist/btree/node.h"
#include "arborist/format/btree_id.h"

static void range_to_text(struct arb_buf *out, struct bpos min, struct bpos max)
{
	bpos_to_text(out, min);
	arb_buf_puts(out, " - ");
	bpos_to_text(out, max);
}

static const char *csum_state(const struct node_bset *b)
{
	return b->csum_ok ? "ok" : csum_type_known(b->h.csum_type) ? "BAD" : "unknown";
}

static void place_to_text(struct arb_buf *out, const struct fs_geometry *geo, const struct node *n)
{
	if (n->replica >= n->ptr.nr_ptrs) {
		arb_buf_puts(out, "in memory only\n");
		return;
	}
	arb_buf_printf(out, "device %u sector %llu, copy %u of %u, %u of %u sectors written\n", n->ptr.ptr[n->replica].dev,
		       (unsigned long long)n->ptr.ptr[n->replica].sector, n->replica + 1, n->ptr.nr_ptrs, n->sectors_read,
		       geo->node_sectors);
}

static void bset_to_text(struct arb_buf *out, const struct node_bset *b, unsigned i)
{
	const char *type = csum_type_name(b->h.csum_type);

	arb_buf_printf(out, "bset %u: sector %u, %u sectors, %u keys in %u words, journal seq %llu, version %u.%u, %s %s%s%s\n", i,
		       b->offset / 512, b->bytes / 512, b->nr_keys, b->h.u64s, (unsigned long long)b->h.journal_seq,
		       b->h.version >> 10, b->h.version & 1023, type ? type : "checksum type", csum_state(b),
		       b->blacklisted ? ", blacklisted" : "", b->used ? "" : ", not used");
}

void node_to_text(struct arb_buf *out, const struct fs_geometry *geo, const struct node *n)
{
	btree_id_to_text(out, n->btree);
	arb_buf_printf(out, " level %u ", n->level);
	range_to_text(out, n->min, n->max);
	if (n->ptr.range_updated) {
		arb_buf_puts(out, ", by its pointer; header: ");
		range_to_text(out, n->h.min_key, n->h.max_key);
	}
	arb_buf_putc(out, '\n');
	place_to_text(out, geo, n);
	arb_buf_printf(out, "node seq %u, cookie %llx\n", n->h.node_seq, (unsigned long long)n->h.bset.seq);
	arb_buf_printf(out, "keys %zu  bsets %u  csum", n->nr_keys, n->nr_bsets);
	for (unsigned i = 0; i < n->nr_bsets; i++)
		arb_buf_printf(out, " %s", csum_state(&n->bsets[i]));
	if (n->keys_outside)
		arb_buf_printf(out, "  outside the range %zu", n->keys_outside);
	arb_buf_puts(out, "\nformat ");
	bkey_format_to_text(out, &n->h.format);
	arb_buf_putc(out, '\n');
	for (unsigned i = 0; i < n->nr_bsets; i++)
		bset_to_text(out, &n->bsets[i], i);
}
