/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which entries count (format-superblock-journal.md 10.3): the newest flush entry F, the oldest it needs L, and all between. */
#include "internal.h"

typedef unsigned long long ull;

/* Gives a defect of our own its name. */
static void own(struct defect *d, const char *name)
{
	if (d)
		d->own = name;
}

static struct journal_entry *take_as_newest(struct journal *j, struct journal_entry *e)
{
	uint64_t last = e->no_flush ? e->seq : e->last_seq;

	if (last > e->seq || !last) {
		defects_add(&j->defects, 8, DEFECT_FIXABLE, "journal entry %llu needs entries from %llu on", (ull)e->seq, (ull)last);
		last = e->seq;
	}
	j->replay_last = e->seq;
	j->replay_first = last;
	return e;
}

/* Walks down to F, marking what does not count. NULL: no flush entry. */
static struct journal_entry *find_newest_flush(struct journal *j)
{
	bool torn_seen = false;

	for (size_t i = j->entries.nr; i--;) {
		struct journal_entry *e = &j->entries.v[i];

		if (e->no_flush) {
			e->use = JOURNAL_NO_FLUSH_LOST;
		} else if (!e->good && !torn_seen) {
			e->use = JOURNAL_TORN;
			torn_seen = true;
			j->torn = e->seq;
		} else {
			return take_as_newest(j, e);
		}
	}
	return NULL;
}

static struct journal_entry *newest_of_any_kind(struct journal *j, bool good)
{
	for (size_t i = j->entries.nr; i--;)
		if (j->entries.v[i].good == good)
			return &j->entries.v[i];
	return NULL;
}

/* Recovery with fsck then takes the single newest entry of any kind, in order or not. */
/*
 * Intact entries right before @e, one after the other: nobody knows any more which of them are needed, but what they say is said again by a
 * later one where it does not hold any more. A kernel takes @e alone, and loses what the others have and nodes do not have yet.
 */
static uint64_t first_of_run(const struct journal *j, const struct journal_entry *e)
{
	const struct journal_entry *first = e;

	while (first > j->entries.v && first[-1].good && blacklist_skip(j, first[-1].seq + 1) == first->seq)
		first--;
	return first->seq;
}

static struct journal_entry *fall_back(struct journal *j)
{
	struct journal_entry *e = newest_of_any_kind(j, true);

	e = e ? e : newest_of_any_kind(j, false);
	defects_add(&j->defects, 2, DEFECT_FIXABLE, "the journal has %zu entries, but no intact flush entry", j->entries.nr);
	j->no_flush_found = true;
	if (e) {
		j->replay_last = e->seq;
		j->replay_first = e->good ? first_of_run(j, e) : e->seq;
		j->torn = e->seq == j->torn ? 0 : j->torn;
	}
	return e;
}

static void torn_note(struct journal *j)
{
	if (!j->torn || !j->replay_last || j->clean)
		return;
	own(defects_add(&j->defects, 0, DEFECT_FIXABLE,
			"the newest flush entry %llu of the journal is damaged: the filesystem falls back to entry %llu",
			(ull)j->torn, (ull)j->replay_last), "arborist_journal_newest_damaged");
}

/*
 * A kernel goes by what the torn entry says of the oldest entry needed, wrong as its checksum is, and forgets what comes before: needed entries,
 * since recovery falls back. arborist has them; written anew they are safe.
 */
static void forgotten_note(struct journal *j)
{
	const struct journal_entry *torn = j->torn ? journal_find(j, j->torn) : NULL;
	uint64_t last = 0;

	for (size_t i = 0; torn && i < j->entries.nr && j->entries.v[i].seq < torn->last_seq; i++)
		if (j->entries.v[i].use == JOURNAL_REPLAY)
			last = j->entries.v[i].seq;
	if (last)
		defects_add(&j->defects, 11, DEFECT_FIXABLE,
			    "journal entries %llu to %llu are missing for a kernel: the damaged entry %llu says that they are not needed any more",
			    (ull)j->replay_first, (ull)last, (ull)j->torn);
}

static void hidden_note(struct journal *j)
{
	if (j->newest_hidden <= j->replay_last || j->clean || blacklist_has(j, j->newest_hidden))
		return;
	own(defects_add(&j->defects, 0, DEFECT_FIXABLE,
			"entries up to %llu stand behind holes of the journal, recovery ends at %llu: newer changes existed",
			(ull)j->newest_hidden, (ull)j->replay_last), "arborist_journal_newer_lost");
}

static void mark_one(struct journal *j, struct journal_entry *e)
{
	if (e->seq < j->replay_first || e->seq > j->replay_last)
		return;
	e->use = blacklist_has(j, e->seq) ? JOURNAL_BLACKLISTED : JOURNAL_REPLAY;
	if (e->use == JOURNAL_BLACKLISTED && !e->no_flush)
		defects_add(&j->defects, 10, DEFECT_FIXABLE, "flush entry %llu of the journal is blacklisted", (ull)e->seq);
	if (e->use != JOURNAL_REPLAY || e->good || j->locked)
		return;
	own(defects_add(&j->defects, 0, DEFECT_FIXABLE, "journal entry %llu has a bad checksum and is used nevertheless",
			(ull)e->seq), "arborist_journal_bad_entry_used");
}

