/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * From the bytes of one replica to a struct node: headers and bsets, in the order of checks of format-btree.md 8. Keys are
 * node_keys.c and node_merge.c. What is wrong becomes defects; only lack of memory is an error.
 */
#include <stdarg.h>
#include <stdio.h>

#include "arborist/format/btree_id.h"
#include "node_decode.h"

#define VERSION_MAJOR(v)	((v) >> 10)
#define VERSION_OLDEST		12	/* older keys and headers would need rewriting while read (format-btree.md 10) */

void decoder_defect(struct decoder *c, unsigned err, const char *own, enum defect_severity s, uint32_t offset, const char *fmt, ...)
{
	char text[300];
	struct defect *d;
	va_list ap;

	if (s >= DEFECT_MUST_RETRY)
		c->unreadable = true;
	if (c->n->defects.list.nr >= DEFECTS_MAX) {
		c->n->defects.dropped++;
		return;
	}
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	d = defects_add(&c->n->defects, err, s, "%s", text);
	if (!d)
		return;
	d->own = err ? bkey_invalid_own(err) : own;
	if (d->own)
		d->err = 0;
	d->dev = c->dev;
	d->sector = c->sector;
	d->offset = offset;
}

/* The first bset that is lost decides from when on something may be missing. */
static uint64_t seq_before(const struct decoder *c, unsigned bset)
{
	uint64_t seq = 0;

	for (unsigned i = 0; i < bset && i < c->bsets.nr; i++)
		if (c->bsets.v[i].used && seq < c->bsets.v[i].h.journal_seq)
			seq = c->bsets.v[i].h.journal_seq;
	return seq;
}

void decode_lost(struct decoder *c, unsigned bset, struct bpos start, struct bpos end)
{
	struct node_lost *l = &c->n->lost;
	struct bpos_range *r;
	uint64_t seq;

	start = bpos_max(start, c->n->min);
	end = bpos_min(end, c->n->max);
	if (c->n->level || !bpos_le(start, end))
		return;
	l->bytes = true;
	if (bset) {
		seq = seq_before(c, bset);
		l->newer_seq = l->newer.nr && l->newer_seq < seq ? l->newer_seq : seq;
		r = arb_array_push(&l->newer);
	} else {
		r = arb_array_push(&l->range);
	}
	if (r)
		*r = (struct bpos_range){ start, end };
	else
		c->oom = true;
}

void decode_lost_key(struct decoder *c, unsigned bset, const struct bkey *k)
{
	struct bpos start = k->p;

	if (k->size && k->size <= k->p.offset) {
		start.offset -= k->size - 1;
		start.snapshot = k->size > 1 ? 0 : start.snapshot;
	}
	decode_lost(c, bset, start, k->p);
}

void decode_lost_value(struct decoder *c, const struct node_key *k)
{
	bool bytes = c->n->lost.bytes || !c->bsets.v[k->bset & ~KEY_VALUE_BAD].csum_ok;

	decode_lost_key(c, 0, &k->k);
	c->n->lost.bytes = bytes;
}

static int cmp_range(const void *x, const void *y)
{
	const struct bpos_range *a = x, *b = y;

	return bpos_cmp(a->start, b->start);
}

/* In order, and what overlaps is one. */
static size_t join(struct bpos_range *v, size_t all)
{
	size_t nr = 0;

	if (all)
		qsort(v, all, sizeof(*v), cmp_range);
	for (size_t i = 0; i < all; i++) {
		struct bpos_range *last = nr ? &v[nr - 1] : NULL;

		if (last && bpos_le(v[i].start, last->end))
			last->end = bpos_max(last->end, v[i].end);
		else
			v[nr++] = v[i];
	}
	return nr;
}

