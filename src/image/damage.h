/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Damaging a filesystem on purpose: finding the node meant, changing it in place, and making the checksums right again
 * so that only the damage asked for is there.
 */
#ifndef IMAGE_DAMAGE_H
#define IMAGE_DAMAGE_H

#include "arborist/btree/view.h"
#include "arborist/format/fields.h"
#include "arborist/image/image.h"

/* A node as its parent names it. */
struct damage_node {
	struct btree_ptr ptr;
	size_t		parent;		/* index on the level above */
	bool		journalled;	/* its pointer stands in the journal, changing the parent does nothing */
};

/* ---- damage_verb.c: one member of a structure, changed in one of a few ways */
#define VERB_ROWS \
	V(zeroes, "all bits 0") V(ones, "all bits 1") V(first, "the lowest bit is the other one") \
	V(middle, "the middle bit is the other one") V(last, "the highest bit is the other one") \
	V(add, "N more, or 1") V(sub, "N less, or 1") V(random, "any other number") V(set, "N")
#define V(name, what) VERB_##name,
enum verb { VERB_ROWS VERB_NR };
#undef V

struct field_change {
	char		field[64];
	enum verb	verb;
	uint64_t	n;		/* of add, sub, set */
	uint64_t	random;
	bool		raw;		/* the checksum over it stays as it was, so it is wrong then */
	bool		one;		/* only in the first copy of several */
};
/* "FIELD=VERB[:N][/raw][/one]", up to a space. False: no such verb. */
bool change_parse(struct field_change *c, const char *s, struct arb_random *r);
struct damage;
/*
 * Bytes of whatever there is, of which there are @room: "byte[N]", "word[N]" (eight of them), "rest[N]" (from N on), "val[N]" (a byte of a
 * value), and the names below. NULL: @name is something else, or lies outside. Good until the next call.
 */
#define CHANGE_ALL	"all"
#define CHANGE_HALF	"half"		/* the second one */
#define CHANGE_MIDDLE	"middle"	/* byte */
const struct fmt_field *change_anywhere(struct damage *d, const char *name, size_t room);
/* Changes @f of the structure at @base. False: nothing changed. */
bool change_apply(const struct field_change *c, const struct fmt_field *f, void *base);

struct damage {
	struct view	*v;
	struct arb_random random;
	unsigned	btree, level;	/* of the target */
	unsigned	root_level;
	/* Nodes in key order, of all levels from the target's up */
	struct { ARB_ARRAY(struct damage_node) node; } on[BTREE_MAX_DEPTH];
	size_t		at;		/* the target, on its level */
	struct bpos	pos;		/* that was asked for; SPOS_MAX: none */
	bool		any_node;	/* none was asked for: the one chosen may give way to another */
	struct field_change change;	/* what a damage to a field was told: "FIELD=VERB"; .raw and .one of any damage */
	struct fmt_field place;		/* of change_anywhere() */
	char		structure[64];	/* of which bytes are damaged; "" when the damage does not ask */
	struct arb_buf	*done;
	struct arb_error *err;
};

/* What a row asks of the node it is applied to. */
enum damage_needs {
	NEED_PARENT = 1,	/* in whose node the pointer stands */
	NEED_PREV = 2, NEED_NEXT = 4, NEED_INTERIOR = 8, NEED_LAST = 16, NEED_ROOT = 32,
	NEED_NOTHING = 64,	/* no node at all */
	NEED_CHANGE = 128,	/* "FIELD=VERB" */
	NEED_STRUCTURE = 256,	/* what is damaged; a node only when that is one or in one */
};

struct damage_row {
	enum arb_code	(*fn)(struct damage *d, int arg);
	int		arg;
	unsigned	needs;
	int		level;		/* when none is given; -1: the root's, -2: that of its children */
};

/* ---- damage_find.c: @where is "BTREE[:LEVEL] [POS|@N]" */
enum arb_code damage_find(struct damage *d, const char *where, const struct damage_row *row);
struct damage_node *damage_target(struct damage *d);
struct damage_node *damage_neighbour(struct damage *d, int step);	/* -1, +1, under the same parent */
void damage_say(struct damage *d, const char *what);			/* "WHAT: extents level 0 POS - POS at DEV:SECTOR" */

/* ---- damage_write.c */
/* Reads a node that must be readable. Put it back. */
enum arb_code damage_read(struct damage *d, unsigned level, const struct damage_node *n, struct node_got *ret);
/* Changes the header of a node in all copies and makes its first checksum right. */
enum arb_code damage_header(struct damage *d, unsigned level, const struct damage_node *n,
			    void (*change)(struct node_header *h, const void *arg), const void *arg);
/*
 * Writes an interior node anew, of the same length: change() sees each child and may alter its pointer; false leaves the
 * child out.
 */
enum arb_code damage_children(struct damage *d, unsigned level, const struct damage_node *n,
			      bool (*change)(struct btree_ptr *child, const void *arg), const void *arg);
/* Writes a node, of whatever level, anew with keys changed in number or order, of the same length; *nr may grow by one. */
enum arb_code damage_keys(struct damage *d, unsigned level, const struct damage_node *n,
			  enum arb_code (*change)(struct damage *d, struct bkey_s *keys, size_t *nr,
						  const void *arg), const void *arg);
/* The same for damage to one key: when the node has none that suits, and none was asked for, the next nodes are tried. */
enum arb_code damage_some_key(struct damage *d, enum arb_code (*change)(struct damage *d, struct bkey_s *keys, size_t *nr, const void *arg),
			      const void *arg);
/* Writes @bytes to all places of a node. */
enum arb_code damage_write(struct damage *d, const struct btree_ptr *p, const uint8_t *raw, size_t bytes);
/* damage_bytes.c: the first sector of a bucket that the alloc btree does not know. */
enum arb_code damage_free_place(struct damage *d, unsigned dev, uint64_t *ret);
/* Overwrites the whole node on all devices: zeroes, or @flip: one byte of its keys. */
enum arb_code damage_wipe(struct damage *d, const struct damage_node *n, bool flip);
/* Changes the pointer to the root in the superblocks and in the journal. */
enum arb_code damage_root_pointer(struct damage *d, struct bpos min, struct bpos max);
/* damage_structure.c: does it take a node to find the structure? Yes when the damage does not ask for one (NEED_STRUCTURE). */
bool damage_structure_in_node(const struct damage *d, unsigned needs);
/* damage_super.c: the superblocks' bitmaps say that a node may lie at these places, as a kernel makes sure before it writes one. */
enum arb_code damage_bitmap_know(struct damage *d, const struct btree_ptr *p);
/* Makes superblocks and journal say that the btree had a root, but not where. */
enum arb_code damage_root_to(struct damage *d, const struct bkey_buf *to);	/* with as many copies as the root */
enum arb_code damage_root_lost(struct damage *d, bool unnamed);

#endif
