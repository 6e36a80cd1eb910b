/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The kinds of damage: one row each. */
#include "damage_do.h"
#include <string.h>

#define V(name, what) #name " "
#define VERB_NAMES VERB_ROWS

/* ---- the table */

#define LEAF "BTREE[:LEVEL] [POS|@N]"
#define ROOT "BTREE"
#define CHANGE "FIELD=VERB[:N][/raw][/one]"
#define STRUCTURE "superblock|layout|section.NAME|member|journal|record.TYPE|node|bset|key|value [BTREE[:LEVEL] [POS|@N]]"
#define HOW(...) &(const struct damage_row){ __VA_ARGS__ }
const struct image_damage image_damages[] = {
	{ "gap-leaf",		LEAF, "the pointer to a leaf is gone from its parent; the leaf is still there",
		HOW(damage_do_drop, 0, NEED_PARENT, 0) },
	{ "gap-interior",	LEAF, "the same for an interior node",
		HOW(damage_do_drop, 0, NEED_PARENT | NEED_INTERIOR, 1) },
	{ "gap-leaf-lost",	LEAF, "the pointer to a leaf is gone, and the leaf too",
		HOW(damage_do_drop, 1, NEED_PARENT, 0) },
	{ "gap-interior-lost",	LEAF, "the same for an interior node",
		HOW(damage_do_drop, 1, NEED_PARENT | NEED_INTERIOR, 1) },
	{ "end-short",		LEAF, "the pointer to the last child of a node is gone",
		HOW(damage_do_drop, 0, NEED_PARENT | NEED_LAST, 0) },
	{ "overlap-prev-part",	LEAF, "a node reaches into its right neighbour and is newer",
		HOW(damage_do_overlap, OVERLAP_PREV, NEED_NEXT, 0) },
	{ "overlap-prev-full",	LEAF, "a node covers its right neighbour and is newer",
		HOW(damage_do_overlap, OVERLAP_PREV | OVERLAP_FULL, NEED_NEXT, 0) },
	{ "overlap-next-part",	LEAF, "a node reaches into its left neighbour and is newer",
		HOW(damage_do_overlap, 0, NEED_PREV, 0) },
	{ "overlap-next-full",	LEAF, "a node covers its left neighbour and is newer",
		HOW(damage_do_overlap, OVERLAP_FULL, NEED_PREV, 0) },
	{ "overlap-prev-part-older", LEAF, "a node reaches into its right neighbour and is older",
		HOW(damage_do_overlap, OVERLAP_PREV | OVERLAP_OLDER, NEED_NEXT, 0) },
	{ "overlap-prev-full-older", LEAF, "a node covers its right neighbour and is older",
		HOW(damage_do_overlap, OVERLAP_PREV | OVERLAP_FULL | OVERLAP_OLDER, NEED_NEXT, 0) },
	{ "overlap-next-part-older", LEAF, "a node reaches into its left neighbour and is older",
		HOW(damage_do_overlap, OVERLAP_OLDER, NEED_PREV, 0) },
	{ "overlap-next-full-older", LEAF, "a node covers its left neighbour and is older",
		HOW(damage_do_overlap, OVERLAP_FULL | OVERLAP_OLDER, NEED_PREV, 0) },
	{ "unreadable-leaf",	LEAF, "all copies of a leaf are zeroes",
		HOW(damage_do_wipe, WIPE_ZERO, 0, 0) },
	{ "unreadable-leaf-csum", LEAF, "one byte of a leaf's keys is wrong, in all copies",
		HOW(damage_do_wipe, WIPE_FLIP, 0, 0) },
	{ "unreadable-interior", LEAF, "all copies of an interior node are zeroes",
		HOW(damage_do_wipe, WIPE_ZERO, NEED_INTERIOR, 1) },
	{ "unreadable-interior-csum", LEAF, "one byte of an interior node's keys is wrong, in all copies",
		HOW(damage_do_wipe, WIPE_FLIP, NEED_INTERIOR, 1) },
	{ "unreadable-root",	ROOT, "all copies of the root are zeroes",
		HOW(damage_do_wipe, WIPE_ZERO, NEED_ROOT, -1) },
	{ "unreadable-root-csum", ROOT, "one byte of the root's keys is wrong, in all copies",
		HOW(damage_do_wipe, WIPE_FLIP, NEED_ROOT, -1) },
	{ "empty-interior",	LEAF, "an interior node has lost all its children",
		HOW(damage_do_empty, 0, NEED_INTERIOR, 1) },
	{ "root-no-child",	ROOT, "all children of the root are zeroes",
		HOW(damage_do_children_of_root, 0, NEED_PARENT, -2) },
	{ "wrong-seq",		LEAF, "the pointer to a node has another seq than the node",
		HOW(damage_do_pointer, PTR_SEQ, NEED_PARENT, 0) },
	{ "wrong-btree-id",	LEAF, "the node says it belongs to another btree",
		HOW(damage_do_header, HEADER_BTREE, 0, 0) },
	{ "wrong-level",	LEAF, "the node says it is on another level",
		HOW(damage_do_header, HEADER_LEVEL, 0, 0) },
	{ "wrong-min",		LEAF, "the range in the node is not the one in the pointer",
		HOW(damage_do_header, HEADER_MIN, 0, 0) },
	{ "wrong-max",		LEAF, "the range in the node ends before the one in the pointer",
		HOW(damage_do_header, HEADER_MAX, 0, 0) },
	{ "pointer-doubled",	LEAF, "the pointer to a node stands twice in its parent",
		HOW(damage_do_doubled, 0, NEED_PARENT, 0) },
	{ "pointer-redirected",	LEAF, "the pointer to a node leads to where none is",
		HOW(damage_do_pointer, PTR_REDIRECTED, NEED_PARENT, 0) },
	{ "node-in-journal",	LEAF, "a node lies in a bucket of the journal, and the pointer leads there",
		HOW(damage_do_in_journal, 0, NEED_PARENT, 0) },
	{ "pointer-foreign",	LEAF, "the pointer to a node leads to the root of another btree",
		HOW(damage_do_foreign, 0, NEED_PARENT, 0) },
	{ "root-redirected",	LEAF, "the pointer to the root leads to a node below it",
		HOW(damage_do_root_redirected, ROOT_TO_OWN, NEED_PARENT, 0) },
	{ "root-foreign",	ROOT, "the pointer to the root leads to the root of another btree",
		HOW(damage_do_root_redirected, ROOT_TO_FOREIGN, NEED_ROOT, -1) },
	{ "pointers-crossed",	LEAF, "the pointers of two neighbours lead to each other's node",
		HOW(damage_do_crossed, 0, NEED_NEXT, 0) },
	{ "sectors-written",	LEAF, "the pointer says more of the node is written than there is",
		HOW(damage_do_pointer, PTR_LONGER, NEED_PARENT, 0) },
	{ "sectors-written-short", LEAF, "the pointer says less of the node is written than there is",
		HOW(damage_do_pointer, PTR_SHORTER, NEED_PARENT, 0) },
	{ "node-twice",		LEAF, "the pointers of two neighbours lead to the same node",
		HOW(damage_do_twice, 0, NEED_NEXT, 0) },
	{ "root-min",		ROOT, "the root does not begin at the first position",
		HOW(damage_do_root_bounds, 0, NEED_ROOT, -1) },
	{ "root-max",		ROOT, "the root does not end at the last position",
		HOW(damage_do_root_bounds, 1, NEED_ROOT, -1) },
	{ "range-updated",	LEAF, "a pointer claims a range that goes beyond its node's header",
		HOW(damage_do_pointer, PTR_RANGE, NEED_PREV, 0) },
	{ "keys-swapped",	LEAF, "two keys of a node stand in the wrong order",
		HOW(damage_do_keys, KEYS_SWAPPED, 0, 0) },
	{ "key-twice",		LEAF, "a key stands twice in a node",
		HOW(damage_do_keys, KEYS_TWICE, 0, 0) },
	{ "key-bad-size",	LEAF, "an extent without size, or another key with one",
		HOW(damage_do_keys, KEYS_BAD_SIZE, 0, 0) },
	{ "keys-missing",	LEAF, "the second half of the keys of a node is gone, and nothing shows it",
		HOW(damage_do_keys, KEYS_MISSING, 0, 0) },
	{ "key-missing",	LEAF, "the same of one key: that at the position given, or the middle one",
		HOW(damage_do_keys, KEYS_ONE_MISSING, 0, 0) },
	{ "bset-csum",		LEAF, "one byte of the last bset of a node is wrong, in all copies",
		HOW(damage_do_bset, BSET_FLIP, 0, 0) },
	{ "bset-too-long",	LEAF, "the last bset of a node goes past its end",
		HOW(damage_do_bset, BSET_LONG, 0, 0) },
	{ "one-copy",		LEAF, "one of several copies of a node is zeroes",
		HOW(damage_do_one_copy, 0, 0, 0) },
	{ "btree-lost",		ROOT, "all nodes of a btree are zeroes",
		HOW(damage_do_btree_lost, 0, 0, 0) },
	{ "root-entry-lost",	ROOT, "superblock and journal say that there was a root, but not where",
		HOW(damage_do_root_entry, 0, NEED_ROOT, -1) },
	{ "root-entry-missing",	ROOT, "superblock and journal do not name the root",
		HOW(damage_do_root_entry, 1, NEED_ROOT, -1) },
	{ "stale-node",		LEAF, "a node is zeroes, and a newer version of it lies in a free bucket",
		HOW(damage_do_version, VERSION_NEWER, 0, 0) },
	{ "older-copy",		LEAF, "an older version of a node lies in a free bucket; nothing is wrong yet",
		HOW(damage_do_version, VERSION_OLDER, 0, 0) },
	{ "older-copy-poorer",	LEAF, "the same with the first quarter of its keys only",
		HOW(damage_do_version, VERSION_POORER, 0, 0) },
	{ "alloc-data-type",	LEAF, "an alloc key says that a bucket of data holds btree nodes",
		HOW(damage_do_count, COUNT_ALLOC_TYPE, 0, 0) },
	{ "alloc-gen",		LEAF, "the generation in an alloc key is one too high",
		HOW(damage_do_count, COUNT_ALLOC_GEN, 0, 0) },
	{ "alloc-dirty-sectors", LEAF, "an alloc key counts more data in a bucket than there is",
		HOW(damage_do_count, COUNT_ALLOC_DIRTY, 0, 0) },
	{ "alloc-cached-sectors", LEAF, "an alloc key counts cached data where there is none",
		HOW(damage_do_count, COUNT_ALLOC_CACHED, 0, 0) },
	{ "alloc-stripe",	LEAF, "an alloc key says that a bucket is part of a stripe",
		HOW(damage_do_count, COUNT_ALLOC_STRIPE, 0, 0) },
	{ "alloc-surplus",	LEAF, "there is an alloc key that says that a free bucket holds data",
		HOW(damage_do_count, COUNT_ALLOC_SURPLUS, 0, 0) },
	{ "alloc-missing",	LEAF, "the alloc key of a bucket of data is gone",
		HOW(damage_do_count, COUNT_ALLOC_MISSING, 0, 0) },
	{ "alloc-all-dirty",	LEAF, "all alloc keys of a node count more data than there is",
		HOW(damage_do_count, COUNT_ALLOC_DIRTY | COUNT_ALL, 0, 0) },
	{ "alloc-all-oldest",	LEAF, "all alloc keys of a node say that pointers are older than they are",
		HOW(damage_do_count, COUNT_ALLOC_OLDEST | COUNT_ALL, 0, 0) },
	{ "alloc-all-missing",	LEAF, "all alloc keys of a node that are about buckets of data are gone",
		HOW(damage_do_count, COUNT_ALLOC_MISSING | COUNT_ALL, 0, 0) },
	{ "ptr-gen-newer",	LEAF, "a pointer of an extent is newer than its bucket",
		HOW(damage_do_count, COUNT_PTR_NEWER, 0, 0) },
	{ "ptr-stale",		LEAF, "a pointer of an extent is older than its bucket",
		HOW(damage_do_count, COUNT_PTR_STALE, 0, 0) },
	{ "ptr-invalid-dev",	LEAF, "a pointer of an extent names a device that does not exist",
		HOW(damage_do_count, COUNT_PTR_DEVICE, 0, 0) },
	{ "ptr-free-bucket",	LEAF, "a pointer of an extent leads into a free bucket",
		HOW(damage_do_count, COUNT_PTR_FREE, 0, 0) },
	{ "ptr-wrong-type",	LEAF, "a pointer of an extent leads into the bucket of the superblock",
		HOW(damage_do_count, COUNT_PTR_SUPER, 0, 0) },
	{ "ptr-out-of-range",	LEAF, "a pointer of an extent leads past the end of its device",
		HOW(damage_do_count, COUNT_PTR_RANGE, 0, 0) },
	{ "ptr-shared",		LEAF, "an extent has the same place on the device as the one before it, which is in another bucket",
		HOW(damage_do_count, COUNT_PTR_SHARED, 0, 0) },
	{ "ptr-missing-stripe",	LEAF, "an extent says that it is part of a stripe which does not exist",
		HOW(damage_do_stripe, STRIPE_PTR_PLAIN, 0, 0) },
	{ "ptr-lost-stripe",	LEAF, "an extent of a stripe names another, which does not exist",
		HOW(damage_do_stripe, STRIPE_PTR_MISSING, 0, 0) },
	{ "ptr-wrong-stripe",	LEAF, "an extent of a stripe names another one",
		HOW(damage_do_stripe, STRIPE_PTR_WRONG, 0, 0) },
	{ "stripe-missing",	LEAF, "the key of a stripe is gone",
		HOW(damage_do_stripe, STRIPE_MISSING, 0, 0) },
	{ "stripe-count",	LEAF, "a stripe counts more data in its first block than there is",
		HOW(damage_do_stripe, STRIPE_COUNT, 0, 0) },
	{ "stripe-moved",	LEAF, "the first block of a stripe leads one bucket further",
		HOW(damage_do_stripe, STRIPE_MOVED, 0, 0) },
	{ "stripe-shared",	LEAF, "a stripe has a block of data in a bucket of another stripe",
		HOW(damage_do_stripe, STRIPE_SHARED, 0, 0) },
	{ "stripe-shared-parity", LEAF, "a stripe has its parity in the bucket where another stripe has it",
		HOW(damage_do_stripe, STRIPE_SHARED_PARITY, 0, 0) },
	{ "stripe-gen-newer",	LEAF, "the first block of a stripe is newer than its bucket",
		HOW(damage_do_stripe, STRIPE_NEWER, 0, 0) },
	{ "stripe-gen-stale",	LEAF, "the first block of a stripe is older than its bucket",
		HOW(damage_do_stripe, STRIPE_STALE, 0, 0) },
	{ "alloc-stripe-sectors", LEAF, "an alloc key counts more data of a stripe in a bucket than there is",
		HOW(damage_do_stripe, STRIPE_ALLOC_SECTORS, 0, 0) },
	{ "alloc-parity",	LEAF, "an alloc key counts less parity in a bucket than there is",
		HOW(damage_do_stripe, STRIPE_ALLOC_PARITY, 0, 0) },
	{ "alloc-unstriped",	LEAF, "the alloc key of a stripe's bucket says that it is of no stripe",
		HOW(damage_do_stripe, STRIPE_ALLOC_NONE, 0, 0) },
	{ "reflink-refcount",	LEAF, "the count of a shared extent is one too high",
		HOW(damage_do_count, COUNT_REFCOUNT, 0, 0) },
	{ "accounting-counter",	LEAF, "a counter of disk usage is too high",
		HOW(damage_do_count, COUNT_COUNTER, 0, 0) },
	{ "bversion-future",	LEAF, "a key of an extent has a version that was never given out",
		HOW(damage_do_count, COUNT_VERSION, 0, 0) },
	{ "bitmap",		LEAF, "the superblocks' bitmaps of where btree nodes lie have no bit for a node",
		HOW(damage_do_bitmap, 0, 0, 0) },
	{ "superblock-first",	"", "the first superblock copy of every device is zeroes",
		HOW(damage_do_superblock, SB_DAMAGE_FIRST, NEED_NOTHING, 0) },
	{ "superblock-outdated", "", "the first superblock copy of every device is older than the others",
		HOW(damage_do_superblock, SB_DAMAGE_OUTDATED, NEED_NOTHING, 0) },
	{ "superblock-replicas", "", "the superblock has no list of the devices that data and nodes are on",
		HOW(damage_do_superblock, SB_DAMAGE_REPLICAS, NEED_NOTHING, 0) },
	{ "journal-lost",	"", "every journal entry is zeroes",
		HOW(damage_do_journal, JOURNAL_DAMAGE_LOST, NEED_NOTHING, 0) },
	{ "journal-newest",	"", "one byte of the newest journal entry is wrong",
		HOW(damage_do_journal, JOURNAL_DAMAGE_NEWEST, NEED_NOTHING, 0) },
	{ "journal-older",	"", "one byte of the journal entry before the newest is wrong",
		HOW(damage_do_journal, JOURNAL_DAMAGE_OLDER, NEED_NOTHING, 0) },
	{ "journal-no-flush",	"", "no journal entry says that it ends a flush",
		HOW(damage_do_journal, JOURNAL_DAMAGE_NO_FLUSH, NEED_NOTHING, 0) },
	{ "journal-torn",	"", "a sector in the middle of the newest journal entry was never written",
		HOW(damage_do_journal, JOURNAL_DAMAGE_TORN, NEED_NOTHING, 0) },
	{ "blacklisted",	LEAF, "the superblock forbids the journal sequence number of the newest keys of a node",
		HOW(damage_do_blacklist, 0, 0, 0) },
	{ "journal-hole",	"", "the journal entry before the newest is gone",
		HOW(damage_do_journal, JOURNAL_DAMAGE_HOLE, NEED_NOTHING, 0) },
	{ "journal-nearly-full", "", "entries that need all those before fill the journal, but for one bucket",
		HOW(damage_do_journal_full, 1, NEED_NOTHING, 0) },
	{ "journal-full",	"", "the same, and no bucket is left",
		HOW(damage_do_journal_full, 0, NEED_NOTHING, 0) },
	{ "journal-twice",	"", "the newest journal entry stands in an unused journal bucket, too",
		HOW(damage_do_journal_twice, 0, NEED_NOTHING, 0) },
	{ "bytes-flipped",	STRUCTURE, "the middle byte of a structure has a wrong bit",
		HOW(damage_do_structure, BYTES_FLIPPED, NEED_STRUCTURE, 0) },
	{ "bytes-zeroed",	STRUCTURE, "all of a structure is zeroes",
		HOW(damage_do_structure, BYTES_ZEROED, NEED_STRUCTURE, 0) },
	{ "bytes-truncated",	STRUCTURE, "the second half of a structure is zeroes",
		HOW(damage_do_structure, BYTES_TRUNCATED, NEED_STRUCTURE, 0) },
	{ "sb-field",		CHANGE, "one member of the superblock or of a section of it is changed, in all copies",
		HOW(damage_do_sb_field, 0, NEED_NOTHING | NEED_CHANGE, 0) },
	{ "jset-field",		CHANGE, "one member of the newest journal entry or of a record in it is changed",
		HOW(damage_do_jset_field, 0, NEED_NOTHING | NEED_CHANGE, 0) },
	{ "node-field",		LEAF " " CHANGE, "one member of the header of a node is changed",
		HOW(damage_do_node_field, FIELD_NODE, NEED_CHANGE, 0) },
	{ "bset-field",		LEAF " " CHANGE, "one member of the header of a bset after the first is changed",
		HOW(damage_do_node_field, FIELD_BSET, NEED_CHANGE, 0) },
	{ "key-field",		LEAF " " CHANGE, "one member of a key (\"key.size\"), of its value (\"gen\") or of an entry in it (\"ptr.dev\"), or byte 9 (\"val[9]\")",
		HOW(damage_do_node_field, FIELD_KEY, NEED_CHANGE, 0) },
};
const size_t image_damages_nr = sizeof(image_damages) / sizeof(image_damages[0]);

