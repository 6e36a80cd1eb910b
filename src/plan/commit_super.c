/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The superblocks of a commit (format-superblock-journal.md 6 and 11.5 (a)). */
#include <string.h>
#include "arborist/format/accounting.h"
#include "arborist/format/extent.h"
#include "arborist/format/superblock.h"
#include "commit_internal.h"
#include "commit_nodes.h"

/* Set whenever a filesystem goes read-write; a clean shutdown clears two of them, and without them nothing is replayed. */
#define FEATURES_ALWAYS		0x63200ull
#define FEATURE_BLACKLIST	(1ull << 5)
#define VERSION_BITMAP		(1 << 10 | 6)	/* members have bitmaps of where btree nodes lie */
enum { OFF_LAYOUT = 240, LAYOUT_BYTES = 512 };

static enum arb_code no_room(struct arb_error *err)
{
	return arb_fail(err, ARB_E_NO_ROOM, "the superblock has no room for what the commit has to note in it");
}

static enum arb_code mark_btree(struct sb *sb, const struct mutation *mut)
{
	struct sb_member m;

	if (mut->pos.inode >= SB_MEMBERS_MAX || !sb_member_get(sb, mut->pos.inode, &m))
		return ARB_E_BAD_ARGUMENT;
	sb_member_mark_btree(&m, mut->pos.offset, mut->super_arg);
	sb_member_put(sb, mut->pos.inode, &m);
	return ARB_OK;
}

static enum arb_code add_replicas(struct sb *sb, struct bpos pos)
{
	struct accounting_pos a = accounting_pos_get(pos);
	struct replicas_entry e = { .data_type = a.data_type, .nr_devs = a.nr_devs, .nr_required = a.nr_required };

	if (a.type != ACCT_replicas || a.nr_devs > ACCT_REPLICAS_DEVS_MAX)
		return ARB_E_BAD_ARGUMENT;
	memcpy(e.devs, a.devs, a.nr_devs);
	return sb_replicas_add(sb, &e, NULL);
}

/* check_alloc_info, check_lrus, the four of backpointers and lru references */
const uint8_t plan_bucket_passes[] = { 10, 11, 12, 13, 14, 15, 0 };
/* From a bucket whose contents changed follow lru, need_discard, freespace (2), a backpointer to nothing or into a bucket without key: they stop a plain mount. */
const uint8_t plan_bucket_silent[] = { 105, 114, 115, 116, 127, 128, 0 };

static enum arb_code check_buckets(struct sb *sb)
{
	enum arb_code code = ARB_OK;

	for (unsigned i = 0; plan_bucket_passes[i] && !code; i++)
		code = sb_require_pass(sb, plan_bucket_passes[i]);
	for (unsigned i = 0; plan_bucket_silent[i] && !code; i++)
		code = sb_silence_error(sb, plan_bucket_silent[i]);
	return code;
}

static enum arb_code apply_super(struct sb *sb, const struct mutation *m, uint64_t now_s)
{
	switch ((enum plan_super)m->super_what) {
	case PLAN_SUPER_REQUIRE_PASS:
		return sb_require_pass(sb, m->super_arg);
	case PLAN_SUPER_LOST_DATA:
		return sb_btree_lost_data(sb, m->super_arg);
	case PLAN_SUPER_COUNT_ERROR:
		return sb_error_count(sb, m->super_arg, 1, now_s);
	case PLAN_SUPER_SILENCE:
		return sb_silence_error(sb, m->super_arg);
	case PLAN_SUPER_CHECK_BUCKETS:
		return check_buckets(sb);
	case PLAN_SUPER_BTREE_BITMAP:
		return mark_btree(sb, m);
	case PLAN_SUPER_COPY:
		return ARB_OK;
	case PLAN_SUPER_REPLICAS:
		return add_replicas(sb, m->pos);
	case PLAN_SUPER_KEY_VERSION:
	case PLAN_SUPER_JOURNAL:
		return ARB_OK;		/* stands in the journal */
	}
	return ARB_E_BAD_ARGUMENT;
}

static enum arb_code apply_repairs(struct sb *sb, const struct plan *p, uint64_t now_s, struct arb_error *err)
{
	for (size_t i = 0; i < p->repairs.nr; i++)
		for (size_t j = 0; j < p->repairs.v[i]->mutations.nr; j++) {
			const struct mutation *m = &p->repairs.v[i]->mutations.v[j];

			if (m->kind == MUTATION_SUPER && apply_super(sb, m, now_s))
				return no_room(err);
		}
	return ARB_OK;
}

void commit_super_errors(struct sb *sb, const struct plan *p, bool with_derived, uint64_t now_s)
{
	uint64_t count[SB_ERRORS_MAX] = { 0 };

	for (size_t i = 0; i < p->repairs.nr; i++) {
		const struct repair *r = p->repairs.v[i];

		if (r->finding_nr < SB_ERRORS_MAX && (with_derived || !repair_derived(r)))
			count[r->finding_nr]++;
	}
	for (unsigned nr = 1; nr < SB_ERRORS_MAX; nr++)
		if (sb_error_count(sb, nr, count[nr], now_s))
			return;
}

/* --- where btree nodes may be -------------------------------------------------------------------------------------- */

static unsigned log2_up(uint64_t v)
{
	unsigned n = 0;

	while (n < 63 && v > 1ull << n)
		n++;
	return n;
}

