/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The journal as read from all devices (format-superblock-journal.md 10). What stays in memory is an index, one small
 * record per entry; the bytes of an entry are read again when asked for.
 */
#ifndef ARBORIST_JOURNAL_JOURNAL_H
#define ARBORIST_JOURNAL_JOURNAL_H

#include "arborist/base/workers.h"
#include "arborist/format/btree_id.h"
#include "arborist/format/jset.h"
#include "arborist/io/devset.h"
#include "arborist/overlay/overlay.h"

/* No journal comes that far, and counting on from there would not end well (versions of accounting keys hold seq << 32 in 96 bits). */
#define JOURNAL_SEQ_LIMIT	(1ull << 47)

struct journal_copy {			/* one entry on one device */
	unsigned	dev;
	uint32_t	ring;		/* index into the ring of journal buckets */
	uint64_t	bucket;
	uint32_t	offset;		/* sectors in the bucket */
	uint32_t	sectors;	/* rounded up to the block */
	bool		csum_ok;
	/*
	 * Recovery complains about it as soon as it meets it, needed or not: it stands there a second time, differs from the copy that is used,
	 * or has a header that cannot be. Late: an entry before it in the ring has said that it is not needed any more, and nobody looks at it.
	 */
	bool		unwanted, late;
};

enum journal_use {
	JOURNAL_REPLAY, JOURNAL_OLD /* before last_seq, or the filesystem is clean */, JOURNAL_NO_FLUSH_LOST, JOURNAL_TORN,
	JOURNAL_BLACKLISTED,
};

struct journal_entry {
	uint64_t	seq, last_seq;
	uint32_t	version, bytes;
	bool		no_flush, good;		/* good: .best_copy has a good checksum */
	enum journal_use use;
	unsigned	nr_copies, first_copy;	/* range in journal.copies, by device */
	unsigned	best_copy;		/* index into journal.copies */
};

struct journal_device {			/* where a device's ring stands */
	bool		has_journal;
	uint64_t	*buckets;	/* ring order */
	size_t		nr;
	uint64_t	*bucket_seq;	/* highest seq in each, 0 for none */
	uint64_t	highest_seq;
	uint32_t	end_ring, end_offset;	/* after the entry with highest_seq: ring index, sectors */
};

struct btree_root_entry {		/* as the clean section or the newest replayed entry names it */
	bool		present, lost;	/* lost: entry with u64s 0 */
	uint8_t		level;
	struct bkey_buf	key;
};

struct journal_place { unsigned dev; uint64_t bucket; uint32_t ring, offset; };	/* of one entry on one device */
/* An entry with a number that no journal gets to. .real_seq: the one it should have, as which it is read; 0: nothing tells, and it is left out. */
struct journal_impossible { struct journal_place place; uint64_t real_seq; uint32_t bytes; };

struct journal {
	/* Immutable once read */
	ARB_ARRAY(struct journal_entry) entries;	/* ascending seq */
	ARB_ARRAY(struct journal_copy) copies;
	ARB_ARRAY(struct journal_impossible) impossible; /* say a number that cannot be: every commit mends or destroys them first */
	struct journal_device dev[SB_MEMBERS_MAX];
	bool		clean;			/* the clean section is used; nothing is replayed */
	uint64_t	newest;			/* H: highest seq found (clean: at least clean.journal_seq) */
	uint64_t	torn;			/* seq of a torn flush entry above F, or 0 */
	uint64_t	replay_first, replay_last;	/* L, F; clean: both clean.journal_seq */
	bool		nothing_to_replay;	/* unclean, and nothing usable found: no roots either */
	bool		no_flush_found;		/* unclean, only entries without flush: the newest one was taken alone */
	bool		trusted;		/* clean, as the superblock says, and the journal that goes on after that is not believed */
	bool		locked;			/* encrypted: checksums, last_seq and contents are not known */
	bool		clean_differs;		/* the last entry of the clean shutdown names other roots than the clean section, or is damaged */
	bool		newer_format;		/* parts or flags that versions after 1.13 write */
	bool		indexed;		/* entries, copies and dev[] are filled: see journal_index() */
	struct seq_range *blacklist;		/* superblock's and those in entries, ascending */
	size_t		nr_blacklist;
	struct btree_root_entry roots[BTREE_ID_NR_MAX];
	uint64_t	key_version;		/* usage entry */
	uint64_t	clock[2];
	size_t		nr_keys;		/* replayed into the overlay */
	uint64_t	nr_hidden, newest_hidden; /* entries behind holes; not in .entries */
	struct defects	defects;
	size_t		scan_from, scan_to;	/* of .defects, those seen while looking at the rings: of any entry, whether or not it counts */
};

