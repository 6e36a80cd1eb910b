/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Breakpoints: the kinds there are and what each matches; reading one from words; the list of a session. */
#include <config.h>
#include <ctype.h>
#include "arborist/base/i18n.h"
#include "arborist/format/btree_id.h"
#include "arborist/format/extent.h"
#include "internal.h"

/* --- matching --------------------------------------------------------------------------------------------------------- */

static bool overlaps(const struct breakpoint *b, struct bpos start, struct bpos end)
{
	return bpos_le(start, b->end) && bpos_le(b->start, end);
}

static bool match_pass(const struct breakpoint *b, const struct stop_event *e, const struct fs_geometry *geo)
{
	(void)geo;
	return e->what == STOP_PASS && (!b->pass || b->pass == e->pass);
}

static bool match_finding(const struct breakpoint *b, const struct stop_event *e, const struct fs_geometry *geo)
{
	(void)geo;
	return e->what == STOP_FINDING && (!b->finding || b->finding == e->finding->row);
}

static bool match_mutation(const struct breakpoint *b, const struct stop_event *e, const struct fs_geometry *geo)
{
	(void)b;
	(void)geo;
	return e->what == STOP_MUTATION;
}

static bool match_node(const struct breakpoint *b, const struct stop_event *e, const struct fs_geometry *geo)
{
	(void)b;
	(void)geo;
	return e->what == STOP_NODE;
}

/* First position that @k speaks of: of a pointer its node's, of an extent its beginning. */
static struct bpos key_begin(unsigned level, struct bkey_s k)
{
	struct btree_ptr p;

	if (level)
		return btree_ptr_get(k, &p) && p.is_v2 ? p.min_key : k.k.p;
	return k.k.size && k.k.size <= k.k.p.offset ? BPOS(k.k.p.inode, k.k.p.offset - k.k.size + 1, k.k.p.snapshot) : k.k.p;
}

static bool key_in(const struct breakpoint *b, unsigned level, const struct bkey_buf *k)
{
	return k && overlaps(b, key_begin(level, bkey_buf_s(k)), k->k.p);
}

bool mutation_touches(const struct breakpoint *b, const struct mutation *m)
{
	if (m->kind == MUTATION_SUPER || m->btree != b->btree)
		return false;
	if (m->kind == MUTATION_ROOT)
		return true;
	if (m->kind == MUTATION_SHOOT_DOWN)
		return overlaps(b, m->pos, m->end);
	return overlaps(b, m->pos, m->pos) || key_in(b, m->level, m->old) || key_in(b, m->level, m->new);
}

static bool repair_touches(const struct breakpoint *b, const struct repair *r)
{
	for (size_t i = 0; i < r->mutations.nr; i++)
		if (mutation_touches(b, &r->mutations.v[i]))
			return true;
	return false;
}

static bool match_watch(const struct breakpoint *b, const struct stop_event *e, const struct fs_geometry *geo)
{
	(void)geo;
	return e->what == STOP_MUTATION && repair_touches(b, e->repair);
}

/* Nodes above the leaves hold nearly everything: only what is decided about them counts. */
static bool match_btree(const struct breakpoint *b, const struct stop_event *e, const struct fs_geometry *geo)
{
	if (e->what == STOP_MUTATION)
		return match_watch(b, e, geo);
	if (!e->has_place || e->btree != b->btree || (e->what == STOP_NODE && e->level && !b->whole))
		return false;
	return (e->what == STOP_NODE || e->what == STOP_FINDING) && overlaps(b, e->start, e->end);
}

static bool mutation_in_bucket(const struct fs_geometry *geo, const struct breakpoint *b, const struct mutation *m)
{
	const struct bkey_buf *const both[] = { m->old, m->new };

	for (unsigned i = 0; m->kind != MUTATION_SUPER && i < 2; i++)
		if (both[i] && key_touches_bucket(geo, m->btree, m->level, bkey_buf_s(both[i]), b->dev, b->bucket))
			return true;
	return false;
}

static bool finding_in_bucket(const struct fs_geometry *geo, const struct breakpoint *b, const struct finding *f)
{
	for (unsigned i = 0; i < f->nr_objects; i++)
		if (f->object[i].has_key && key_touches_bucket(geo, f->object[i].btree, f->object[i].level + 1,
							       bkey_buf_s(&f->object[i].key), b->dev, b->bucket))
			return true;
	return !f->no_place && !f->level && f->btree == BTREE_alloc && f->pos.inode == b->dev && f->pos.offset == b->bucket;
}

static bool match_bucket(const struct breakpoint *b, const struct stop_event *e, const struct fs_geometry *geo)
{
	if (e->what == STOP_KEY)
		return key_touches_bucket(geo, e->btree, e->level, e->key, b->dev, b->bucket);
	if (e->what == STOP_FINDING)
		return finding_in_bucket(geo, b, e->finding);
	for (size_t i = 0; e->what == STOP_MUTATION && i < e->repair->mutations.nr; i++)
		if (mutation_in_bucket(geo, b, &e->repair->mutations.v[i]))
			return true;
	return false;
}

