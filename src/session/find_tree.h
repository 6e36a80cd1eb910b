/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A parsed search: private to find*.c. */
#ifndef ARBORIST_SRC_SESSION_FIND_TREE_H
#define ARBORIST_SRC_SESSION_FIND_TREE_H

#include "arborist/base/buf.h"
#include "arborist/session/find.h"

#define FIND_TERMS_MAX	256
#define FIND_DEPTH_MAX	64

enum find_value { FIND_NUMBER, FIND_POS, FIND_BUCKET, FIND_TYPE, FIND_BTREE, FIND_DATA_TYPE, FIND_DIRENT_TYPE, FIND_TEXT };
enum find_cmp { FIND_EQ, FIND_NE, FIND_LT, FIND_LE, FIND_GT, FIND_GE, FIND_HAS };
enum find_flags {
	FIND_LEVELS	= 1,		/* a search for it looks at interior nodes too */
	FIND_OF_POINTER	= 2,		/* a value for each pointer of the key; of a key without pointers its only one, if any */
	FIND_YES_NO	= 4,		/* the number is 0 or 1 */
	FIND_OF_PLACE	= 8,		/* told of every key before the others: where it stands, and its type */
};

#define FIND_NOT_A_BUCKET (UINT64_MAX - 1)	/* what the bucket of a pointer to no member of the filesystem is */

/* The name of a directory entry or an attribute, gated; false: it is neither. */
bool find_key_name(struct bkey_s k, struct arb_buf *out);

/* What a test is given. */
struct find_subject {
	const struct fs_geometry *geo;
	unsigned	btree, level;
	struct bkey_s	k;
};
struct find_field {
	const char	*name, *help;
	enum find_value	value;
	unsigned	flags;
	/* The @i-th value of the field in this key; false: no more. NULL: positions and texts, which find.c compares itself. */
	bool		(*get)(const struct find_subject *s, unsigned i, uint64_t *ret);
};
extern const struct find_field find_fields[];
extern const size_t find_fields_nr;
const struct find_field *find_field(const char *name, size_t n);

enum find_kind { FIND_AND, FIND_OR, FIND_NOT, FIND_TEST };
struct find_term {
	enum find_kind	kind;
	unsigned	left, right;		/* indices of terms */
	const struct find_field *field;		/* of a test; NULL: text */
	enum find_cmp	cmp;
	bool		range;			/* EQ or NE with lo..hi */
	uint64_t	lo, hi;
	struct bpos	start, end;
	char		*text;			/* owned */
};
/* Where a part of the expression can be true. */
struct find_bounds {
	uint64_t	btrees;			/* a bit each */
	struct bpos	start, end;
	uint64_t	inum_first, inum_last;
	bool		levels;
};
/* What holding a key against a search needs besides: each thread has one of its own. */
struct find_scratch {
	struct arb_buf	text;			/* of the key that is being looked at */
	bool		has_text;
};
struct find {
	struct find_term term[FIND_TERMS_MAX];
	unsigned	nr, root;
	struct find_bounds bounds;
	struct find_scratch scratch;		/* of find_match() */
};
bool find_match_with(const struct find *f, struct find_scratch *w, const struct find_subject *s);
struct find_bounds find_bounds_of(const struct find *f, unsigned term);
/* Keys of an inode stand in these four btrees only; by offset in inodes, by inode in the others. */
bool find_inum(unsigned btree, struct bpos p, uint64_t *ret);

#endif
