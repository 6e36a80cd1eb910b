/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Inodes from before: the whole journal is lost, or they come from older nodes. A kernel writes inodes late, so that the size in one may be
 * that of the file before its data was written. A check of the kernel's takes data behind the end of a file out; so the size follows
 * the data that is there.
 */
#include "topology_lost.h"

#include "arborist/base/le.h"
#include "arborist/format/btree_id.h"
#include "arborist/format/extent.h"
#include "arborist/format/inode.h"
#include "arborist/format/key_type.h"

enum { V3_SECTORS_AT = 24, V3_SIZE_AT = 32, V3_FIXED_BYTES = 48 };	/* in the value of an inode_v3 */
#define SNAPSHOTS_MAX 64	/* versions of one inode that are looked at */

/* What one version of the inode at hand has of data; .end 0: none, but hides some. */
struct version { uint32_t snapshot; uint64_t end, sectors; };

struct sizes {
	struct pass_ctx *c;
	struct bpos_range in;	/* inodes that may be older than their data */
	uint64_t	inum;
	struct version	v[SNAPSHOTS_MAX];
	unsigned	nr;
};

/* Where the data of a key ends, in bytes of the file; 0: it holds none. */
static uint64_t data_end(struct bkey_s k)
{
	struct extent_iter it = { 0 };
	struct extent_ptr p;

	if (k.k.p.offset > UINT64_MAX >> 9 || k.k.size > k.k.p.offset)
		return 0;
	switch (k.k.type) {
	case KEY_reflink_p:
		return k.k.p.offset << 9;
	case KEY_inline_data:
		return ((k.k.p.offset - k.k.size) << 9) + bkey_val_bytes(&k.k);
	case KEY_extent:
		while (extent_next_ptr(k, &it, &p))
			if (!p.unwritten)
				return k.k.p.offset << 9;
		return 0;
	default:
		return 0;
	}
}

static struct finding *question(struct sizes *s, const struct version *v, uint64_t size, struct bkey_buf *inode)
{
	struct finding *f = finding_new("arborist_inode_size_behind", "lost.size");

	if (!f)
		return NULL;
	f->btree = BTREE_inodes;
	f->pos = f->end = inode->k.p;
	finding_message(f, "inode %llu has data up to byte %llu, and a size of %llu", (unsigned long long)s->inum,
			(unsigned long long)v->end, (unsigned long long)size);
	finding_reason(f, "nothing newer than this size is known, and a kernel's check takes data behind it out");
	f->repair = repair_new("let the size of an inode reach to the end of its data");
	if (f->repair) {
		f->repair->btree = BTREE_inodes;
		f->repair->pos = f->repair->end = f->pos;
		le64_put(inode->v + V3_SIZE_AT, v->end);
		if (le64_get(inode->v + V3_SECTORS_AT) < v->sectors)
			le64_put(inode->v + V3_SECTORS_AT, v->sectors);
		repair_insert(f->repair, BTREE_inodes, 0, bkey_buf_s(inode));
	}
	return f;
}

static enum arb_code count_key(void *arg, const struct node *n, struct bkey_s k)
{
	(void)n;
	(void)k;
	++*(unsigned *)arg;
	return ARB_OK;
}

/* What one version sees of another's data, and where it was truncated, is more than a size can tell. */
static enum arb_code count_inodes(struct sizes *s, unsigned *ret)
{
	struct walk w = { .btree = BTREE_inodes, .key = count_key, .arg = ret, .start = BPOS(0, s->inum, 0), .end = BPOS(0, s->inum, UINT32_MAX) };

	*ret = 0;
	return view_walk(s->c->view, &w, s->c->err);
}

static enum arb_code check_version(struct sizes *s, const struct version *v)
{
	unsigned block = 512 * s->c->view->geo.block_sectors;
	struct bkey_buf k;
	struct inode in;
	bool found, fixed;
	unsigned nr;
	struct bpos pos = BPOS(0, s->inum, v->snapshot);
	enum arb_code code;

	if (bpos_lt(pos, s->in.start) || bpos_lt(s->in.end, pos))
		return ARB_OK;
	code = view_lookup(s->c->view, BTREE_inodes, pos, &k, &found, s->c->err);
	if (code || !found || k.k.type != KEY_inode_v3 || bkey_val_bytes(&k.k) < V3_FIXED_BYTES || !inode_get(bkey_buf_s(&k), &in))
		return code;
	if (v->end <= in.size || (v->end - in.size < block && v->end <= (in.size + block - 1) / block * block))
		return ARB_OK;		/* a file may end within its last block */
	code = count_inodes(s, &nr);
	if (code || (s->c->run->older_inodes.nr && (nr > 1 || s->nr > 1)))
		return code;
	return pass_decide(s->c, question(s, v, in.size, &k), &fixed);
}

static enum arb_code finish_inode(struct sizes *s)
{
	enum arb_code code = ARB_OK;

	for (unsigned i = 0; !code && i < s->nr; i++)
		if (s->v[i].end)
			code = check_version(s, &s->v[i]);
	s->nr = 0;
	return code;
}

static enum arb_code see_key(void *arg, const struct node *n, struct bkey_s k)
{
	struct sizes *s = arg;
	enum arb_code code = k.k.p.inode != s->inum ? finish_inode(s) : ARB_OK;
	uint64_t end = data_end(k);
	unsigned i = 0;

	(void)n;
	s->inum = k.k.p.inode;
	while (i < s->nr && s->v[i].snapshot != k.k.p.snapshot)
		i++;
	if (code || i == SNAPSHOTS_MAX)
		return code;
	if (i == s->nr)
		s->v[s->nr++] = (struct version){ .snapshot = k.k.p.snapshot };
	s->v[i].end = end > s->v[i].end ? end : s->v[i].end;
	s->v[i].sectors += end ? k.k.size : 0;
	return ARB_OK;
}

static enum arb_code check_range(struct pass_ctx *c, struct bpos_range in)
{
	struct sizes s = { .c = c, .in = in };
	struct walk w = { .btree = BTREE_extents, .key = see_key, .arg = &s, .start = BPOS(in.start.offset, 0, 0),
			  .end = BPOS(in.end.offset, UINT64_MAX, UINT32_MAX) };
	enum arb_code code = view_walk(c->view, &w, c->err);

	return code ? code : finish_inode(&s);
}

enum arb_code topo_sizes_doubt(struct pass_ctx *c, unsigned btree, struct bpos start, struct bpos end)
{
	struct pass_run *r = c->run;
	struct bpos_range *in;

	if (btree != BTREE_inodes)
		return ARB_OK;
	in = arb_array_push(&r->older_inodes);
	if (!in)
		return arb_fail(c->err, ARB_E_NOMEM, "out of memory for inodes that may be older than their data");
	*in = (struct bpos_range){ start, end };
	return ARB_OK;
}

enum arb_code topo_sizes(struct pass_ctx *c)
{
	enum arb_code code = ARB_OK;

	if (c->scope.restricted)
		return ARB_OK;
	if (c->view->journal->nothing_to_replay && plan_journal_anew(c->plan))
		return check_range(c, (struct bpos_range){ POS_MIN, SPOS_MAX });
	for (size_t i = 0; !code && i < c->run->older_inodes.nr; i++)
		code = check_range(c, c->run->older_inodes.v[i]);
	return code;
}