/* Checks 1 and 2: is this the node at all? */
static void check_identity(struct decoder *c)
{
	const struct node *n = c->n;

	if (n->h.magic != c->geo->bset_magic) {
		decoder_defect(c, 32, NULL, DEFECT_MUST_RETRY, 0, "bad magic: want %llx, got %llx",
			       (unsigned long long)c->geo->bset_magic, (unsigned long long)n->h.magic);
		return;
	}
	if (n->ptr.is_v2 ? n->h.bset.seq != n->ptr.seq : !n->h.bset.seq)
		decoder_defect(c, 33, NULL, DEFECT_MUST_RETRY, 0, "bad btree node seq: want %llx, got %llx",
			       (unsigned long long)n->ptr.seq, (unsigned long long)n->h.bset.seq);
}

static void range_defect(struct decoder *c, unsigned err, const char *what, struct bpos want, struct bpos got)
{
	ARB_BUF(w);
	ARB_BUF(g);

	bpos_to_text(&w, want);
	bpos_to_text(&g, got);
	decoder_defect(c, err, NULL, DEFECT_MUST_RETRY, 0, "incorrect %s: want %s, got %s", what, arb_buf_str(&w), arb_buf_str(&g));
}

/* Checks 15 to 18. */
static void check_node_header(struct decoder *c)
{
	struct node *n = c->n;
	const char *why;

	if (n->h.btree != n->btree)
		decoder_defect(c, 49, NULL, DEFECT_MUST_RETRY, 0, "incorrect btree id: want %u, got %u", n->btree, n->h.btree);
	if (n->h.level != n->level)
		decoder_defect(c, 50, NULL, DEFECT_MUST_RETRY, 0, "incorrect level: want %u, got %u", n->level, n->h.level);
	n->min = n->h.min_key;
	n->max = n->h.max_key;
	if (n->ptr.is_v2 && n->ptr.range_updated) {
		n->min = n->ptr.min_key;
		n->max = n->ptr.max_key;
	}
	if (n->ptr.is_v2 && !bpos_eq(n->min, n->ptr.min_key))
		range_defect(c, 51, "min_key", n->ptr.min_key, n->min);
	if (!bpos_eq(n->max, n->ptr.max_key))
		range_defect(c, 52, "max_key", n->ptr.max_key, n->max);
	why = bkey_format_invalid(&n->h.format, c->geo->version_min >= 12);
	if (why)
		decoder_defect(c, 53, NULL, DEFECT_BAD_NODE, 0, "invalid bkey format: %s", why);
}

/* Checks 3 and 4. */
static void check_csum(struct decoder *c, struct node_bset *b, size_t object_bytes)
{
	const uint8_t *object = c->raw + b->offset;
	struct csum want, got;

	if (csum_type_encrypts(b->h.csum_type) || !csum_type_known(b->h.csum_type)) {
		decoder_defect(c, 41, NULL, DEFECT_WANT_RETRY, b->offset, "unknown checksum type %u", b->h.csum_type);
		return;
	}
	got = csum_get(object);
	want = csum_compute(b->h.csum_type, object + 16, object_bytes - 16);
	b->csum_ok = csum_eq(want, got);
	if (!b->csum_ok)
		decoder_defect(c, 42, NULL, DEFECT_WANT_RETRY, b->offset, "checksum error, type %s: got %llx:%llx should be %llx:%llx",
			       csum_type_name(b->h.csum_type), (unsigned long long)got.hi, (unsigned long long)got.lo,
			       (unsigned long long)want.hi, (unsigned long long)want.lo);
}

/* Only a right checksum makes sure that a bset was written in some other way; else it is damaged, and cut off where it is not the first. */
static enum defect_severity not_understood(const struct node_bset *b)
{
	return b->csum_ok ? DEFECT_INCOMPATIBLE : b->offset ? DEFECT_FIXABLE : DEFECT_BAD_NODE;
}

