/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "utf8.h"

/* Well-formed sequences, table 3-7 of the Unicode standard: what the second byte may be depends on the first. */
static const struct {
	uint8_t first_lo, first_hi, second_lo, second_hi, len;
} forms[] = {
	{ 0xc2, 0xdf, 0x80, 0xbf, 2 },
	{ 0xe0, 0xe0, 0xa0, 0xbf, 3 },
	{ 0xe1, 0xec, 0x80, 0xbf, 3 },
	{ 0xed, 0xed, 0x80, 0x9f, 3 },
	{ 0xee, 0xef, 0x80, 0xbf, 3 },
	{ 0xf0, 0xf0, 0x90, 0xbf, 4 },
	{ 0xf1, 0xf3, 0x80, 0xbf, 4 },
	{ 0xf4, 0xf4, 0x80, 0x8f, 4 },
};

static const struct { uint32_t lo, hi; } unsafe[] = {
	{ 0x00, 0x1f },		/* C0 */
	{ 0x7f, 0x9f },		/* DEL, C1 */
	{ 0xad, 0xad },		/* soft hyphen */
	{ 0x61c, 0x61c },	/* Arabic letter mark */
	{ 0x180e, 0x180e },	/* Mongolian vowel separator */
	{ 0x200b, 0x200f },	/* zero width, direction marks */
	{ 0x2028, 0x202e },	/* line and paragraph separator, embeddings and overrides */
	{ 0x2060, 0x206f },	/* word joiner, invisible operators, isolates */
	{ 0xfeff, 0xfeff },	/* byte order mark */
	{ 0xfff0, 0xfffb },	/* interlinear annotation */
	{ 0xfffe, 0xffff },
	{ 0xe0000, 0xe0fff },	/* tags */
	{ 0xf0000, 0x10ffff },	/* private planes */
};

unsigned utf8_next(const uint8_t *p, size_t n, uint32_t *ret)
{
	if (!n)
		return 0;
	if (p[0] < 0x80) {
		*ret = p[0];
		return 1;
	}
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		unsigned len = forms[i].len;
		uint32_t c = p[0] & (0x7f >> len);

		if (p[0] < forms[i].first_lo || p[0] > forms[i].first_hi)
			continue;
		if (n < len || p[1] < forms[i].second_lo || p[1] > forms[i].second_hi)
			return 0;
		for (unsigned j = 1; j < len; j++) {
			if ((p[j] & 0xc0) != 0x80)
				return 0;
			c = c << 6 | (p[j] & 0x3f);
		}
		*ret = c;
		return len;
	}
	return 0;
}

bool utf8_unsafe(uint32_t c)
{
	for (size_t i = 0; i < sizeof(unsafe) / sizeof(unsafe[0]) && unsafe[i].lo <= c; i++)
		if (c <= unsafe[i].hi)
			return true;
	return false;
}

size_t ascii_plain(const uint8_t *p, size_t n)
{
	size_t i = 0;

	while (i < n && p[i] >= 0x20 && p[i] < 0x7f && p[i] != '"' && p[i] != '\\')
		i++;
	return i;
}
