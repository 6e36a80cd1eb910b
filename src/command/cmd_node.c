/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The node and the key at the cursor. */
#include <config.h>
#include "arborist/base/i18n.h"
#include "arborist/base/le.h"
#include "arborist/format/fields.h"
#include "arborist/format/key_type.h"
#include "arborist/session/describe.h"
#include "row.h"

static enum arb_code readable_at_cursor(struct command_ctx *c, struct location *l, struct arb_error *err)
{
	enum arb_code code = at_cursor(c, l, err);

	if (code || l->got.node)
		return code;
	location_put(l);
	return arb_fail(err, ARB_E_CONTENT, "the node at the cursor cannot be read; node says why");
}

static void bset_fields(struct row *r, unsigned nr, const struct node_bset *b)
{
	const char *type = csum_type_name(b->h.csum_type);

	row_u64(r, "bset", nr);
	row_u64(r, "offset", b->offset);
	row_u64(r, "bytes", b->bytes);
	row_u64(r, "keys", b->nr_keys);
	row_u64(r, "u64s", b->h.u64s);
	row_u64(r, "journal_seq", b->h.journal_seq);
	row_u64(r, "version_major", b->h.version >> 10);
	row_u64(r, "version_minor", b->h.version & 1023);
	row_str(r, "csum_type", type ? type : "?");
	row_bool(r, "csum_ok", b->csum_ok);
	row_bool(r, "blacklisted", b->blacklisted);
	row_bool(r, "used", b->used);
}

static void node_fields(struct row *r, const struct node *n)
{
	row_u64(r, "seq", n->h.node_seq);
	row_hex(r, "cookie", n->h.bset.seq);
	row_u64(r, "keys", n->nr_keys);
	row_u64(r, "keys_outside", n->keys_outside);
	row_u64(r, "sectors_written", n->ptr.sectors_written);
	row_bool(r, "needs_rewrite", n->needs_rewrite);
	json_array(&r->j, "bsets");
	for (unsigned i = 0; i < n->nr_bsets; i++) {
		row_item(r);
		bset_fields(r, i, &n->bsets[i]);
		row_item_end(r);
	}
	json_array_end(&r->j);
}

enum arb_code cmd_node(struct command_ctx *c, struct arb_error *err)
{
	const struct view *v = session_view(c->session);
	struct location l;
	struct row r;
	ARB_BUF(b);
	enum arb_code code = at_cursor(c, &l, err);

	if (code)
		return code;
	row_begin(&r, c, "node");
	row_place(&r, l.btree, l.level, l.ptr.k.p);
	row_pos(&r, "start", l.start);
	row_pos(&r, "end", l.end);
	row_bool(&r, "root", l.level == l.root_level);
	row_bool(&r, "readable", l.got.node);
	row_pointers(&r, &v->geo, bkey_buf_s(&l.ptr));
	if (l.got.node)
		node_fields(&r, l.got.node);
	row_defects(&r, l.got.node ? &l.got.node->defects : l.got.defects);
	describe_node(&b, v, &l);
	row_text(&r, arb_buf_str(&b));
	row_end(&r);
	location_put(&l);
	return ARB_OK;
}

enum arb_code cmd_bsets(struct command_ctx *c, struct arb_error *err)
{
	struct location l;
	enum arb_code code = readable_at_cursor(c, &l, err);

	if (code)
		return code;
	if (!cmd_wants_events(c))
		cmd_line(c, "bset  offset   bytes    keys  u64s  journal_seq  version  csum");
	for (unsigned i = 0; i < l.got.node->nr_bsets; i++) {
		struct row r;

		row_begin(&r, c, "bset");
		bset_fields(&r, i, &l.got.node->bsets[i]);
		row_say(&r, "{bset:4}  {offset:7}  {bytes:7}  {keys:5}  {u64s:4}  {journal_seq:11}  {version_major}.{version_minor:-5}  {csum_type} "
			    "{csum_ok?ok}{csum_ok!BAD}{blacklisted?, blacklisted}{used!, not used}");
		row_end(&r);
	}
	location_put(&l);
	return ARB_OK;
}

static void format_field(struct command_ctx *c, const struct bkey_format *f, unsigned i)
{
	static const char *const names[BKEY_FIELDS] = { "inode", "offset", "snapshot", "size", "version_hi", "version_lo" };
	struct row r;

	row_begin(&r, c, "format_field");
	row_str(&r, "name", names[i]);
	row_u64(&r, "bits", f->bits[i]);
	row_u64(&r, "added", f->offset[i]);
	row_say(&r, "  {name:-10}  {bits:2} bits, added to {added}");
	row_end(&r);
}

