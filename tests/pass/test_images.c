/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The topology check over every real image at hand, against what the reference said of it (NAME.fsck.txt): the same kinds of
 * findings, and after accepting them nothing is found again. Findings of our own, where the kernel acts unasked, come on top.
 */
#include "../unit.h"

#include "real_pass.h"

#define FOUND_MAX 256

/* How the reference words what it finds, up to the end of its check_topology. */
static const struct { const char *words; unsigned nr; } phrases[] = {
	{ "unreadable btree node at btree", 30 },
	{ "error reading btree root", 59 },
	{ "btree node with incorrect min_key", 63 },
	{ "btree node with incorrect max_key", 64 },
	{ "btree node overwritten by prev node", 65 },
	{ "btree node overwritten by next node", 66 },
	{ "empty interior btree node", 67 },
	{ "no nodes found for btree", 263 },
};
enum { NR_PHRASES = sizeof(phrases) / sizeof(phrases[0]) };
enum { ROW_MIN = 2, ROW_MAX, ROW_BY_PREV, ROW_BY_NEXT };	/* of phrases[] */

struct found { unsigned nr; bool of_reading, error, fixed; const char *id; };
static struct found found[FOUND_MAX];
static unsigned nr_found;

static void decided(void *arg, const struct finding *f)
{
	(void)arg;
	assert_true(nr_found < FOUND_MAX);
	found[nr_found++] = (struct found){ f->row->nr, f->row->kind == FINDING_READ, finding_is_error(f), f->fixed, f->row->id };
}

static void run(struct real_pass *p)
{
	nr_found = 0;
	p->decided = decided;
	real_pass_run(p, (const char *const[]){ "check_topology", NULL });
}

/* Bit per row of phrases[]. */
static unsigned reference_says(const struct real_pass *p)
{
	FILE *f = real_pass_reference(p);
	char line[8192];
	unsigned bits = 0;

	while (fgets(line, sizeof(line), f) && strncmp(line, "accounting_read", 15))
		for (unsigned i = 0; i < NR_PHRASES; i++)
			bits |= !!strstr(line, phrases[i].words) << i;
	fclose(f);
	return bits;
}

static unsigned we_say(void)
{
	unsigned bits = 0;

	for (unsigned k = 0; k < nr_found; k++)
		for (unsigned i = 0; i < NR_PHRASES; i++)
			bits |= (found[k].nr == phrases[i].nr) << i;
	return bits;
}

/*
 * A node that the reference drops leaves a gap behind, which it then finds. Where we settle the same overlap without loss
 * (topology_overlap.c) there is none: findings about bounds beside "overwritten" are not compared.
 */
static unsigned compared(unsigned want, unsigned got)
{
	unsigned overwritten = 1u << ROW_BY_PREV | 1u << ROW_BY_NEXT;

	return want & got & overwritten ? ~(1u << ROW_MIN | 1u << ROW_MAX) : ~0u;
}

static void compare(const struct real_pass *p)
{
	unsigned want = reference_says(p), got = we_say(), mask = compared(want, got);

	want &= mask;
	got &= mask;

	for (unsigned i = 0; i < NR_PHRASES; i++)
		if ((want ^ got) >> i & 1)
			print_error("%s: %s says \"%s\"\n", p->name, want >> i & 1 ? "only the reference" : "the reference does not", phrases[i].words);
	assert_int_equal(got, want);
}

static void nothing_again(const char *name)
{
	for (unsigned i = 0; i < nr_found; i++)
		if (found[i].error && !found[i].of_reading)
			fail_msg("%s: the second run finds %s", name, found[i].id);
}

static void judge(struct real_pass *p)
{
	run(p);
	compare(p);
	run(p);
	nothing_again(p->name);
}

int main(void)
{
	return real_pass_main("topology_as_the_reference", judge);
}
