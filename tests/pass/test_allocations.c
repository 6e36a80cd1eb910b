/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The allocation gc over every real image at hand, against what the reference said of it (NAME.fsck.txt): the same findings,
 * so often each; after accepting them nothing is found again. And two independent ways of counting: what the keys say by
 * their pointers (the pass) and what the backpointers say.
 */
#include "../unit.h"

#include <stdlib.h>
#include <unistd.h>

#include "../btree/real_image.h"
#include "arborist/format/btree_id.h"
#include "both_ways.h"
#include "real_pass.h"

/* How the reference words what it finds from accounting_read to check_allocations. */
static const struct { const char *words; unsigned nr; } phrases[] = {
	{ "key version number higher than recorded", 80 },
	{ " has wrong data_type: ", 106 },
	{ " has wrong gen: ", 107 },
	{ " has wrong dirty_sectors: ", 108 },
	{ " has wrong stripe_sectors: ", 271 },
	{ " has wrong cached_sectors: ", 109 },
	{ " has wrong stripe: ", 110 },
	{ " missing in alloc btree", 148 },
	{ "reflink key has wrong refcount", 165 },
	{ "wrong block sector count", 169 },
	{ "not marked in member info btree allocated bitmap", 266 },
	{ "accounting mismatch for ", 272 },
	{ "accounting not marked in superblock replicas", 273 },
};
enum { NR_PHRASES = sizeof(phrases) / sizeof(phrases[0]) };

static unsigned count[NR_PHRASES], nr_errors;
static const char *last_error;

static void decided(void *arg, const struct finding *f)
{
	(void)arg;
	for (unsigned i = 0; i < NR_PHRASES; i++)
		count[i] += f->row->nr == phrases[i].nr;
	if (finding_is_error(f) && f->row->kind != FINDING_READ) {
		nr_errors++;
		last_error = f->row->id;
	}
}

static void run(struct real_pass *p)
{
	memset(count, 0, sizeof(count));
	nr_errors = 0;
	p->decided = decided;
	real_pass_run(p, (const char *const[]){ "check_topology", "check_allocations", NULL });
}

/* An overlap of neighbours; the same about the last child of a node has no space there. */
#define OVERLAPPED "btree node with incorrect max_key "

/*
 * False when the reference cannot be compared with: it gave a btree up half-way and then "corrected" everything by the rest,
 * it took no journal entry or node where we find one, it dropped keys of an overlap that we keep, or it put a node back with a generation that it then stumbled over.
 */
static bool reference_says(const struct real_pass *p, unsigned ret[NR_PHRASES])
{
	FILE *f = real_pass_reference(p);
	bool whole = true, in_part = false;
	char line[8192];

	memset(ret, 0, NR_PHRASES * sizeof(*ret));
	while (fgets(line, sizeof(line), f) && !strstr(line, "going read-write")) {
		in_part |= !strncmp(line, "accounting_read", 15);
		whole &= !strstr(line, "journal entries ") && !strstr(line, "btree node overwritten by") &&
			 !strstr(line, OVERLAPPED) && !(in_part && strstr(line, "btree node read error for"));
		for (unsigned i = 0; in_part && i < NR_PHRASES; i++)
			ret[i] += !!strstr(line, phrases[i].words);
	}
	fclose(f);
	return whole && in_part;
}

static void compare(const char *name, const unsigned want[NR_PHRASES])
{
	for (unsigned i = 0; i < NR_PHRASES; i++)
		if (count[i] != want[i])
			fail_msg("%s: \"%s\" %u times, the reference says %u", name, phrases[i].words, count[i], want[i]);
}

/* There is a single device and a set of the same name: the reference speaks of the set. */
static bool is_another(const char *name, const struct view *v)
{
	char path[4200];

	snprintf(path, sizeof(path), "%s/%s.0.img.zst", real_images(), name);
	return v->devs->nr_open == 1 && !access(path, R_OK);
}

/* --- one image --------------------------------------------------------------------------------------------------------------- */

static void judge(struct real_pass *p)
{
	unsigned want[NR_PHRASES];
	bool clean;

	run(p);
	clean = !nr_errors;
	if (reference_says(p, want) && !is_another(p->name, p->v))
		compare(p->name, want);
	if (clean)
		both_ways(p->v);
	run(p);
	if (nr_errors)
		fail_msg("%s: the second run finds %s", p->name, last_error);
}

int main(void)
{
	return real_pass_main("allocations_as_the_reference", judge);
}