enum arb_code cmd_format(struct command_ctx *c, struct arb_error *err)
{
	const struct bkey_format *f;
	struct location l;
	struct row r;
	ARB_BUF(b);
	enum arb_code code = readable_at_cursor(c, &l, err);

	if (code)
		return code;
	f = &l.got.node->h.format;
	bkey_format_to_text(&b, f);
	row_begin(&r, c, "format");
	row_str(&r, "format", arb_buf_str(&b));
	row_u64(&r, "packed_u64s", f->key_u64s);
	row_u64(&r, "unpacked_u64s", BKEY_U64s);
	row_say(&r, "{format}");
	row_say(&r, "packed keys take {packed_u64s} words (unpacked: {unpacked_u64s})");
	row_end(&r);
	for (unsigned i = 0; i < BKEY_FIELDS; i++)
		format_field(c, f, i);
	location_put(&l);
	return ARB_OK;
}

static void hex_row(void *arg, const struct hex_piece *x)
{
	struct row r;
	ARB_BUF(hex);
	ARB_BUF(lines);

	for (size_t i = 0; i < x->n; i++)
		arb_buf_printf(&hex, "%02x", x->p[i]);
	describe_bytes(&lines, x->p, x->at, x->n, x->name);
	row_begin(&r, arg, "hex");
	row_u64(&r, "bset", x->bset);
	row_u64(&r, "offset", x->at);
	row_u64(&r, "length", x->n);
	row_str(&r, "bytes", arb_buf_str(&hex));
	row_str(&r, "name", x->name);
	row_text(&r, arb_buf_str(&lines));
	row_end(&r);
}

enum arb_code cmd_hex(struct command_ctx *c, struct arb_error *err)
{
	struct location l;
	ARB_BUF(b);
	enum arb_code code = readable_at_cursor(c, &l, err);

	if (code)
		return code;
	if (cmd_wants_events(c))
		describe_hex_pieces(l.got.node, hex_row, c);
	else
		describe_hex(&b, l.got.node);
	location_put(&l);
	cmd_text(c, arb_buf_str(&b));
	return ARB_OK;
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
	struct row r;
	ARB_BUF(b);
	enum arb_code code = c->argc ? arg_pos(c->argv[0], &pos, err) : ARB_OK;

	if (!code)
		code = key_at(c, pos, &l, &k, err);
	if (code)
		return code;
	describe_key(&b, session_view(c->session), bkey_buf_s(&k));
	row_begin(&r, c, "key");
	row_key(&r, &session_view(c->session)->geo, l.btree, l.level, bkey_buf_s(&k));
	row_struct(&r, "value", fmt_value(k.k.type), bkey_buf_s(&k).v, bkey_val_bytes(&k.k));
	row_text(&r, arb_buf_str(&b));
	row_end(&r);
	location_put(&l);
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

static void show_pointer(struct command_ctx *c, const struct extent_ptr *p)
{
	const struct member_geometry *m = geometry_member(&session_view(c->session)->geo, p->dev);
	struct row r;

	row_begin(&r, c, "pointer");
	row_u64(&r, "dev", p->dev);
	row_u64(&r, "sector", p->sector);
	row_u64(&r, "gen", p->gen);
	row_bool(&r, "cached", p->cached);
	row_bool(&r, "online", m && m->online);
	if (m && m->bucket_size) {
		row_bucket(&r, "bucket", p->dev, p->sector / m->bucket_size);
		row_u64(&r, "bucket_nr", p->sector / m->bucket_size);
		row_u64(&r, "offset", p->sector % m->bucket_size);
		row_say(&r, "data on device {dev} sector {sector}: bucket {bucket_nr}, sector {offset} in it, gen {gen}{cached?, cached}"
			    "{online!, device not open}");
	} else {
		row_say(&r, "data on device {dev}, which this filesystem does not have");
	}
	row_end(&r);
}

static void show_pointers(struct command_ctx *c, struct bkey_s k)
{
	struct extent_iter it = { 0 };
	struct extent_ptr p;

	while (extent_next_ptr(k, &it, &p))
		show_pointer(c, &p);
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
