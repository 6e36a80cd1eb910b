/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A ring that is nearly all needed. A 6.12 kernel takes the last free bucket only for an entry that makes another one free, so it needs two of
 * them behind the newest entry, or room in the bucket of that, to begin writing again; else it is stuck ("journal full"). Tried with 8 buckets: one
 * free bucket and no room behind the entry, no mount; two, or none and 16 KiB behind the entry, and it goes on.
 */
#include "internal.h"

/* As the kernel looks for them: one after the other, behind the newest entry. */
static size_t free_buckets(const struct journal_device *d, uint64_t first)
{
	size_t n = 0;

	while (n + 1 < d->nr && d->bucket_seq[(d->end_ring + 1 + n) % d->nr] < first)
		n++;
	return n;
}

bool journal_has_room(size_t ring, size_t buckets, uint32_t sectors)
{
	return ring < JOURNAL_RING_MIN || buckets >= JOURNAL_RING_FREE_MIN || sectors >= JOURNAL_SECTORS_FREE_MIN;
}

void full_note(struct journal *j, const struct sb *sb, const struct fs_geometry *geo)
{
	unsigned want = sb_flag_get(sb, "META_REPLICAS_WANT"), rings = 0, roomy = 0;
	struct defect *d;

	if (j->nothing_to_replay)
		return;
	for (unsigned i = 0; i < SB_MEMBERS_MAX; i++) {
		const struct journal_device *jd = &j->dev[i];
		uint32_t size = geo->member[i].bucket_size, end = jd->end_offset < size ? jd->end_offset : size;

		rings += jd->nr != 0;
		roomy += jd->nr && journal_has_room(jd->nr, free_buckets(jd, j->replay_first), size - end);
	}
	if (roomy >= (want && want < rings ? want : rings))
		return;
	d = defects_add(&j->defects, 0, DEFECT_FIXABLE, "nearly every bucket of the journal holds entries that are needed (%llu to %llu)",
			(unsigned long long)j->replay_first, (unsigned long long)j->replay_last);
	if (d)
		d->own = "arborist_journal_full";
}
