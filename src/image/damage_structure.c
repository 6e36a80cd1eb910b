/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bytes of any structure, by its name: in superblocks, the journal, nodes and keys. What finds the structure is what damages its members. */
#include "damage_do.h"

#include <stdio.h>
#include <string.h>

/* @prefix: of the name of a member; "." ends it when more may come. */
static const struct { const char *name, *prefix; enum arb_code (*fn)(struct damage *d, int arg); int arg; bool in_node; } kinds[] = {
	{ "superblock",	"",		damage_do_sb_field, 0, false },
	{ "journal",	"",		damage_do_jset_field, 0, false },
	{ "record.",	"",		damage_do_jset_field, 0, false },
	{ "node",	"",		damage_do_node_field, FIELD_NODE, true },
	{ "bset",	"",		damage_do_node_field, FIELD_BSET, true },
	{ "key",	"key.",		damage_do_node_field, FIELD_KEY, true },
	{ "value",	"",		damage_do_node_field, FIELD_KEY, true },
};
enum { KINDS = sizeof(kinds) / sizeof(kinds[0]) };

static bool is_kind(const char *name, unsigned i)
{
	size_t n = strlen(kinds[i].name);

	return !strncmp(name, kinds[i].name, n) && (kinds[i].name[n - 1] == '.' || !name[n]);
}

static unsigned kind_of(const char *name)
{
	unsigned i = 0;

	while (i < KINDS && !is_kind(name, i))
		i++;
	return i;
}

bool damage_structure_in_node(const struct damage *d, unsigned needs)
{
	unsigned i = kind_of(d->structure);

	return !(needs & NEED_STRUCTURE) || (i < KINDS && kinds[i].in_node);
}

/* Everything that is not named above is in the superblock: "section.clean", "member", "layout" ... */
enum arb_code damage_do_structure(struct damage *d, int what)
{
	static const char *const parts[] = { [BYTES_FLIPPED] = CHANGE_MIDDLE, [BYTES_ZEROED] = CHANGE_ALL, [BYTES_TRUNCATED] = CHANGE_HALF };
	unsigned i = kind_of(d->structure);
	struct field_change *c = &d->change;

	if (!d->structure[0])
		return arb_fail(d->err, ARB_E_BAD_ARGUMENT, "what is to be damaged?");
	c->verb = what == BYTES_FLIPPED ? VERB_middle : VERB_zeroes;
	if (i == KINDS)
		snprintf(c->field, sizeof(c->field), "%.50s.%s", d->structure, parts[what]);
	else if (!strcmp(kinds[i].name, "record."))
		snprintf(c->field, sizeof(c->field), "%.50s.%s", d->structure + strlen("record."), parts[what]);
	else
		snprintf(c->field, sizeof(c->field), "%s%s", kinds[i].prefix, parts[what]);
	c->random = arb_random_u64(&d->random);
	return i == KINDS ? damage_do_sb_field(d, 0) : kinds[i].fn(d, kinds[i].arg);
}
