/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Shared by the files of the journal room: rings are scanned into raw records, these are sorted into the index. */
#ifndef SRC_JOURNAL_INTERNAL_H
#define SRC_JOURNAL_INTERNAL_H

#include "arborist/journal/journal.h"

/* So many seqs behind the newest entry found may stand in nodes: what was in memory, and being written, when the machine stopped. */
#define JOURNAL_SEQ_MARGIN	8

/* What a 6.12 kernel wants behind the newest entry, the one or the other; rings that are shorter than the third are let be. */
#define JOURNAL_RING_FREE_MIN	2
#define JOURNAL_SECTORS_FREE_MIN 32
#define JOURNAL_RING_MIN	4

/* What one bucket scan remembers of one jset found. */
struct raw_entry {
	uint64_t	seq, last_seq, bucket;
	uint64_t	before;		/* highest seq seen before it in its bucket, 0: none */
	uint64_t	ident;		/* hash of all bytes: equal for equal copies */
	uint32_t	version, bytes, ring, offset, sectors;
	uint8_t		dev;
	bool		no_flush, csum_ok, hidden, newer_format, unwanted, late;
	bool		impossible;	/* has got another number than it says */
};
struct raw_entries { ARB_ARRAY(struct raw_entry) list; };

/* ring.c: scans the rings of all devices on the workers; fills j->dev[], @raw and j->defects, in ring order. */
enum arb_code rings_scan(struct journal *j, struct devset *devs, const struct fs_geometry *geo, struct workers *w,
			 struct raw_entries *raw, struct arb_error *err);
/* ring.c: total size of all rings; fills j->dev[].buckets. */
enum arb_code rings_find(struct journal *j, const struct devset *devs, const struct fs_geometry *geo, uint64_t *ret_bytes,
			 struct arb_error *err);
/* impossible.c: entries with impossible numbers get their real ones, or are taken out; fills j->impossible. */
enum arb_code impossible_take_out(struct journal *j, const struct fs_geometry *geo, struct raw_entries *raw, struct arb_error *err);
/* An entry begins there that says an impossible number. */
bool journal_is_impossible(const struct journal *j, unsigned dev, uint32_t ring, uint32_t offset);
/* index.c: raw records, in ring order, to j->entries and j->copies. */
enum arb_code index_build(struct journal *j, const struct fs_geometry *geo, struct raw_entries *raw, struct arb_error *err);
/*
 * choose.c: sets j->newest, replay_first, replay_last, every entry's .use; holes and strays become defects. A journal that shows that the
 * filesystem was in use after its clean shutdown takes j->clean back, with @may_doubt.
 */
void replay_choose(struct journal *j, bool may_doubt);
/* full.c: has a kernel room to go on? A defect where not. */
bool journal_has_room(size_t ring, size_t buckets, uint32_t sectors);
void full_note(struct journal *j, const struct sb *sb, const struct fs_geometry *geo);
/* choose.c: device sets that the superblock's replicas section does not list (error 12). */
void replicas_check(struct journal *j, const struct sb *sb);
/* replay.c: what the chosen entries, or the clean section, say. */
enum arb_code replay_entries(struct journal *j, struct devset *devs, const struct fs_geometry *geo, struct overlay *o,
			     struct arb_error *err);
enum arb_code replay_clean_section(struct journal *j, const struct fs_geometry *geo, const uint8_t *entries, size_t n,
				   struct arb_error *err);
/* blacklist.c: sorted, merged copy of ranges. */
enum arb_code blacklist_add(struct journal *j, uint64_t start, uint64_t end, struct arb_error *err);
bool blacklist_has(const struct journal *j, uint64_t seq);
/* First seq at or after @seq that is not blacklisted. */
uint64_t blacklist_skip(const struct journal *j, uint64_t seq);
/* Start of the first range behind @seq, which is in none; UINT64_MAX when there is no further one. */
uint64_t blacklist_next_start(const struct journal *j, uint64_t seq);

/*
 * Entries a reader needs until the switch, and after it: [L, F]. Of entries without a flush a kernel takes the newest alone; the others, which
 * can fill all of the ring, are overwritten from the oldest on where there is no other room (and stand in the undo file).
 */
bool journal_is_kept(const struct journal *j, const struct journal_entry *e);
/* layout_destroy.c: fill l->torn and l->unwanted, once all places are known. */
enum arb_code layout_find_torn(const struct journal *j, const struct journal_request *q, struct journal_layout *l, struct arb_error *err);
enum arb_code layout_find_unwanted(const struct journal *j, const struct journal_request *q, struct journal_layout *l, struct arb_error *err);

#endif