/*
 * Reads all rings, decides what is replayed, fills @overlay (NULL: only the index) and roots. @geo gets its blacklist.
 */
enum arb_code journal_read(struct devset *devs, struct fs_geometry *geo, struct workers *w,
			   struct overlay *overlay, struct journal **ret, struct arb_error *err);
/* With @trust_clean a superblock that says clean is believed also where the journal goes on after that: those entries do not count. */
enum arb_code journal_read_as(struct devset *devs, struct fs_geometry *geo, struct workers *w, bool trust_clean,
			      struct overlay *overlay, struct journal **ret, struct arb_error *err);
/*
 * Fills the index of a clean filesystem with a very large ring, which journal_read() leaves out; nothing to do otherwise.
 * To be called before entries, copies or dev[] are looked at.
 */
enum arb_code journal_index(struct journal *j, struct devset *devs, const struct fs_geometry *geo, struct workers *w,
			    struct arb_error *err);
void journal_free(struct journal *j);
const struct journal_entry *journal_find(const struct journal *j, uint64_t seq);
/* The copy that begins at that sector of a device, and its entry; NULL: there is none that recovery sees. */
const struct journal_copy *journal_copy_at(const struct journal *j, const struct fs_geometry *geo, unsigned dev, uint64_t sector,
					   const struct journal_entry **ret_entry);
/* The bytes of an entry from its best copy, decrypted; *ret owned by the caller. */
enum arb_code journal_entry_bytes(struct devset *devs, const struct journal *j, const struct journal_entry *e,
				  uint8_t **ret, size_t *ret_n, struct arb_error *err);
/* One entry as list_journal prints it (several lines). */
enum arb_code journal_entry_to_text(struct arb_buf *out, struct devset *devs, const struct fs_geometry *geo,
				    const struct journal *j, const struct journal_entry *e, unsigned key_text_flags, struct arb_error *err);

/*
 * Where a commit's entries go (format-superblock-journal.md 11.2 to 11.4). Sizes in sectors.
 */
struct journal_layout {
	uint64_t	first_seq;	/* S; entries are S, S + 1 ... */
	uint64_t	last_seq;	/* L for the flush entry */
	struct seq_range blacklist;	/* [F + 1, S) to be added */
	ARB_ARRAY(struct journal_place) places;	/* entry-major: for entry i all its devices */
	unsigned	nr_devs;	/* devices per entry */
	ARB_ARRAY(struct journal_place) torn;	/* first blocks to zero: torn flush entries above F that stay otherwise */
	bool		torn_first;	/* before the superblock stops saying clean: all entries above F, which are not believed */
	ARB_ARRAY(struct journal_place) unwanted; /* first blocks to zero when the new entries hold: of unwanted copies and what stands behind them */
	/*
	 * The last entry of a clean shutdown, where it is not intact: to be written anew before anything else, because once the superblock no
	 * longer says clean it is the only entry that says what the filesystem was. One place per device; 0 entries: it is intact.
	 */
	ARB_ARRAY(struct journal_place) restore;
	uint32_t	restore_sectors;
};
/*
 * How much of the ring may be used. A 6.12 kernel does not get through the replay of a journal that has fewer than half of its buckets free (seen
 * with 8 of them: "journal stuck", no mount); in the whole ring one bucket stays spare.
 */
enum journal_fill { JOURNAL_HALF_OF_FREE, JOURNAL_WHOLE_RING };
struct journal_request {
	const uint32_t	*sectors;	/* of each entry, rounded up to blocks */
	size_t		nr;
	enum journal_fill fill;
	bool		anew;		/* nothing of the old journal is needed any more once the new entries hold */
	bool		from_nothing;	/* a journal of which nothing can be used is begun again */
	uint64_t	above;		/* nodes have sets of keys with numbers up to this one, and they count */
	const struct journal_place *spared;	/* buckets (.dev, .bucket) where nothing may be written: something else still lies there */
	size_t		nr_spared;
};
/* ARB_E_NO_ROOM or ARB_E_REFUSED with the reason when it cannot be done. */
enum arb_code journal_layout(const struct devset *devs, const struct fs_geometry *geo, const struct journal *j, const struct journal_request *q,
			     struct journal_layout *ret, struct arb_error *err);
void journal_layout_free(struct journal_layout *l);
/* Largest jset, in bytes, that may be laid out on every target device; 64 KiB or less. */
size_t journal_entry_bytes_max(const struct devset *devs, const struct fs_geometry *geo);

#endif
