/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "arborist/base/le.h"
#include "arborist/format/bpos.h"

static const struct {
	const char	*name;
	struct bpos	pos;
} named[] = {
	{ "POS_MIN",	{ 0, 0, 0 } },
	{ "POS_MAX",	{ UINT64_MAX, UINT64_MAX, 0 } },
	{ "SPOS_MAX",	{ UINT64_MAX, UINT64_MAX, UINT32_MAX } },
};
#define NAMED_NR (sizeof(named) / sizeof(named[0]))

bool bpos_successor(struct bpos p, struct bpos *ret)
{
	if (bpos_eq(p, SPOS_MAX))
		return false;
	if (!++p.snapshot && !++p.offset)
		++p.inode;
	*ret = p;
	return true;
}

bool bpos_predecessor(struct bpos p, struct bpos *ret)
{
	if (bpos_eq(p, POS_MIN))
		return false;
	if (!p.snapshot-- && !p.offset--)
		--p.inode;
	*ret = p;
	return true;
}

struct bpos bpos_get(const void *disk)
{
	const uint8_t *d = disk;

	return BPOS(le64_get(d + 12), le64_get(d + 4), le32_get(d));
}

void bpos_put(void *disk, struct bpos p)
{
	uint8_t *d = disk;

	le32_put(d, p.snapshot);
	le64_put(d + 4, p.offset);
	le64_put(d + 12, p.inode);
}

static void part_to_text(struct arb_buf *out, uint64_t v, uint64_t max, const char *max_name)
{
	if (v == max)
		arb_buf_puts(out, max_name);
	else
		arb_buf_printf(out, "%" PRIu64, v);
}

void bpos_to_text(struct arb_buf *out, struct bpos p)
{
	for (size_t i = 0; i < NAMED_NR; i++)
		if (bpos_eq(p, named[i].pos)) {
			arb_buf_puts(out, named[i].name);
			return;
		}
	part_to_text(out, p.inode, UINT64_MAX, "U64_MAX");
	arb_buf_putc(out, ':');
	part_to_text(out, p.offset, UINT64_MAX, "U64_MAX");
	arb_buf_putc(out, ':');
	part_to_text(out, p.snapshot, UINT32_MAX, "U32_MAX");
}

/* Reads one part up to @max; *s is left at the colon or the end behind it. */
static bool part_parse(const char **s, uint64_t max, uint64_t *ret)
{
	static const struct { const char *name; uint64_t v; } word[] = {
		{ "U64_MAX", UINT64_MAX }, { "U32_MAX", UINT32_MAX },
	};
	size_t len = strcspn(*s, ":");
	const char *end = *s + len;
	char *stop;

	for (size_t i = 0; i < 2; i++)
		if (len == strlen(word[i].name) && !memcmp(*s, word[i].name, len)) {
			*ret = word[i].v;
			*s = end;
			return *ret <= max;
		}
	if (**s < '0' || **s > '9')	/* strtoull would take blanks and signs */
		return false;
	errno = 0;
	*ret = strtoull(*s, &stop, (*s)[0] == '0' && ((*s)[1] | 0x20) == 'x' ? 16 : 10);
	*s = end;
	return stop == end && !errno && *ret <= max;
}

bool bpos_parse(const char *s, struct bpos *ret)
{
	static const uint64_t max[] = { UINT64_MAX, UINT64_MAX, UINT32_MAX };
	uint64_t part[3] = { 0 };

	for (size_t i = 0; i < NAMED_NR; i++)
		if (!strcmp(s, named[i].name)) {
			*ret = named[i].pos;
			return true;
		}
	for (size_t i = 0; i < 3; i++) {
		if (!part_parse(&s, max[i], &part[i]))
			return false;
		if (!*s)
			break;
		s++;
		if (i == 2)
			return false;
	}
	*ret = BPOS(part[0], part[1], (uint32_t)part[2]);
	return true;
}
