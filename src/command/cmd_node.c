/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The node and the key at the cursor. */
#include <config.h>
#include "arborist/base/i18n.h"
#include "arborist/base/le.h"
#include "arborist/session/describe.h"
#include "internal.h"

static enum arb_code readable_at_cursor(struct command_ctx *c, struct location *l, struct arb_error *err)
{
	enum arb_code code = at_cursor(c, l, err);

	if (code || l->got.node)
		return code;
	location_put(l);
	return arb_fail(err, ARB_E_CONTENT, "the node at the cursor cannot be read; node says why");
}

static enum arb_code show_node(struct command_ctx *c, void (*describe)(struct arb_buf *, const struct node *), struct arb_error *err)
{
	struct location l;
	ARB_BUF(b);
	enum arb_code code = readable_at_cursor(c, &l, err);

	if (code)
		return code;
	describe(&b, l.got.node);
	location_put(&l);
	cmd_text(c, arb_buf_str(&b));
	return ARB_OK;
}

enum arb_code cmd_node(struct command_ctx *c, struct arb_error *err)
{
	struct location l;
	ARB_BUF(b);
	enum arb_code code = at_cursor(c, &l, err);

	if (code)
		return code;
	describe_node(&b, session_view(c->session), &l);
	location_put(&l);
	cmd_text(c, arb_buf_str(&b));
	return ARB_OK;
}

enum arb_code cmd_bsets(struct command_ctx *c, struct arb_error *err)
{
	return show_node(c, describe_bsets, err);
}

enum arb_code cmd_format(struct command_ctx *c, struct arb_error *err)
{
	return show_node(c, describe_format, err);
}

enum arb_code cmd_hex(struct command_ctx *c, struct arb_error *err)
{
	return show_node(c, describe_hex, err);
}

static enum arb_code key_at(struct command_ctx *c, struct bpos pos, struct location *l, struct bkey_buf *k, struct arb_error *err)
{
	enum arb_code code = readable_at_cursor(c, l, err);

	if (code)
		return code;
	if (location_key(session_view(c->session), l, pos, k))
		return ARB_OK;
	location_put(l);
	return arb_fail(err, ARB_E_REFUSED, "no key at or after that position in this node");
}

enum arb_code cmd_key(struct command_ctx *c, struct arb_error *err)
{
	struct bpos pos = session_cursor(c->session)->pos;
	struct location l;
	struct bkey_buf k;
	ARB_BUF(b);
	enum arb_code code = c->argc ? arg_pos(c->argv[0], &pos, err) : ARB_OK;

	if (!code)
		code = key_at(c, pos, &l, &k, err);
	if (code)
		return code;
	describe_key(&b, session_view(c->session), bkey_buf_s(&k));
	location_put(&l);
	cmd_text(c, arb_buf_str(&b));
	return ARB_OK;
}

/* Where a key leads: btree, level and position. Values by format-keys.md 3; False: too short to tell. */
struct target {
	unsigned btree, level;
	struct bpos pos;
};

static bool follow_dirent(struct bkey_s k, struct target *t)
{
	if (bkey_val_bytes(&k.k) < 9)
		return false;
	*t = (struct target){ BTREE_inodes, 0, BPOS(0, le64_get(k.v), k.k.p.snapshot) };
	if (k.v[8] == 16)	/* a subvolume: its number comes first, its parent second */
		*t = (struct target){ BTREE_subvolumes, 0, BPOS(0, le32_get(k.v), 0) };
	return true;
}

static bool follow_reflink_p(struct bkey_s k, struct target *t)
{
	if (bkey_val_bytes(&k.k) < 8)
		return false;
	*t = (struct target){ BTREE_reflink, 0, BPOS(0, le64_get(k.v) & ((1ull << 56) - 1), 0) };
	return true;
}

static bool follow_backpointer(struct bkey_s k, struct target *t)
{
	if (bkey_val_bytes(&k.k) < 32)
		return false;
	*t = (struct target){ k.v[0], k.v[1], bpos_get(k.v + 12) };
	return true;
}

static bool follow_subvolume(struct bkey_s k, struct target *t)
{
	if (bkey_val_bytes(&k.k) < 16)
		return false;
	*t = (struct target){ BTREE_inodes, 0, BPOS(0, le64_get(k.v + 8), le32_get(k.v + 4)) };
	return true;
}

static const struct {
	unsigned type;
	bool (*target)(struct bkey_s k, struct target *t);
} follows[] = {
	{ KEY_dirent, follow_dirent },
	{ KEY_reflink_p, follow_reflink_p },
	{ KEY_backpointer, follow_backpointer },
	{ KEY_subvolume, follow_subvolume },
};

static void show_pointers(struct command_ctx *c, struct bkey_s k)
{
	const struct fs_geometry *geo = &session_view(c->session)->geo;
	struct extent_iter it = { 0 };
	struct extent_ptr p;

	while (extent_next_ptr(k, &it, &p)) {
		const struct member_geometry *m = geometry_member(geo, p.dev);

		if (m && m->bucket_size)
			cmd_line(c, "data on device %u sector %llu: bucket %llu, sector %llu in it, gen %u%s%s", p.dev,
				 (unsigned long long)p.sector, (unsigned long long)(p.sector / m->bucket_size),
				 (unsigned long long)(p.sector % m->bucket_size), p.gen, p.cached ? _(", cached") : "",
				 m->online ? "" : _(", device not open"));
		else
			cmd_line(c, "data on device %u, which this filesystem does not have", p.dev);
	}
}

static enum arb_code follow_to(struct command_ctx *c, struct target t, struct arb_error *err)
{
	ARB_BUF(where);
	ARB_BUF(pos);

	if (t.btree >= BTREE_ID_NR_MAX || t.level >= BTREE_MAX_DEPTH)
		return arb_fail(err, ARB_E_CONTENT, "it points to btree %u level %u, which cannot be", t.btree, t.level);
	arb_buf_printf(&where, "%u:%u", t.btree, t.level);
	bpos_to_text(&pos, t.pos);
	c->argv[0] = arb_buf_str(&where);
	c->argv[1] = arb_buf_str(&pos);
	c->argc = 2;
	return cmd_goto(c, err);
}

enum arb_code cmd_follow(struct command_ctx *c, struct arb_error *err)
{
	struct location l;
	struct bkey_buf k;
	struct target t;
	enum arb_code code = key_at(c, session_cursor(c->session)->pos, &l, &k, err);

	if (code)
		return code;
	location_put(&l);
	if (k.k.type == KEY_btree_ptr || k.k.type == KEY_btree_ptr_v2)
		return follow_to(c, (struct target){ l.btree, l.level - 1, k.k.p }, err);
	for (size_t i = 0; i < sizeof(follows) / sizeof(follows[0]); i++)
		if (follows[i].type == k.k.type && follows[i].target(bkey_buf_s(&k), &t))
			return follow_to(c, t, err);
	if (k.k.type == KEY_extent || k.k.type == KEY_reflink_v) {
		show_pointers(c, bkey_buf_s(&k));
		return ARB_OK;
	}
	return arb_fail(err, ARB_E_REFUSED, "a key of type %s points nowhere",
			bkey_type_name(k.k.type) ? bkey_type_name(k.k.type) : "unknown");
}
