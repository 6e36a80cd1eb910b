/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the device scan wants to know of a node: headers and checksums, but no keys taken apart. */
#include "arborist/format/btree_id.h"
#include "node_decode.h"
#include "scan_private.h"

struct btree_ptr ptr_of_header(const struct node_header *h)
{
	return (struct btree_ptr){ .is_v2 = true, .seq = h->bset.seq, .min_key = h->min_key, .max_key = h->max_key };
}

/* Inodes of the newest version begin with a journal seq of their own. Lengths were covered by the checksum. */
static void take_inode_seqs(const struct decoder *c, const struct node_bset *b, uint64_t *seq)
{
	const uint8_t *p = c->raw + b->keys_offset, *end = p + 8 * (size_t)b->h.u64s;

	for (size_t words; p < end && (words = p[0]) && words <= (size_t)(end - p) / 8; p += 8 * words) {
		unsigned key = bkey_packed_key_u64s(&c->n->h.format, p);

		if (p[2] == KEY_inode_v3 && words > key && *seq < le64_get(p + 8 * key))
			*seq = le64_get(p + 8 * key);
	}
}

size_t node_probe_bytes(const struct fs_geometry *geo, const uint8_t *raw, size_t have)
{
	size_t node = (size_t)geo->node_sectors * 512, block = geo->block_sectors ? (size_t)geo->block_sectors * 512 : 512;
	uint64_t seq = node_header_get(raw).bset.seq;
	size_t off = 0;

	while (off < node) {
		size_t header = off ? NODE_ENTRY_BYTES : NODE_HEADER_BYTES;
		struct bset_header h;

		if (header > node - off || off + header > have)
			return header > node - off ? node : off + header;
		h = bset_header_get(raw + off + header - BSET_HEADER_BYTES);
		if (off && h.seq != seq)
			return off + header;
		off += (header + 8 * (size_t)h.u64s + block - 1) / block * block;
	}
	return node;
}

static void probe_bsets(struct decoder *c, struct node_probe *ret)
{
	const struct defects *d = &c->n->defects;

	ret->usable = decode_bsets(c);
	ret->sectors = c->n->sectors_read;
	for (size_t i = 0; i < d->list.nr; i++)
		ret->locked |= d->list.v[i].own && !strcmp(d->list.v[i].own, "arborist_node_locked");
	for (size_t i = 0; i < c->bsets.nr; i++) {
		const struct node_bset *b = &c->bsets.v[i];

		ret->damaged |= !b->csum_ok;
		if (b->used && ret->journal_seq < b->h.journal_seq)
			ret->journal_seq = b->h.journal_seq;
		if (b->used && b->csum_ok && c->n->btree == BTREE_inodes && !c->n->level)
			take_inode_seqs(c, b, &ret->journal_seq);
	}
}

enum arb_code node_probe(const struct fs_geometry *geo, const uint8_t *raw, size_t bytes, struct node_probe *ret, struct arb_error *err)
{
	struct decoder c = { .geo = geo, .raw = raw, .bytes = bytes, .dev = DEV_NONE };
	struct node n = { 0 };
	struct node_header h;

	*ret = (struct node_probe){ 0 };
	if (bytes < NODE_HEADER_BYTES)
		return ARB_OK;
	h = node_header_get(raw);
	n.btree = h.btree;
	n.level = h.level;
	n.ptr = ptr_of_header(&h);
	c.n = &n;
	c.limit = decode_limit(geo, &n.ptr, bytes);
	probe_bsets(&c, ret);
	arb_array_free(&c.bsets);
	defects_free(&n.defects);
	return c.oom ? arb_fail(err, ARB_E_NOMEM, "out of memory for a btree node") : ARB_OK;
}