/* ---- */

/* Takes the word with an equals sign out of @where. */
static bool take_change(struct damage *d, char *where)
{
	char *eq = strchr(where, '='), *word = eq;
	size_t n;

	while (word && word > where && word[-1] != ' ')
		word--;
	if (!word || !change_parse(&d->change, word, &d->random))
		return false;
	n = strcspn(word, " ");
	memmove(word, word + n, strlen(word + n) + 1);
	return true;
}

/* Takes the word "/raw" or "/one" out of @where, which any damage may have. */
static bool take_word(char *where, const char *word)
{
	char *at = strstr(where, word);
	size_t n = strlen(word);

	if (!at || at == where || at[-1] != ' ' || (at[n] && at[n] != ' '))
		return false;
	memset(at, ' ', n);
	return true;
}

/* The first word: what to damage. */
static void take_structure(struct damage *d, char *where)
{
	size_t start = strspn(where, " "), n = strcspn(where + start, " ");

	n = n < sizeof(d->structure) ? n : sizeof(d->structure) - 1;
	memcpy(d->structure, where + start, n);
	memset(where, ' ', start + n);
}

static enum arb_code apply(struct damage *d, size_t row, const char *args)
{
	enum arb_code c = ARB_OK;
	char where[256] = "";
	bool raw, one;