/* Seqs in [from, to) that are neither there nor blacklisted. */
static void note_missing(struct journal *j, uint64_t from, uint64_t to)
{
	for (uint64_t seq = from; seq < to;) {
		uint64_t next;

		seq = blacklist_skip(j, seq);
		if (seq >= to)
			return;
		next = blacklist_next_start(j, seq);
		next = next < to ? next : to;
		defects_add(&j->defects, 11, DEFECT_FIXABLE, "journal entries %llu to %llu are missing (replaying %llu to %llu)",
			    (ull)seq, (ull)next - 1, (ull)j->replay_first, (ull)j->replay_last);
		seq = next;
	}
}

static void mark_all(struct journal *j)
{
	uint64_t expect = j->replay_first;

	for (size_t i = 0; i < j->entries.nr; i++) {
		struct journal_entry *e = &j->entries.v[i];

		mark_one(j, e);
		if (e->seq < j->replay_first || e->seq > j->replay_last)
			continue;
		note_missing(j, expect, e->seq);
		expect = e->seq + 1;
	}
}

/* A clean filesystem replays nothing. */
static void mark_clean(struct journal *j)
{
	for (size_t i = 0; i < j->entries.nr; i++)
		if (j->entries.v[i].use == JOURNAL_REPLAY)
			j->entries.v[i].use = JOURNAL_OLD;
}

/* The newest entry that should not be there, after the last one of the shutdown. */
static const struct journal_entry *newest_above(const struct journal *j)
{
	for (size_t i = j->entries.nr; i-- && j->entries.v[i].seq > j->replay_last;) {
		const struct journal_entry *e = &j->entries.v[i];

		if (e->good && !e->no_flush && !blacklist_has(j, e->seq))
			return e;
	}
	return NULL;
}

static void not_empty_note(struct journal *j, const struct journal_entry *e)
{
	if (e)
		own(defects_add(&j->defects, 0, DEFECT_FIXABLE, "the superblock says clean at entry %llu, the journal holds flush entry %llu",
				(ull)j->replay_last, (ull)e->seq), "clean_but_journal_not_empty");
}

static void choose_unclean(struct journal *j)
{
	if (!j->entries.nr) {
		defects_add(&j->defects, 1, DEFECT_FIXABLE, "not shut down cleanly, but the journal has no entries");
		j->nothing_to_replay = true;
		return;
	}
	if (!find_newest_flush(j) && !fall_back(j)) {
		j->nothing_to_replay = true;
		return;
	}
	mark_all(j);
	torn_note(j);
	forgotten_note(j);
	hidden_note(j);
}

static void choose_clean(struct journal *j)
{
	uint64_t clean_seq = j->replay_last;

	if (!j->locked)
		find_newest_flush(j);
	j->replay_first = j->replay_last = clean_seq;
	j->newest = j->newest > clean_seq ? j->newest : clean_seq;
	mark_clean(j);
}

/* When somebody went on after a clean shutdown, recovery goes by the journal. */
void replay_choose(struct journal *j, bool may_doubt)
{
	const struct journal_entry *above = j->clean ? newest_above(j) : NULL;

	j->newest = j->entries.nr ? j->entries.v[j->entries.nr - 1].seq : 0;
	not_empty_note(j, above);
	j->clean = j->clean && !(above && may_doubt);
	if (j->clean)
		choose_clean(j);
	else
		choose_unclean(j);
}

/* --- device sets --------------------------------------------------------------------------------------------------- */

static uint64_t devices_of(const struct journal *j, const struct journal_entry *e)
{
	uint64_t set = 0;

	for (unsigned i = 0; i < e->nr_copies; i++)
		set |= 1ull << j->copies.v[e->first_copy + i].dev;
	return set;
}

static bool set_is_marked(const struct sb *sb, uint64_t set)
{
	struct replicas_entry r;
	size_t cursor = 0;

	while (sb_replicas_next(sb, &cursor, &r)) {
		uint64_t have = 0;

		for (unsigned i = 0; i < r.nr_devs; i++)
			have |= r.devs[i] < SB_MEMBERS_MAX ? 1ull << r.devs[i] : 0;
		if (r.data_type == 2 && (have & set) == set)
			return true;
	}
	return false;
}

void replicas_check(struct journal *j, const struct sb *sb)
{
	uint64_t reported = 0;	/* one report is enough for neighbours with the same devices */

	for (size_t i = 0; i < j->entries.nr; i++) {
		const struct journal_entry *e = &j->entries.v[i];
		uint64_t set = devices_of(j, e);

		if (e->use != JOURNAL_REPLAY || e->seq == j->replay_first || set == reported || set_is_marked(sb, set))
			continue;
		reported = set;
		defects_add(&j->defects, 12, DEFECT_FIXABLE,
			    "the devices of journal entry %llu (bits %llx) are not listed as replicas of the journal",
			    (ull)e->seq, (ull)set);
	}
}