/* Checks 6 to 10: can this bset be understood? */
static bool check_features(struct decoder *c, const struct node_bset *b)
{
	enum defect_severity s = not_understood(b);
	const struct node *n = c->n;
	unsigned v = b->h.version;
	bool known = VERSION_MAJOR(v) <= 1 && v >= VERSION_OLDEST;

	if (b->h.big_endian)
		decoder_defect(c, 0, "arborist_node_big_endian", s, b->offset, "bset of big endian");
	if (!b->offset && !n->level && (btree_info(n->btree)->flags & BTREE_EXTENTS) && !n->h.new_extent_overwrite)
		decoder_defect(c, 34, NULL, s, b->offset, "extents node from before new_extent_overwrite");
	if (!known)
		decoder_defect(c, 34, NULL, s, b->offset, "unsupported bset version %u.%u", VERSION_MAJOR(v), v & 1023);
	if (v < c->geo->version_min)
		decoder_defect(c, 35, NULL, DEFECT_FIXABLE, b->offset, "bset version %u.%u older than superblock version_min %u.%u",
			       VERSION_MAJOR(v), v & 1023, VERSION_MAJOR(c->geo->version_min), c->geo->version_min & 1023);
	if (VERSION_MAJOR(v) > VERSION_MAJOR(c->geo->version))
		decoder_defect(c, 36, NULL, DEFECT_FIXABLE, b->offset, "bset version %u.%u newer than superblock version %u.%u",
			       VERSION_MAJOR(v), v & 1023, VERSION_MAJOR(c->geo->version), c->geo->version & 1023);
	if (b->h.separate_whiteouts)
		decoder_defect(c, 34, NULL, s, b->offset, "bset with separate whiteouts");
	return known && !b->h.big_endian && !b->h.separate_whiteouts;
}

/* Checks 19 and 20. */
static void check_blacklist(struct decoder *c, struct node_bset *b)
{
	b->blacklisted = geometry_seq_blacklisted(c->geo, b->h.journal_seq);
	if (b->blacklisted && !b->offset)
		decoder_defect(c, 47, NULL, DEFECT_FIXABLE, b->offset, "first btree node bset has blacklisted journal seq %llu",
			       (unsigned long long)b->h.journal_seq);
	if (b->blacklisted && c->n->ptr.sectors_written)
		decoder_defect(c, 48, NULL, DEFECT_FIXABLE, b->offset,
			       "found blacklisted bset (journal seq %llu) in btree node with sectors_written",
			       (unsigned long long)b->h.journal_seq);
	b->used = !b->blacklisted || !b->offset;
}

static size_t node_bytes(const struct fs_geometry *geo)
{
	return (size_t)geo->node_sectors * 512;
}

static size_t block_bytes(const struct fs_geometry *geo)
{
	return geo->block_sectors ? (size_t)geo->block_sectors * 512 : 512;
}

/*
 * Checks 11 to 13. A length beyond the node cannot have a right checksum: another replica is better then. One beyond
 * what the pointer counts is cut off, as the reference does. True when the keys are there.
 */
static bool check_extent(struct decoder *c, const struct node_bset *b, size_t object_bytes)
{
	size_t end = b->offset + object_bytes;

	if (end > node_bytes(c->geo))
		decoder_defect(c, 42, NULL, DEFECT_WANT_RETRY, b->offset, "checksum error: bset of %u words ends after the node", b->h.u64s);
	if (end > c->limit || b->offset + b->bytes > c->limit) {
		decoder_defect(c, 43, NULL, DEFECT_FIXABLE, b->offset, "bset past end of btree node (offset %zu len %zu but written %zu)",
			       (size_t)b->offset / 512, (size_t)b->bytes / 512, c->limit / 512);
		return false;
	}
	if (b->offset && !b->h.u64s)
		decoder_defect(c, 45, NULL, DEFECT_FIXABLE, b->offset, "empty bset");
	return true;
}