	memcpy(where, args, strnlen(args, sizeof(where) - 1));
	raw = take_word(where, "/raw");
	one = take_word(where, "/one");
	if (image_damages[row].how->needs & NEED_STRUCTURE)
		take_structure(d, where);
	else if (image_damages[row].how->needs & NEED_CHANGE && !take_change(d, where))
		return arb_fail(d->err, ARB_E_BAD_ARGUMENT,
				"what is to change, and how? " CHANGE ", VERB one of " VERB_NAMES);
	d->change.raw |= raw;
	d->change.one |= one;
	if (!(image_damages[row].how->needs & NEED_NOTHING) && damage_structure_in_node(d, image_damages[row].how->needs)) {
		c = damage_find(d, where, image_damages[row].how);
		if (!c)
			damage_say(d, image_damages[row].name);
	}
	return c ? c : image_damages[row].how->fn(d, image_damages[row].how->arg);
}

static enum arb_code open_view(struct blk **blks, unsigned nr, struct workers *w, struct view **ret,
			       struct arb_error *err)
{
	struct devset_options o = { .degraded = true };
	struct blk *borrowed[SB_MEMBERS_MAX];
	struct devset *devs;
	enum arb_code c = nr && nr <= SB_MEMBERS_MAX ? ARB_OK : arb_fail(err, ARB_E_USAGE, "no device to damage");
	unsigned i = 0;

