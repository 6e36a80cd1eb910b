/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Extended attributes, and the access lists that two of their types hold. */
#include <string.h>
#include "arborist/base/le.h"
#include "arborist/format/dirent.h"
#include "key_plain.h"
#include "key_row.h"

#define NAME 4	/* offset of the name in the value */

bool xattr_get(struct bkey_s k, struct xattr_key *ret)
{
	size_t room = k.k.u64s > BKEY_U64s ? bkey_val_bytes(&k.k) - NAME : 0, val_len;

	*ret = (struct xattr_key) { 0 };
	if (k.k.type != KEY_xattr || !room)
		return false;
	val_len = le16_get(k.v + 2);
	ret->type = k.v[0];
	ret->name = k.v + NAME;
	ret->name_len = k.v[1] < room ? k.v[1] : room;
	room -= ret->name_len;
	ret->val = ret->name + ret->name_len;
	ret->val_len = val_len < room ? val_len : room;
	return true;
}

bool xattr_put(struct bkey_buf *out, struct bpos p, const struct xattr_key *x)
{
	size_t n = (NAME + x->name_len + x->val_len + 7) / 8 * 8;

	if (x->name_len > UINT8_MAX || x->val_len > UINT16_MAX || n > sizeof(out->v))
		return false;
	memset(out->v, 0, n);
	out->v[0] = x->type;
	out->v[1] = x->name_len;
	le16_put(out->v + 2, x->val_len);
	memcpy(out->v + NAME, x->name, x->name_len);
	memcpy(out->v + NAME + x->name_len, x->val, x->val_len);
	out->k = (struct bkey) { .p = p, .type = KEY_xattr, .u64s = BKEY_U64s + n / 8 };
	return true;
}

unsigned xattr_invalid(const struct key_check_ctx *c, const struct bkey_s *k, struct arb_buf *why)
{
	size_t need = NAME + (size_t)k->v[1] + le16_get(k->v + 2), have = bkey_val_u64s(&k->k);

	(void)c;
	if (have < (need + 7) / 8)
		return key_bad(why, KEY_ERR_xattr_val_size_too_small, "name and value need %zu bytes of %zu", need, 8 * have);
	if (have > (need + 4 + 7) / 8)		/* a writer of old left up to four bytes over */
		return key_bad(why, KEY_ERR_xattr_val_size_too_big, "name and value need only %zu bytes of %zu", need, 8 * have);
	if (k->v[0] >= XATTR_TYPE_NR)
		return key_bad(why, KEY_ERR_xattr_invalid_type, "type %u", k->v[0]);
	if (memchr(k->v + NAME, 0, k->v[1]))
		return key_bad(why, KEY_ERR_xattr_name_invalid_chars, "name with a zero byte");
	return 0;
}

KEY_IS_PLAIN(xattr)
{
	size_t words = (NAME + (size_t)v[1] + le16_get(v + 2) + 7) / 8;

	(void)c;
	return bkey_val_u64s(k) == words && v[0] < XATTR_TYPE_NR && !memchr(v + NAME, 0, v[1]);
}
KEY_PLAIN_FUNCTIONS(xattr)

/* An access list: le32 version 1, then entries le16 tag, le16 permissions and for named users and groups le32 id. */
static const struct acl_tag { uint8_t tag; bool has_id; const char *name, *id; } acl_tags[] = {
	{ 0x01, false, "user_obj", "" },
	{ 0x02, true, "user", " uid" },
	{ 0x04, false, "group_obj", "" },
	{ 0x08, true, "group", " gid" },
	{ 0x10, false, "mask", "" },
	{ 0x20, false, "other", "" },
};

static const struct acl_tag *acl_tag(unsigned tag)
{
	for (size_t i = 0; i < sizeof(acl_tags) / sizeof(acl_tags[0]); i++)
		if (acl_tags[i].tag == tag)
			return &acl_tags[i];
	return NULL;
}

static void acl_to_text(struct arb_buf *out, const uint8_t *p, size_t n)
{
	const uint8_t *end = p + n;

	if (n < 4 || le32_get(p) != 1)
		return;
	for (p += 4; end - p >= 4; ) {
		const struct acl_tag *t = acl_tag(le16_get(p));
		size_t bytes = t && t->has_id ? 8 : 4;

		if (!t || (size_t)(end - p) < bytes)
			return;
		arb_buf_puts(out, t->name);
		if (t->has_id)
			arb_buf_printf(out, "%s %u", t->id, le32_get(p + 4));
		arb_buf_printf(out, " %o", le16_get(p + 2));
		p += bytes;
		if (p != end)
			arb_buf_putc(out, ' ');
	}
}

void xattr_to_text(struct arb_buf *out, const struct key_text_ctx *c, const struct bkey_s *k)
{
	static const char *const prefix[XATTR_TYPE_NR] = {
		[XATTR_user] = "user.", [XATTR_trusted] = "trusted.", [XATTR_security] = "security.",
	};
	struct xattr_key x;

	xattr_get(*k, &x);
	if (x.type >= XATTR_TYPE_NR)
		arb_buf_printf(out, "(unknown type %u)", x.type);
	else if (!prefix[x.type])
		arb_buf_printf(out, "(type %u)", x.type);
	else
		arb_buf_puts(out, prefix[x.type]);
	/* both end at a zero byte, as the reference prints them */
	key_text_name(out, c, x.name, strnlen((const char *)x.name, x.name_len));
	arb_buf_putc(out, ':');
	key_text_name(out, c, x.val, strnlen((const char *)x.val, x.val_len));
	if (x.type == XATTR_acl_access || x.type == XATTR_acl_default) {
		arb_buf_putc(out, ' ');
		acl_to_text(out, x.val, x.val_len);
	}
}