/* Reads the bset at @off; false when there is none, or when the node cannot be read. */
static bool decode_bset(struct decoder *c, size_t *off)
{
	size_t header = *off ? NODE_ENTRY_BYTES : NODE_HEADER_BYTES, object_bytes;
	struct node_bset *b;
	bool there;

	if (*off + header > c->bytes)
		return false;
	struct bset_header h = bset_header_get(c->raw + *off + header - BSET_HEADER_BYTES);
	if (*off && h.seq != c->n->h.bset.seq)
		return false;
	b = arb_array_push(&c->bsets);
	if (!b) {
		c->oom = true;
		return false;
	}
	object_bytes = header + 8 * (size_t)h.u64s;
	b->h = h;
	b->offset = *off;
	b->bytes = (object_bytes + block_bytes(c->geo) - 1) / block_bytes(c->geo) * block_bytes(c->geo);
	b->keys_offset = *off + header;
	if (csum_type_encrypts(h.csum_type) && c->geo->encrypted) {
		decoder_defect(c, 0, "arborist_node_locked", DEFECT_INCOMPATIBLE, *off, "encrypted, and there is no key");
		return false;
	}
	if (*off + object_bytes <= c->limit)
		check_csum(c, b, object_bytes);
	there = check_features(c, b);
	there &= check_extent(c, b, object_bytes);
	if (b->h.offset && b->h.offset != *off / 512)
		decoder_defect(c, 44, NULL, DEFECT_WANT_RETRY, *off, "bset at wrong sector offset: says %u, is at %zu", b->h.offset, *off / 512);
	if (!*off)
		check_node_header(c);
	if (c->unreadable)
		return false;
	check_blacklist(c, b);
	b->used &= there;
	*off += b->bytes;
	return there;
}

/* What stands where the node should go on, or after its end. */
static void check_end(struct decoder *c, size_t end)
{
	unsigned written = c->n->ptr.sectors_written;

	if (written) {
		c->missing = end < (size_t)written * 512;
		if (c->missing)
			decoder_defect(c, 37, NULL, DEFECT_WANT_RETRY, end, "btree node data missing: expected %u sectors, found %zu",
				       written, end / 512);
		return;
	}
	for (size_t off = end; off + NODE_ENTRY_BYTES <= c->bytes; off += block_bytes(c->geo)) {
		struct bset_header h = bset_header_get(c->raw + off + 16);

		if (h.seq == c->n->h.bset.seq && !geometry_seq_blacklisted(c->geo, h.journal_seq)) {
			decoder_defect(c, 38, NULL, DEFECT_WANT_RETRY, off, "found bset signature after last bset");
			return;
		}
	}
}

static void decode_keys(struct decoder *c)
{
	struct node *n = c->n;

	scratch_take(&c->keys);
	decode_keys_init(c);
	for (unsigned i = 0; i < c->bsets.nr && !c->oom; i++) {
		if (!c->bsets.v[i].used) {
			if (!i || !c->bsets.v[i].blacklisted)
				decode_lost(c, i, n->min, n->max);
			continue;
		}
		if (n->max_journal_seq < c->bsets.v[i].h.journal_seq)
			n->max_journal_seq = c->bsets.v[i].h.journal_seq;
		decode_bset_keys(c, i);
	}
	if (!c->oom)
		decode_merge(c);
	if (c->missing)
		decode_lost(c, c->bsets.nr, n->min, n->max);
	n->lost.range.nr = join(n->lost.range.v, n->lost.range.nr);
	n->lost.newer.nr = join(n->lost.newer.v, n->lost.newer.nr);
	scratch_give(&c->keys);
}

bool decode_bsets(struct decoder *c)
{
	size_t off = 0;

	c->n->h = node_header_get(c->raw);
	check_identity(c);
	if (c->unreadable)
		return false;
	while (off < c->limit && decode_bset(c, &off))
		;
	if (c->unreadable || c->oom)
		return false;
	c->n->sectors_read = (off < c->limit ? off : c->limit) / 512;
	check_end(c, off);
	return true;
}

size_t decode_limit(const struct fs_geometry *geo, const struct btree_ptr *ptr, size_t bytes)
{
	size_t limit = node_bytes(geo);

	if (ptr->sectors_written && (size_t)ptr->sectors_written * 512 < limit)
		limit = (size_t)ptr->sectors_written * 512;
	return limit < bytes ? limit : bytes;
}

/* --- the two ways of reading a node --------------------------------------------------------------------------------------- */