	for (; !c && i < nr; i++) {
		c = blk_open_write(blks[i], err);
		c = c ? c : blk_borrow_new(blks[i], &borrowed[i], err);
		if (c)
			break;
	}
	if (c) {
		while (i)
			blk_close(borrowed[--i]);
		return c;
	}
	c = devset_open_blk(borrowed, nr, &o, &devs, err);
	if (c)
		return c;
	if (sb_flag_get(devs->best, "ENCRYPTION_TYPE"))
		c = arb_fail(err, ARB_E_ENCRYPTED, "an encrypted filesystem cannot be damaged by name");
	c = c ? c : view_open(devs, w, NULL, ret, err);
	if (c)
		devset_free(devs);
	return c;
}

static void close_view(struct damage *d)
{
	for (unsigned level = 0; level < BTREE_MAX_DEPTH; level++)
		arb_array_free(&d->on[level].node);
	view_free(d->v);
}

enum arb_code image_damage(struct blk **blks, unsigned nr, const char *spec, uint64_t seed, struct arb_buf *done,
			   struct arb_error *err)
{
	struct damage d = { .done = done, .err = err };
	size_t name = strcspn(spec, " "), row = 0;
	struct workers *w;
	enum arb_code c;

	while (row < image_damages_nr && (strncmp(spec, image_damages[row].name, name) || image_damages[row].name[name]))
		row++;
	if (row == image_damages_nr)
		return arb_fail(err, ARB_E_BAD_ARGUMENT, "there is no damage of the name %.*s", (int)name, spec);
	c = workers_new(1, &w, err);
	if (c)
		return c;
	arb_random_seed(&d.random, seed);
	c = open_view(blks, nr, w, &d.v, err);
	if (!c) {
		c = apply(&d, row, spec + name);
		close_view(&d);
	}
	workers_free(w);
	for (unsigned i = 0; !c && i < nr; i++)
		c = blk_sync(blks[i], err);
	return c;
}
