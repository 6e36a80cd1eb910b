/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Who says that a bucket is theirs: every pointer of every btree, superblock copies, the journal, stripes; and what follows from it for the
 * bucket, beside what its alloc key says. Counted by walking, so it holds in any state and needs no pass to have run.
 * Only from inside a job.
 */
#ifndef ARBORIST_SESSION_BUCKETS_H
#define ARBORIST_SESSION_BUCKETS_H

#include "arborist/format/alloc.h"
#include "arborist/session/session.h"

enum claim_kind { CLAIM_SUPERBLOCK, CLAIM_JOURNAL, CLAIM_POINTER, CLAIM_STRIPE_BLOCK };
const char *claim_kind_name(enum claim_kind k);		/* "superblock", "journal", "pointer", "stripe" */

struct claim {
	enum claim_kind kind;
	unsigned	dev;
	uint64_t	bucket;
	unsigned	data_type;	/* what a bucket that holds this is: sb, journal, btree, user, cached, stripe, parity */
	uint64_t	sector;		/* on the device, where it begins */
	uint64_t	sectors;	/* it takes there; of a block of a stripe: the length of the block */
	/* Of pointers and stripe blocks: the key. level: of the node that holds it; of a root's pointer: root level + 1. */
	unsigned	btree, level;
	struct bpos	pos;
	unsigned	key_type;
	uint8_t		gen;
	bool		cached, unwritten;
	bool		striped;	/* the pointer names a stripe, or this is a block of one */
	uint64_t	stripe;
	unsigned	block;
	uint8_t		redundancy;	/* of a stripe block: of its stripe */
	uint32_t	crc_offset;	/* of a compressed extent: where in the whole the live part begins */
};

/*
 * Calls @claim for everything that claims a bucket of an existing device, or, when @bucket_only is set, that one bucket of @dev. Places outside of a
 * device are left out. Nodes first, then leaves. Unreadable nodes are skipped and counted. The walk reports its progress and lets
 * other jobs look around, as @what (static); ARB_E_CANCELLED when it was interrupted.
 */
struct claims_walk {
	bool		bucket_only;
	unsigned	dev;
	uint64_t	bucket;
	void		(*claim)(void *arg, const struct claim *c, struct bkey_s k);	/* k.v NULL when there is no key */
	void		*arg;
	uint64_t	nodes_unreadable;	/* set by the walk */
};
enum arb_code session_claims(struct session *s, const char *what, struct claims_walk *w, struct arb_error *err);

#define BUCKET_CLAIMS_MAX 4096	/* listed for one bucket; the rest is only counted */
struct bucket_claim {
	struct claim	c;
	bool		stale;		/* a cached copy of an older generation: counts nowhere */
	bool		conflict;	/* gives way to a claim of another kind */
	bool		backpointer;	/* it has its backpointer */
	bool		wants_backpointer;
	char		*text;		/* first line of the key; gated; owned; NULL: none */
};
struct bucket_backpointer {
	struct bpos	pos;
	struct backpointer b;
	bool		matched;	/* a claim stands at its other end */
	char		*text;		/* gated; owned */
};
struct bucket_report {
	unsigned	dev;
	uint64_t	bucket;
	uint32_t	bucket_size;		/* sectors */
	bool		online;
	bool		has_key;
	bool		key_unreadable;		/* the node it would stand in: whether there is one is not known */
	struct alloc_v4	found, expected;	/* found: zeroes without a key */
	bool		incomplete;		/* nodes could not be read: expected may lack something */
	uint64_t	nodes_unreadable;
	uint64_t	nr_claims;
	ARB_ARRAY(struct bucket_claim) claims;	/* at most BUCKET_CLAIMS_MAX */
	ARB_ARRAY(struct bucket_backpointer) backpointers;	/* at most BUCKET_CLAIMS_MAX */
	uint64_t	nr_backpointers;
};
/* ARB_E_BAD_ARGUMENT: no such device or bucket. */
enum arb_code session_bucket_exists(struct session *s, unsigned dev, uint64_t bucket, struct arb_error *err);
enum arb_code session_bucket(struct session *s, unsigned dev, uint64_t bucket, struct bucket_report **ret, struct arb_error *err);
void bucket_report_free(struct bucket_report *r);
/* The fields of an alloc key that are compared, in the order of the findings; NULL ends. Value of one, as a number and as text. */
const char *bucket_field_name(unsigned i);
void bucket_field_text(struct arb_buf *out, const struct alloc_v4 *a, unsigned i);
uint64_t bucket_field(const struct alloc_v4 *a, unsigned i);

/* The map: one entry per bucket of every device. */
enum bucket_flags {
	BUCKET_HAS_KEY	= 1,
	BUCKET_CONFLICT	= 2,	/* claimed by kinds that cannot share it */
	BUCKET_DIFFERS	= 4,	/* the alloc key names another kind, or another number of sectors */
};
struct bucket_entry {
	uint8_t		owner;		/* enum data_type that follows from the claims; an empty one is as recorded */
	uint8_t		recorded;	/* that of the alloc key */
	uint8_t		flags;
	uint8_t		gen;
	uint32_t	sectors;	/* in use */
};
struct bucket_device {
	bool		exists, online;
	uint64_t	first_bucket, nbuckets;
	uint32_t	bucket_size;
	struct bucket_entry *bucket;	/* nbuckets of them; owned */
};
struct bucket_map {
	struct bucket_device dev[SB_MEMBERS_MAX];
	uint64_t	nodes_unreadable;
	bool		alloc_unreadable;	/* in part at least: a bucket without a key may have one there */
};
enum arb_code session_bucket_map(struct session *s, struct bucket_map **ret, struct arb_error *err);
void bucket_map_free(struct bucket_map *m);

#endif
