/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The file of a saved plan, read and judged; nothing of it is applied here. Whoever wrote it may have meant harm. */
#include <config.h>
#include <stdlib.h>
#include "arborist/base/text.h"
#include "arborist/format/key_type.h"
#include "plan_file.h"

/* --- parts of records -------------------------------------------------------------------------------------------------- */

static struct bpos get_pos(struct record_file *f)
{
	uint64_t inode = record_get64(f), offset = record_get64(f);

	return BPOS(inode, offset, record_get32(f));
}

/* Our own texts, but whoever wrote the file may have meant something else: line by line through the gate. */
static char *get_gated(struct record_file *f)
{
	char *raw = record_get_text(f);
	ARB_BUF(b);

	for (const char *s = raw; s && *s; ) {
		size_t n = strcspn(s, "\n");

		text_gate_line(&b, s, n, TEXT_UTF8);
		s += n;
		if (*s == '\n')
			arb_buf_putc(&b, *s++);
	}
	free(raw);
	return b.len ? arb_buf_steal(&b) : NULL;
}

static struct bkey_buf *get_key(struct record_file *f)
{
	unsigned u64s = f->left ? *f->p : 0;
	const uint8_t *disk;
	struct bkey_buf *k;

	if (!u64s) {
		record_get8(f);
		return NULL;
	}
	disk = record_get_bytes(f, 8 * (uint64_t)u64s);
	if (!disk || u64s < BKEY_U64s || !(k = calloc(1, sizeof(*k)))) {
		f->bad = true;
		return NULL;
	}
	bkey_buf_set(k, (struct bkey_s){ bkey_get(disk), disk + BKEY_BYTES });
	return k;
}

/* --- findings ------------------------------------------------------------------------------------------------------------- */

static const char *known_role(const char *role)
{
	static const char *const roles[] = { "parent", "prev", "next", "child", "node", "root", "found", "other" };

	for (size_t i = 0; role && i < sizeof(roles) / sizeof(roles[0]); i++)
		if (!strcmp(roles[i], role))
			return roles[i];
	return "object";
}

static void take_object(struct record_file *f, struct finding *x)
{
	char *role = record_get_text(f);
	unsigned btree = record_get8(f), level = record_get8(f);
	struct finding_object *o = finding_object_add(x, known_role(role), btree, level);
	struct bkey_buf *k = get_key(f);

	free(role);
	f->bad |= !o || btree >= BTREE_ID_NR_MAX || level > BTREE_MAX_DEPTH;
	if (o && k) {
		o->has_key = true;
		o->key = *k;
	}
	free(k);
	if (o)
		o->text = get_gated(f);
}

static size_t pass_index(const char *name)
{
	size_t i = 0;

	while (i < passes_nr && name && strcmp(passes[i]->name, name))
		i++;
	return i;
}

static bool finding_body(struct record_file *f, struct finding *x)
{
	unsigned nr;

	x->serial = record_get32(f);
	x->btree = record_get8(f);
	x->level = record_get8(f);
	x->no_place = record_get8(f);
	x->answer.verb = record_get8(f);
	x->answer.source = record_get8(f);
	x->suggested = record_get8(f);
	x->pos = get_pos(f);
	x->end = get_pos(f);
	x->message = get_gated(f);
	x->fix = get_gated(f);
	x->skip = get_gated(f);
	x->reason = get_gated(f);
	nr = record_get8(f);
	if (nr > FINDING_OBJECTS_MAX)
		return false;
	while (nr-- && !f->bad)
		take_object(f, x);
	return !f->bad && !f->left && x->answer.verb == ANSWER_FIX && x->answer.source <= ANSWER_BY_DEFAULT &&
	       x->suggested <= ANSWER_STOP && x->btree < BTREE_ID_NR_MAX && x->level <= BTREE_MAX_DEPTH;
}

static bool serials_ascend(const struct loading *l)
{
	size_t nr = l->findings.nr;

	return nr < 2 || l->findings.v[nr - 2]->serial < l->findings.v[nr - 1]->serial;
}