enum kind { KIND_PASS, KIND_FINDING, KIND_BTREE, KIND_BUCKET, KIND_MUTATION, KIND_NODE, KIND_WATCH };
const struct break_kind break_kinds[] = {
	[KIND_PASS]	= { "pass", "PASS", N_("the pass begins; the word pass alone: every pass"), match_pass },
	[KIND_FINDING]	= { "finding", "FINDING", N_("a finding with this id or number is going to be decided; the word finding alone: every one"), match_finding },
	[KIND_BTREE]	= { "btree", "BTREE[:POS[..POS]]", N_("the pass comes to a leaf that holds the position or a part of the range, a finding is about it, "
			    "or a repair changes it; without a position: any node of the btree"), match_btree },
	[KIND_BUCKET]	= { "bucket", "bucket DEV:N", N_("the pass looks at a key with a pointer into the bucket, or at a key about it; or a finding or a repair has to do "
			    "with one"), match_bucket },
	[KIND_MUTATION]	= { "mutation", "mutation", N_("a repair has gone into the plan"), match_mutation },
	[KIND_NODE]	= { "node", "node", N_("the pass comes to the next node"), match_node },
	[KIND_WATCH]	= { "watch", "BTREE:POS", N_("a repair changes the key, or the pointer to a node that holds the position"), match_watch },
};
const size_t break_kinds_nr = sizeof(break_kinds) / sizeof(break_kinds[0]);

/* --- reading --------------------------------------------------------------------------------------------------------------- */

static bool is_number(const char *s)
{
	return isdigit((unsigned char)*s);
}

static bool parse_any(const char *word, struct breakpoint *b)
{
	static const enum kind any[] = { KIND_PASS, KIND_FINDING, KIND_MUTATION, KIND_NODE };

	for (size_t i = 0; i < sizeof(any) / sizeof(any[0]); i++)
		if (!strcmp(word, break_kinds[any[i]].name)) {
			b->kind = &break_kinds[any[i]];
			return true;
		}
	return false;
}

static bool parse_pass(const char *word, struct breakpoint *b)
{
	b->pass = pass_by_name(word);
	b->kind = b->pass ? &break_kinds[KIND_PASS] : NULL;
	return b->kind;
}

static bool parse_finding(const char *word, struct breakpoint *b)
{
	char *end;
	unsigned long n;

	b->finding = finding_row(word);
	if (!b->finding && is_number(word) && (n = strtoul(word, &end, 10)) && !*end && n < UINT32_MAX)
		b->finding = finding_row_nr((unsigned)n);
	b->kind = b->finding ? &break_kinds[KIND_FINDING] : NULL;
	return b->kind;
}

/* What is left out on the right is the least in a beginning and the largest in an end. */
static bool parse_end(const char *s, struct bpos *ret)
{
	const char *colon = strchr(s, ':');

	if (!bpos_parse(s, ret))
		return false;
	if (is_number(s) && !colon)
		ret->offset = UINT64_MAX;
	if (is_number(s) && (!colon || !strchr(colon + 1, ':')))
		ret->snapshot = UINT32_MAX;
	return true;
}

static bool parse_range(const char *text, struct breakpoint *b)
{
	const char *dots = strstr(text, "..");
	ARB_BUF(from);

	arb_buf_mem(&from, text, dots ? (size_t)(dots - text) : strlen(text));
	return bpos_parse(arb_buf_str(&from), &b->start) && parse_end(dots ? dots + 2 : arb_buf_str(&from), &b->end) &&
	       bpos_le(b->start, b->end);
}

/* False with b->kind set: the btree is known, but not the rest. */
static bool parse_btree(const char *word, struct breakpoint *b)
{
	const char *colon = strchr(word, ':');
	ARB_BUF(name);

	arb_buf_mem(&name, word, colon ? (size_t)(colon - word) : strlen(word));
	if (is_number(word) || !btree_id_parse(arb_buf_str(&name), &b->btree))
		return false;
	b->kind = &break_kinds[KIND_BTREE];
	b->whole = !colon;
	b->start = POS_MIN;
	b->end = SPOS_MAX;
	return !colon || parse_range(colon + 1, b);
}

static enum arb_code bad_place(const char *word, struct arb_error *err)
{
	return arb_fail(err, ARB_E_BAD_ARGUMENT, "\"%s\": expected BTREE:POS or BTREE:POS..POS, as in extents:4096:8 or inodes:0:4096..0:5000", word);
}

static enum arb_code parse_bucket(const char *word, struct breakpoint *b, struct arb_error *err)
{
	char *end = NULL;
	unsigned long dev = is_number(word) ? strtoul(word, &end, 10) : 0;