static void bitmap_mark(struct sb_member *m, uint64_t start, uint64_t end)
{
	unsigned need = log2_up(end), fold = need > m->btree_bitmap_shift + 6u ? need - (m->btree_bitmap_shift + 6u) : 0;
	uint64_t folded = 0;

	for (unsigned i = 0; i < 64; i++)
		if (m->btree_bitmap >> i & 1)
			folded |= 1ull << (fold < 6 ? i >> fold : 0);
	m->btree_bitmap = folded;
	m->btree_bitmap_shift += fold;
	for (uint64_t i = start >> m->btree_bitmap_shift; i <= (end - 1) >> m->btree_bitmap_shift && i < 64; i++)
		m->btree_bitmap |= 1ull << i;
}

struct marking { struct sb *sb; unsigned node_sectors; };

static void mark_pointer(const struct marking *a, const struct btree_ptr *p)
{
	struct sb_member m;

	for (unsigned i = 0; i < p->nr_ptrs; i++) {
		if (p->ptr[i].sector >= 1ull << 62 || !sb_member_get(a->sb, p->ptr[i].dev, &m) || !m.alive)
			continue;
		bitmap_mark(&m, p->ptr[i].sector, p->ptr[i].sector + a->node_sectors);
		sb_member_put(a->sb, p->ptr[i].dev, &m);
	}
}

static enum arb_code mark_key(void *arg, struct bkey_s k)
{
	struct btree_ptr p;

	if (btree_ptr_get(k, &p))
		mark_pointer(arg, &p);
	return ARB_OK;
}

static enum arb_code mark_overlay_key(void *arg, const struct overlay_key *k)
{
	return k->cause == OVERLAY_FROM_JOURNAL || !k->level ? ARB_OK : mark_key(arg, k->key);
}

/* A scan looks only where the bitmap says so: every node that a repair points at has to be in it. */
static void mark_nodes(struct sb *sb, const struct view *v, const struct commit_nodes *nodes)
{
	struct marking a = { sb, v->geo.node_sectors };

	overlay_for_each(v->overlay, mark_overlay_key, &a);
	for (size_t i = 0; i < nodes->list.nr; i++)
		mark_pointer(&a, &nodes->list.v[i].ptr);
	for (unsigned i = 0; i < BTREE_ID_NR_MAX; i++)
		if (v->roots[i].cause && !v->roots[i].fake)
			mark_key(&a, bkey_buf_s(&v->roots[i].key));
}

/* --- shared and own parts ------------------------------------------------------------------------------------------ */

static void set_member_seqs(struct sb *sb, const struct devset *devs)
{
	struct sb_member m;

	for (unsigned i = 0; i < SB_MEMBERS_MAX; i++)
		if (devs->dev[i] && sb_member_get(sb, i, &m)) {
			m.seq = sb->seq;
			sb_member_put(sb, i, &m);
		}
}

enum arb_code commit_super_shared(const struct view *v, const struct commit_nodes *nodes, const struct plan *p,
				  struct seq_range blacklist, uint64_t now_s, struct sb *ret, struct arb_error *err)
{
	const struct sb *old = v->devs->best;
	enum arb_code code = sb_dup(old, ret);

	if (code)
		return arb_fail(err, code, "no memory for the superblock");
	sb_flag_set(ret, "CLEAN", 0);
	sb_fixed_set(ret, "features[0]", ret->features[0] | FEATURES_ALWAYS | FEATURE_BLACKLIST);
	if (ret->version >= VERSION_BITMAP && !sb_members_widen(ret)) {
		sb_free(ret);
		return arb_fail(err, ARB_E_NOMEM, "no memory for the superblock");
	}
	sb_fixed_set(ret, "seq", old->seq + 1);
	sb_fixed_set(ret, "write_time", now_s);
	code = sb_blacklist_add(ret, blacklist, err);
	code = code ? code : apply_repairs(ret, p, now_s, err);
	if (code) {
		sb_free(ret);
		return code;
	}
	mark_nodes(ret, v, nodes);
	set_member_seqs(ret, v->devs);
	return ARB_OK;
}

/* Sections that belong to one device only are its own, also when it has none. */
static bool copy_own_section(struct sb *to, const struct sb *own, enum sb_field_type type)
{
	size_t bytes = 0;
	const uint8_t *from = sb_field(own, type, &bytes);
	uint8_t *p;

	if (!from)
		return !sb_field(to, type, NULL) || sb_field_resize(to, type, 0) || !sb_field(to, type, NULL);
	p = sb_field_resize(to, type, bytes);
	if (p)
		memcpy(p, from, bytes);
	return p;
}

enum arb_code commit_super_of_device(const struct sb *shared, const struct sb *own, struct sb *ret, struct arb_error *err)
{
	enum arb_code code = sb_dup(shared, ret);

	if (code)
		return arb_fail(err, code, "no memory for the superblock");
	memcpy(ret->raw + OFF_LAYOUT, own->raw + OFF_LAYOUT, LAYOUT_BYTES);
	ret->layout = own->layout;
	sb_fixed_set(ret, "dev_idx", own->dev_idx);
	if (copy_own_section(ret, own, SB_FIELD_journal) && copy_own_section(ret, own, SB_FIELD_journal_v2))
		return ARB_OK;
	sb_free(ret);
	return no_room(err);
}