static enum arb_code decoder_init(struct decoder *c, const struct node_bytes *b, struct arb_error *err)
{
	*c = (struct decoder){
		.geo = b->geo, .raw = b->raw, .bytes = b->bytes, .limit = decode_limit(b->geo, b->ptr, b->bytes), .dev = DEV_NONE,
	};
	c->n = calloc(1, sizeof(*c->n));
	if (!c->n)
		return arb_fail(err, ARB_E_NOMEM, "out of memory for a btree node");
	c->n->btree = b->btree;
	c->n->level = b->level;
	c->n->ptr = *b->ptr;
	c->n->replica = b->replica;
	if (b->replica < b->ptr->nr_ptrs) {
		c->dev = b->ptr->ptr[b->replica].dev;
		c->sector = b->ptr->ptr[b->replica].sector;
	}
	return ARB_OK;
}

/* Gives what was decoded to the node, or drops all. */
static struct node *decoder_finish(struct decoder *c, bool good)
{
	struct node *n = c->n;

	arb_array_free(&c->runs);
	if (!good) {
		arb_array_free(&c->bsets);
		node_free(n);
		return NULL;
	}
	n->bsets = c->bsets.v;
	n->nr_bsets = c->bsets.nr;
	n->needs_rewrite = defects_worst(&n->defects) >= DEFECT_FIXABLE;
	return n;
}

static enum arb_code no_memory(struct arb_error *err)
{
	return arb_fail(err, ARB_E_NOMEM, "out of memory for the keys of a btree node");
}

enum arb_code node_decode(const struct node_bytes *b, struct node **ret, struct defects *defects, struct arb_error *err)
{
	struct decoder c;
	enum arb_code code = decoder_init(&c, b, err);

	*ret = NULL;
	if (code)
		return code;
	if (b->bytes < NODE_HEADER_BYTES)
		decoder_defect(&c, 0, "arborist_node_short", DEFECT_MUST_RETRY, 0, "%zu bytes are no btree node", b->bytes);
	else if (decode_bsets(&c))
		decode_keys(&c);
	if (c.unreadable && !c.oom)
		defects_move(defects, &c.n->defects);
	*ret = decoder_finish(&c, !c.unreadable && !c.oom);
	if (*ret) {
		(*ret)->raw = b->raw;
		(*ret)->raw_bytes = b->bytes;
	}
	return c.oom ? no_memory(err) : ARB_OK;
}

/* Is there nothing to say about the node? */
static bool all_plain(struct decoder *c)
{
	if (c->bytes < NODE_HEADER_BYTES || !decode_bsets(c) || c->n->defects.list.nr || c->n->defects.dropped)
		return false;
	decode_keys_init(c);
	for (unsigned i = 0; i < c->bsets.nr; i++) {
		if (c->bsets.v[i].used && !keys_plain(c, i, &c->n->content))
			return false;
		c->n->content.hides |= i > 0;
		if (c->bsets.v[i].used && c->n->max_journal_seq < c->bsets.v[i].h.journal_seq)
			c->n->max_journal_seq = c->bsets.v[i].h.journal_seq;
	}
	return true;
}

enum arb_code node_check(const struct node_bytes *b, struct node **ret, struct arb_error *err)
{
	struct decoder c;
	enum arb_code code = decoder_init(&c, b, err);

	*ret = NULL;
	if (code)
		return code;
	*ret = decoder_finish(&c, all_plain(&c) && !c.oom);
	if (*ret)
		(*ret)->only_checked = true;
	return c.oom ? no_memory(err) : ARB_OK;
}

void node_content_add(struct node_content *sum, const struct bkey *k)
{
	sum->types |= UINT64_C(1) << (k->type < KEY_TYPE_NR ? k->type : 63);
	sum->version_max = k->ver.lo > sum->version_max ? k->ver.lo : sum->version_max;
	sum->nr_inodes += bkey_type_is_inode(k->type);
}

void node_drop_keys(struct node *n)
{
	n->content = (struct node_content){ 0 };
	for (size_t i = 0; i < n->nr_keys; i++)
		node_content_add(&n->content, &n->keys[i].k);
	free(n->keys);
	free(n->raw);
	n->keys = NULL;
	n->raw = NULL;
	n->nr_keys = n->raw_bytes = 0;
	n->only_checked = true;
}