	if (!end || *end != ':' || !is_number(end + 1) || dev >= SB_MEMBERS_MAX)
		return arb_fail(err, ARB_E_BAD_ARGUMENT, "\"%s\": expected bucket DEV:N, as in bucket 0:17", word);
	b->bucket = strtoull(end + 1, &end, 10);
	if (*end)
		return arb_fail(err, ARB_E_BAD_ARGUMENT, "\"%s\": expected bucket DEV:N, as in bucket 0:17", word);
	b->dev = (unsigned)dev;
	b->kind = &break_kinds[KIND_BUCKET];
	return ARB_OK;
}

static enum arb_code set_spec(struct breakpoint *b, const char *first, const char *second, struct arb_error *err)
{
	ARB_BUF(t);

	arb_buf_printf(&t, "%s%s%s", first, second ? " " : "", second ? second : "");
	b->spec = arb_buf_steal(&t);
	return b->spec ? ARB_OK : arb_fail(err, ARB_E_NOMEM, "out of memory");
}

static enum arb_code unknown(const char *word, struct arb_error *err)
{
	if (recovery_pass_by_name(word))
		return arb_fail(err, ARB_E_BAD_ARGUMENT, "arborist does not have the pass %s; the kernel runs it at mount", word);
	return arb_fail(err, ARB_E_BAD_ARGUMENT, "\"%s\" is no pass, finding or btree; expected PASS, FINDING, BTREE:POS, bucket DEV:N, mutation or node", word);
}

enum arb_code breakpoint_parse(const char *const *words, unsigned nr, struct breakpoint *ret, struct arb_error *err)
{
	enum arb_code code;

	*ret = (struct breakpoint){ 0 };
	if (nr == 2 && !strcmp(words[0], break_kinds[KIND_BUCKET].name)) {
		code = parse_bucket(words[1], ret, err);
		return code ? code : set_spec(ret, words[0], words[1], err);
	}
	if (!strcmp(words[0], break_kinds[KIND_BUCKET].name))
		return parse_bucket("bucket", ret, err);
	if (nr != 1)
		return arb_fail(err, ARB_E_BAD_ARGUMENT, "expected PASS, FINDING, BTREE:POS, bucket DEV:N, mutation or node");
	if (!parse_any(words[0], ret) && !parse_pass(words[0], ret) && !parse_finding(words[0], ret) && !parse_btree(words[0], ret))
		return ret->kind ? bad_place(words[0], err) : unknown(words[0], err);
	return set_spec(ret, words[0], NULL, err);
}

enum arb_code breakpoint_parse_watch(const char *word, struct breakpoint *ret, struct arb_error *err)
{
	*ret = (struct breakpoint){ 0 };
	if (!parse_btree(word, ret) || ret->whole)
		return bad_place(word, err);
	ret->kind = &break_kinds[KIND_WATCH];
	return set_spec(ret, "watch", word, err);
}

void breakpoint_clear(struct breakpoint *b)
{
	free(b->spec);
	b->spec = NULL;
}

/* --- the list of a session ---------------------------------------------------------------------------------------------- */

unsigned session_break(struct session *s, struct breakpoint *b)
{
	struct breakpoint *p = arb_array_push(&s->breaks);

	if (!p) {
		breakpoint_clear(b);
		return 0;
	}
	*p = *b;
	p->id = ++s->last_break;
	stepping_changed(s);
	return p->id;
}

bool session_break_delete(struct session *s, unsigned id)
{
	size_t left = 0, was = s->breaks.nr;

	for (size_t i = 0; i < was; i++) {
		struct breakpoint *b = &s->breaks.v[i];

		if (!id || b->id == id)
			breakpoint_clear(b);
		else
			s->breaks.v[left++] = *b;
	}
	s->breaks.nr = left;
	stepping_changed(s);
	return left < was;
}

size_t session_breaks_nr(struct session *s)
{
	return s->breaks.nr;
}

const struct breakpoint *session_break_at(struct session *s, size_t i)
{
	return i < s->breaks.nr ? &s->breaks.v[i] : NULL;
}

/* The first that matches stops; every one that does counts. */
const struct breakpoint *breaks_match(struct session *s, const struct stop_event *e)
{
	const struct breakpoint *hit = NULL;

	for (size_t i = 0; i < s->breaks.nr; i++) {
		struct breakpoint *b = &s->breaks.v[i];

		if (!b->kind->match(b, e, &s->view->geo))
			continue;
		b->hits++;
		if (!hit)
			hit = b;
	}
	return hit;
}

bool breaks_want_keys(const struct session *s)
{
	for (size_t i = 0; i < s->breaks.nr; i++)
		if (s->breaks.v[i].kind == &break_kinds[KIND_BUCKET])
			return true;
	return false;
}