static bool take_finding(struct loading *l)
{
	char *id = record_get_text(l->f), *pass = record_get_text(l->f);
	const struct finding_row *row = id ? finding_row(id) : NULL;
	struct finding *x = row ? finding_new(row->id, "load") : NULL, **slot = x ? (struct finding **)arb_array_push(&l->findings) : NULL;
	size_t *index = arb_array_push(&l->pass);

	if (slot)
		*slot = x;
	else
		finding_free(x);
	if (index)
		*index = pass_index(pass);
	free(id);
	free(pass);
	return slot && index && l->findings.nr <= l->nr_findings && finding_body(l->f, x) && serials_ascend(l);
}

/* --- repairs -------------------------------------------------------------------------------------------------------------- */

static bool super_ok(const struct mutation *m)
{
	switch ((enum plan_super)m->super_what) {
	case PLAN_SUPER_REQUIRE_PASS:
		return m->super_arg < 64;
	case PLAN_SUPER_LOST_DATA:
		return m->super_arg < BTREE_ID_NR_MAX;
	case PLAN_SUPER_COUNT_ERROR:
	case PLAN_SUPER_SILENCE:
		return m->super_arg < FSCK_ERR_NR;
	case PLAN_SUPER_BTREE_BITMAP:
		return m->pos.inode < SB_MEMBERS_MAX && m->pos.offset < 1ull << 54 && m->super_arg < 1ull << 32;
	case PLAN_SUPER_COPY:
		return m->pos.inode < SB_MEMBERS_MAX && m->super_arg < 1ull << 54;
	case PLAN_SUPER_KEY_VERSION:
	case PLAN_SUPER_REPLICAS:
	case PLAN_SUPER_CHECK_BUCKETS:
	case PLAN_SUPER_JOURNAL:
		return true;
	}
	return false;
}

bool plan_key_valid(const struct fs_geometry *geo, unsigned btree, unsigned level, struct bkey_s k)
{
	struct key_check_ctx c = { .geo = geo, .btree = btree, .level = level };

	return !bkey_invalid(&c, k, NULL);
}

/* May a key stand where the mutation wants it? A leaf key that a later repair sets right need not be valid yet. */
static bool key_ok(const struct fs_geometry *geo, const struct mutation *m)
{
	unsigned level = m->kind == MUTATION_ROOT ? m->level + 1u : m->level;
	struct btree_ptr p;

	if (!bkey_type_name(m->new->k.type) || (m->kind != MUTATION_ROOT && !bpos_eq(m->new->k.p, m->pos)))
		return false;
	return !level || (btree_ptr_get(bkey_buf_s(m->new), &p) && plan_key_valid(geo, m->btree, level, bkey_buf_s(m->new)));
}

static bool mutation_ok(const struct fs_geometry *geo, const struct mutation *m)
{
	bool place = m->btree < BTREE_ID_NR_MAX && m->level < BTREE_MAX_DEPTH && m->level_max <= BTREE_MAX_DEPTH;

	switch (m->kind) {
	case MUTATION_SUPER:
		return !m->old && !m->new && super_ok(m);
	case MUTATION_INSERT:
		return place && m->new && key_ok(geo, m);
	case MUTATION_ROOT:
		return place && (!m->new || key_ok(geo, m));
	case MUTATION_DELETE:
		return place && !m->new;
	case MUTATION_SHOOT_DOWN:
		return place && !m->old && !m->new && m->level <= m->level_max && bpos_le(m->pos, m->end);
	case MUTATION_REWRITE:
		return m->btree < BTREE_ID_NR_MAX && m->level <= BTREE_MAX_DEPTH && !m->new;
	}
	return false;
}

static bool take_mutation(struct loading *l, struct repair *r)
{
	struct record_file *f = l->f;
	struct mutation *m = ++l->mutations <= PLAN_FILE_MUTATIONS_MAX ? arb_array_push(&r->mutations) : NULL;

	if (!m)
		return false;
	m->kind = record_get8(f);
	m->btree = record_get8(f);
	m->level = record_get8(f);
	m->level_max = record_get8(f);
	m->pos = get_pos(f);
	m->end = get_pos(f);
	m->super_what = record_get32(f);
	m->super_arg = record_get64(f);
	m->old = get_key(f);
	m->new = get_key(f);
	return !f->bad && mutation_ok(&l->s->view->geo, m);
}

