/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <string.h>
#include "arborist/format/fields.h"
#include "arborist/format/jset.h"
#include "arborist/image/image.h"
#include "fields.h"

#define TRIES 40	/* most members are not in most nodes */

const char *const mutation_btrees[] = {
	"extents", "inodes", "dirents", "alloc", "subvolumes", "snapshots", "snapshot_trees", "freespace", "backpointers", "accounting",
	"lru", "bucket_gens", "reflink", "xattrs", "need_discard", "stripes",
};
const unsigned mutation_btrees_nr = sizeof(mutation_btrees) / sizeof(mutation_btrees[0]);

static uint64_t below(struct arb_random *r, uint64_t n)
{
	return arb_random_u64(r) % n;
}

static const char *any_btree(struct arb_random *r)
{
	return mutation_btrees[below(r, mutation_btrees_nr)];
}

static const char *any_member(struct arb_random *r, const struct fmt_struct *s)
{
	return s->field[below(r, s->nr)].name;
}

static void any_verb(struct arb_random *r, char *out, size_t n)
{
	static const char *const verbs[] = { "zeroes", "ones", "first", "middle", "last", "add", "sub", "random" };
	const char *verb = verbs[below(r, sizeof(verbs) / sizeof(verbs[0]))];

	if (below(r, 2) && (!strcmp(verb, "add") || !strcmp(verb, "sub")))
		snprintf(out, n, "=%s:%u%s", verb, 1u << below(r, 20), below(r, 8) ? "" : "/raw");
	else
		snprintf(out, n, "=%s%s", verb, below(r, 8) ? "" : "/raw");
}

static void sb_spec(struct arb_random *r, char *out, size_t n)
{
	static const struct { const char *prefix; const struct fmt_struct *s; } parts[] = {
		{ "", &fmt_sb }, { "", &fmt_sb }, { "layout.", &fmt_sb_layout }, { "member.", &fmt_member }, { "member.", &fmt_member },
		{ "clean.", &fmt_sb_clean }, { "ext.", &fmt_sb_ext }, { "journal.", &fmt_sb_journal_v2 },
		{ "blacklist.", &fmt_sb_blacklist }, { "section.members_v2.", &fmt_sb_section },
		{ "section.journal_v2.", &fmt_sb_section }, { "section.clean.", &fmt_sb_section }, { "section.replicas.", &fmt_sb_section },
	};
	unsigned at = below(r, sizeof(parts) / sizeof(parts[0]));

	snprintf(out, n, "sb-field %s%s", parts[at].prefix, any_member(r, parts[at].s));
}

static void jset_spec(struct arb_random *r, char *out, size_t n)
{
	unsigned type = below(r, JSET_ENTRY_TYPE_NR);
	const struct fmt_struct *s = below(r, 2) ? fmt_jset_payload(type) : NULL;

	if (!s && type < 2)
		s = below(r, 2) ? &fmt_bkey : NULL;
	if (below(r, 2))
		snprintf(out, n, "jset-field %s", any_member(r, &fmt_jset));
	else
		snprintf(out, n, "jset-field %s.%s", jset_entry_type_name(type), any_member(r, s ? s : &fmt_jset_entry));
}

static void node_spec(struct arb_random *r, char *out, size_t n)
{
	bool bset = !below(r, 3);

	snprintf(out, n, "%s-field %s:%u %s", bset ? "bset" : "node", any_btree(r), (unsigned)(below(r, 3) ? 0 : 1),
		 any_member(r, bset ? &fmt_node_entry : &fmt_node));
}

static void key_spec(struct arb_random *r, char *out, size_t n)
{
	const struct fmt_struct *value = fmt_value(below(r, KEY_TYPE_NR)), *entry = fmt_extent_entry(UINT64_C(1) << below(r, 6));
	unsigned level = below(r, 5) ? 0 : 1, what = below(r, 4);

	if (!what)
		snprintf(out, n, "key-field %s:%u key.%s", any_btree(r), level, any_member(r, &fmt_bkey));
	else if (what == 1)
		snprintf(out, n, "key-field %s:%u %s.%s", any_btree(r), level, entry->name, any_member(r, entry));
	else
		snprintf(out, n, "key-field %s:%u %s", any_btree(r), level, any_member(r, value ? value : &fmt_bkey));
}

/* "bytes-zeroed journal" */
static void structure_spec(struct arb_random *r, char *out, size_t n)
{
	static const char *const kinds[] = { "flipped", "zeroed", "truncated" };
	static const char *const outside[] = {
		"superblock", "layout", "member", "ext", "journal", "section.clean", "section.members_v2", "section.replicas", "record.btree_root",
		"record.btree_keys",
	};
	static const char *const in_nodes[] = { "node", "bset", "key", "value" };
	const char *kind = kinds[below(r, 3)], *raw = below(r, 2) ? " /raw" : "";

	if (below(r, 3))
		snprintf(out, n, "bytes-%s %s %s:%u%s", kind, in_nodes[below(r, 4)], any_btree(r), (unsigned)(below(r, 3) ? 0 : 1), raw);
	else
		snprintf(out, n, "bytes-%s %s%s", kind, outside[below(r, sizeof(outside) / sizeof(outside[0]))], raw);
}

/* "NAME BTREE [/raw]", or "X-field ... FIELD=VERB". */
static void any_spec(struct arb_random *r, char *out, size_t n)
{
	static void (*const specs[])(struct arb_random *r, char *out, size_t n) = {
		sb_spec, jset_spec, node_spec, node_spec, key_spec, key_spec, key_spec,
	};
	unsigned what = below(r, sizeof(specs) / sizeof(specs[0]) + 3);

	if (what > sizeof(specs) / sizeof(specs[0])) {
		snprintf(out, n, "%s %s%s", image_damages[below(r, image_damages_nr)].name, any_btree(r), below(r, 4) ? "" : " /raw");
		return;
	}
	if (what == sizeof(specs) / sizeof(specs[0])) {
		structure_spec(r, out, n);
		return;
	}
	specs[what](r, out, n);
	any_verb(r, out + strlen(out), n - strlen(out));
}

bool fields_mutate(const struct images *i, struct arb_random *r, char *what, size_t n)
{
	struct blk *blk[IMAGES_MAX] = { NULL };
	struct arb_error err;
	char spec[192];
	enum arb_code c = ARB_OK;

	for (unsigned k = 0; !c && k < i->nr; k++)
		c = blk_file_open(i->path[k], &blk[k], &err);
	if (c)
		die(err.text);
	c = ARB_E_BAD_ARGUMENT;
	for (unsigned k = 0; c && k < TRIES; k++) {
		any_spec(r, spec, sizeof(spec));
		c = image_damage(blk, i->nr, spec, arb_random_u64(r), NULL, &err);
	}
	for (unsigned k = 0; k < i->nr; k++)
		blk_close(blk[k]);
	if (!c)
		snprintf(what + strlen(what), n - strlen(what), " [%s]", spec);
	return !c;
}
