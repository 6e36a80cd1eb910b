/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Dirents. The length of a name is not stored: it ends before the zero bytes of the last word. */
#include <inttypes.h>
#include <string.h>
#include "arborist/base/le.h"
#include "arborist/format/dirent.h"
#include "key_plain.h"
#include "key_row.h"

#define NAME 9	/* offset of the name in the value */

bool dirent_get(struct bkey_s k, struct dirent_key *ret)
{
	size_t n = k.k.u64s >= BKEY_U64s ? bkey_val_bytes(&k.k) : 0, zeroes;
	uint64_t last;

	*ret = (struct dirent_key) { 0 };
	if (k.k.type != KEY_dirent || n < 16)
		return false;
	ret->type = k.v[8];
	if (ret->type == DT_subvol) {
		ret->child_subvol = le32_get(k.v);
		ret->parent_subvol = le32_get(k.v + 4);
	} else {
		ret->inode = le64_get(k.v);
	}
	last = le64_get(k.v + n - 8);
	zeroes = last ? (size_t)__builtin_clzll(last) / 8 : 8;
	ret->name = k.v + NAME;
	ret->name_len = n > NAME + zeroes ? n - NAME - zeroes : 0;
	return true;
}

bool dirent_put(struct bkey_buf *out, struct bpos p, const struct dirent_key *d)
{
	size_t n = (NAME + d->name_len + 7) / 8 * 8;

	if (!d->name_len || d->name_len > DIRENT_NAME_MAX)
		return false;
	memset(out->v, 0, n);
	if (d->type == DT_subvol) {
		le32_put(out->v, d->child_subvol);
		le32_put(out->v + 4, d->parent_subvol);
	} else {
		le64_put(out->v, d->inode);
	}
	out->v[8] = d->type;
	memcpy(out->v + NAME, d->name, d->name_len);
	out->k = (struct bkey) { .p = p, .type = KEY_dirent, .u64s = BKEY_U64s + n / 8 };
	return true;
}

static unsigned check_name(const struct key_check_ctx *c, const struct bkey_s *k, const struct dirent_key *d,
			   struct arb_buf *why)
{
	const uint8_t *s = d->name;
	size_t n = d->name_len;

	if (!n)
		return key_bad(why, KEY_ERR_dirent_empty_name, "empty name");
	if (bkey_val_bytes(&k->k) > (NAME + n + 7) / 8 * 8)
		return key_bad(why, KEY_ERR_dirent_val_too_big, "value of %zu bytes for a name of %zu", bkey_val_bytes(&k->k), n);
	if (c->committing && n > DIRENT_NAME_MAX)
		return key_bad(why, KEY_ERR_dirent_name_too_long, "name of %zu bytes, at most %u are allowed", n, DIRENT_NAME_MAX);
	if (memchr(s, 0, n))
		return key_bad(why, KEY_ERR_dirent_name_embedded_nul, "name with a zero byte");
	if (s[0] == '.' && (n == 1 || (n == 2 && s[1] == '.')))
		return key_bad(why, KEY_ERR_dirent_name_dot_or_dotdot, "the name is %s", n == 1 ? "\".\"" : "\"..\"");
	if (memchr(s, '/', n))
		return key_bad(why, KEY_ERR_dirent_name_has_slash, "name with a slash");
	return 0;
}

unsigned dirent_invalid(const struct key_check_ctx *c, const struct bkey_s *k, struct arb_buf *why)
{
	struct dirent_key d;
	unsigned err;

	dirent_get(*k, &d);
	if ((err = check_name(c, k, &d, why)))
		return err;
	if (d.type != DT_subvol && d.inode == k->k.p.inode)
		return key_bad(why, KEY_ERR_dirent_to_itself, "a directory that contains itself");
	return 0;
}

#define HIGH_BITS	0x8080808080808080

/* Of HIGH_BITS some are set when one of the eight bytes is zero or a slash, and only then. The other bits say nothing. */
static inline uint64_t zero_or_slash(uint64_t w)
{
	uint64_t s = w ^ 0x2f2f2f2f2f2f2f2f;

	return ((w - 0x0101010101010101) & ~w) | ((s - 0x0101010101010101) & ~s);
}

/*
 * The name word by word: in the first the type byte counts as a letter, in the last the zeroes behind the name. Names of one
 * or two bytes that begin with a dot are left to the check.
 */
KEY_IS_PLAIN(dirent)
{
	size_t n = bkey_val_bytes(k);
	uint64_t first = le64_get(v + 8) | 0xff, last = le64_get(v + n - 8), bad;
	unsigned zeroes = last ? (unsigned)__builtin_clzll(last) / 8 : 8;

	(void)c;
	if (zeroes == 8 || (n == 16 && zeroes == 7) || le64_get(v) == k->p.inode || (v[NAME] == '.' && !(v[NAME + 1] && v[NAME + 2])))
		return false;
	if (zeroes)
		last |= UINT64_MAX << (64 - 8 * zeroes);
	if (n == 16)
		return !(zero_or_slash(first | last) & HIGH_BITS);
	bad = zero_or_slash(first) | zero_or_slash(last);
	for (size_t i = 16; i < n - 8; i += 8)
		bad |= zero_or_slash(le64_get(v + i));
	return !(bad & HIGH_BITS);
}
KEY_PLAIN_FUNCTIONS(dirent)

void dirent_to_text(struct arb_buf *out, const struct key_text_ctx *c, const struct bkey_s *k)
{
	struct dirent_key d;
	const char *type;

	dirent_get(*k, &d);
	type = dirent_type_name(d.type);
	key_text_name(out, c, d.name, strnlen((const char *)d.name, d.name_len));
	if (d.type == DT_subvol)
		arb_buf_printf(out, " -> %u -> %u", d.parent_subvol, d.child_subvol);
	else
		arb_buf_printf(out, " -> %" PRIu64, d.inode);
	arb_buf_printf(out, " type %s", type ? type : "(bad d_type)");
}