static bool take_repair(struct loading *l)
{
	struct record_file *f = l->f;
	char *summary = get_gated(f), *id = record_get_text(f);
	const struct finding_row *row = id ? finding_row(id) : NULL;
	struct repair *r = repair_new("%s", summary ? summary : ""), **slot = r ? (struct repair **)arb_array_push(&l->repairs) : NULL;
	uint32_t nr;
	bool ok = slot && id && (row || !*id);

	free(summary);
	free(id);
	if (!slot) {
		repair_free(r);
		return false;
	}
	*slot = r;
	r->finding_id = row ? row->id : NULL;
	r->finding_nr = row ? row->nr : 0;
	r->finding_serial = record_get32(f);
	r->btree = record_get8(f);
	r->level = record_get8(f);
	r->pos = get_pos(f);
	r->end = get_pos(f);
	r->loss.nodes_dropped = record_get64(f);
	r->loss.keys_cut = record_get64(f);
	r->loss.ranges_uncovered = record_get64(f);
	r->loss.nodes_restored = record_get64(f);
	r->loss.nodes_unreadable = record_get64(f);
	nr = record_get32(f);
	while (ok && nr-- && !f->bad)
		ok = take_mutation(l, r);
	return ok && !f->bad && !f->left && l->repairs.nr <= l->nr_repairs && r->btree < BTREE_ID_NR_MAX;
}

/* --- the file ---------------------------------------------------------------------------------------------------------------- */

static bool take_ran(struct loading *l)
{
	uint32_t nr = record_get32(l->f);

	while (nr-- && !l->f->bad) {
		char *spec = record_get_text(l->f), **slot = spec ? (char **)arb_array_push(&l->ran) : NULL;

		if (!slot) {
			free(spec);
			return false;
		}
		*slot = spec;
	}
	return !l->f->bad && !l->f->left;
}

/* Another filesystem, or the same one at another time: the plan says nothing about it. */
static enum arb_code take_head(struct loading *l)
{
	const struct view *v = l->s->view;
	const uint8_t *uuid = record_get_bytes(l->f, 16);
	uint64_t seq = record_get64(l->f), newest = record_get64(l->f);

	l->nr_findings = record_get32(l->f);
	l->nr_repairs = record_get32(l->f);
	if (l->f->bad || l->f->left || l->have_head || !l->nr_repairs || l->nr_findings > PLAN_FILE_FINDINGS_MAX)
		return record_damaged(l->f, "a head that makes no sense", l->err);
	l->have_head = true;
	if (memcmp(uuid, v->geo.uuid, 16))
		return arb_fail(l->err, ARB_E_REFUSED, "%s is the plan of another filesystem", l->f->path);
	if (seq != v->devs->best->seq)
		return arb_fail(l->err, ARB_E_CHANGED, "the superblock has changed since %s was saved (then %llu, now %llu): check again", l->f->path,
				(unsigned long long)seq, (unsigned long long)v->devs->best->seq);
	if (newest != v->journal->newest)
		return arb_fail(l->err, ARB_E_CHANGED, "the journal has changed since %s was saved (then up to %llu, now %llu): check again",
				l->f->path, (unsigned long long)newest, (unsigned long long)v->journal->newest);
	return ARB_OK;
}

static enum arb_code take_record(struct loading *l)
{
	bool ok = false;

	if (l->f->kind == PLAN_RECORD_HEAD)
		return take_head(l);
	if (l->have_head && l->f->kind == PLAN_RECORD_RAN)
		ok = take_ran(l);
	else if (l->have_head && l->f->kind == PLAN_RECORD_FINDING)
		ok = take_finding(l);
	else if (l->have_head && l->f->kind == PLAN_RECORD_REPAIR)
		ok = take_repair(l);
	return ok ? ARB_OK : record_damaged(l->f, "a record that makes no sense", l->err);
}

enum arb_code plan_read_file(struct loading *l)
{
	bool more;
	enum arb_code code = record_next(l->f, &more, l->err);

	while (!code && more) {
		code = take_record(l);
		if (!code)
			code = record_next(l->f, &more, l->err);
	}
	if (!code && (!l->have_head || l->findings.nr != l->nr_findings || l->repairs.nr != l->nr_repairs))
		code = record_damaged(l->f, "something is missing", l->err);
	return code;
}
