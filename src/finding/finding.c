/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Findings as objects: made, filled, shown, freed. */
#include "arborist/base/i18n.h"
#include "arborist/finding/finding.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arborist/format/btree_id.h"
#include "arborist/format/fsck_err.h"
#include "arborist/plan/plan.h"

static const char *const verb_names[] = {
	[ANSWER_NONE] = N_("none"), [ANSWER_FIX] = N_("fix"), [ANSWER_SKIP] = N_("skip"), [ANSWER_STOP] = N_("stop"),
};
static const char *const source_names[] = {
	[ANSWER_BY_OPTION] = N_("option"), [ANSWER_BY_POLICY] = N_("policy"), [ANSWER_BY_PERSON] = N_("person"),
	[ANSWER_BY_DEFAULT] = N_("default"),
};
static const char *const kind_names[] = {
	[FINDING_FSCK] = "fsck", [FINDING_MUSTFIX] = "mustfix", [FINDING_NEED_FSCK] = "need_fsck",
	[FINDING_READ] = "read", [FINDING_NOTE] = "note",
};

const struct finding_row *finding_row(const char *id)
{
	for (size_t i = 0; i < finding_rows_nr; i++)
		if (!strcmp(finding_rows[i].id, id))
			return &finding_rows[i];
	return NULL;
}

/* Number 0 is a kernel's number too: ours are told by their name. */
const struct finding_row *finding_row_nr(unsigned nr)
{
	for (size_t i = 0; i < finding_rows_nr; i++)
		if (finding_rows[i].nr == nr && strncmp(finding_rows[i].id, "arborist_", 9))
			return &finding_rows[i];
	return NULL;
}

const char *answer_verb_name(enum answer_verb v) { return verb_names[v]; }
const char *answer_source_name(enum answer_source s) { return source_names[s]; }
const char *finding_kind_name(enum finding_kind k) { return kind_names[k]; }

struct finding *finding_new(const char *id, const char *site)
{
	const struct finding_row *row = finding_row(id);
	struct finding *f;

	assert(row);
	f = calloc(1, sizeof(*f));
	if (!f)
		return NULL;
	f->row = row;
	f->site = site;
	f->suggested = row->kind == FINDING_NOTE || row->kind == FINDING_NEED_FSCK ? ANSWER_SKIP : ANSWER_FIX;
	f->answer.source = ANSWER_BY_DEFAULT;
	return f;
}

void finding_free(struct finding *f)
{
	if (!f)
		return;
	for (unsigned i = 0; i < f->nr_objects; i++)
		free(f->object[i].text);
	free(f->object);
	for (unsigned i = 0; i < f->nr_choices; i++) {
		free(f->choice[i].text);
		if (f->choice[i].repair)
			repair_free(f->choice[i].repair);
	}
	free(f->message);
	free(f->fix);
	free(f->skip);
	free(f->reason);
	if (f->repair)
		repair_free(f->repair);
	free(f);
}

/* Replaces *s; no memory leaves NULL, which every reader of these texts copes with. */
__attribute__((format(printf, 2, 0)))
static void text_set(char **s, const char *fmt, va_list ap)
{
	ARB_BUF(b);

	arb_buf_vprintf(&b, fmt, ap);
	free(*s);
	*s = arb_buf_steal(&b);
}

#define TEXT_SETTER(name, member, text) \
	void name(struct finding *f, const char *fmt, ...) \
	{ \
		va_list ap; \
		va_start(ap, fmt); \
		text_set(&f->member, text, ap); \
		va_end(ap); \
	}
TEXT_SETTER(finding_message, message, fmt)		/* the words of the kernel */
TEXT_SETTER(finding_fix, fix, tr(fmt))
TEXT_SETTER(finding_skip, skip, tr(fmt))
TEXT_SETTER(finding_reason, reason, tr(fmt))

static bool objects_make_room(struct finding *f, unsigned nr)
{
	struct finding_object *o = realloc(f->object, nr * sizeof(*o));

	if (!o)
		return false;
	f->object = o;
	f->objects_room = nr;
	return true;
}

struct finding_object *finding_object_add(struct finding *f, const char *role, unsigned btree, unsigned level)
{
	struct finding_object *o;

	if (f->nr_objects == FINDING_OBJECTS_MAX || (f->nr_objects == f->objects_room && !objects_make_room(f, FINDING_OBJECTS_MAX)))
		return NULL;
	o = &f->object[f->nr_objects++];
	memset(o, 0, sizeof(*o));
	o->role = role;
	o->btree = btree;
	o->level = level;
	return o;
}

void finding_object_text(struct finding_object *o, struct arb_buf *text)
{
	free(o->text);
	o->text = arb_buf_steal(text);
}

bool finding_choice_add(struct finding *f, const char *name, struct repair *r, const char *fmt, ...)
{
	struct finding_choice *c = &f->choice[f->nr_choices];
	va_list ap;

	if (!r || f->nr_choices == FINDING_CHOICES_MAX) {
		if (r)
			repair_free(r);
		return false;
	}
	f->nr_choices++;
	*c = (struct finding_choice) { .name = name, .repair = r };
	va_start(ap, fmt);
	text_set(&c->text, tr(fmt), ap);
	va_end(ap);
	return true;
}

unsigned finding_choice_find(const struct finding *f, const char *word)
{
	for (unsigned i = 0; i < f->nr_choices; i++) {
		char nr[12];

		snprintf(nr, sizeof(nr), "%u", i + 1);
		if (!strcmp(word, nr) || !strcmp(word, f->choice[i].name))
			return i + 1;
	}
	return 0;
}

static char *dup_text(const char *s)
{
	ARB_BUF(b);

	if (!s)
		return NULL;
	arb_buf_puts(&b, s);
	return arb_buf_steal(&b);
}

static bool is_cause(const struct finding *f, unsigned nr)
{
	if (nr == f->row->nr)
		return true;
	for (unsigned i = 0; i < f->nr_causes; i++)
		if (f->cause[i] == nr)
			return true;
	return false;
}

void finding_causes(struct finding *f, const struct defects *d)
{
	for (size_t i = 0; i < d->list.nr && f->nr_causes < FINDING_CAUSES_MAX; i++)
		if (d->list.v[i].err && !is_cause(f, d->list.v[i].err))
			f->cause[f->nr_causes++] = (uint16_t)d->list.v[i].err;
}

struct finding *finding_dup(const struct finding *f)
{
	struct finding *d = malloc(sizeof(*d));

	if (!d)
		return NULL;
	*d = *f;
	d->message = dup_text(f->message);
	d->fix = dup_text(f->fix);
	d->skip = dup_text(f->skip);
	d->reason = dup_text(f->reason);
	d->repair = NULL;
	d->chosen = NULL;
	d->object = NULL;
	d->nr_objects = d->objects_room = 0;
	if (f->nr_objects && objects_make_room(d, f->nr_objects))
		d->nr_objects = f->nr_objects;
	for (unsigned i = 0; i < d->nr_objects; i++) {
		d->object[i] = f->object[i];
		d->object[i].text = dup_text(f->object[i].text);
	}
	for (unsigned i = 0; i < d->nr_choices; i++) {
		d->choice[i].text = dup_text(f->choice[i].text);
		d->choice[i].repair = NULL;
	}
	return d;
}

const char *finding_why(const struct finding *f)
{
	if (f->reason)
		return f->reason;
	if (f->suggested == ANSWER_STOP)
		return _("nobody but a person can weigh what is lost here");
	if (f->suggested != ANSWER_FIX)
		return _("leaving it as it is does no harm");
	if (f->row->safe)
		return _("it is safe to repair unasked: nothing readable is given up");
	if (f->row->autofix)
		return _("the kernel repairs it unasked, too");
	return f->row->kind == FINDING_MUSTFIX ? _("the pass cannot go on past it otherwise") : _("the kernel repairs it when it is allowed to");
}

bool finding_is_error(const struct finding *f)
{
	return f->row->kind != FINDING_NOTE && !f->upkeep;
}

static const char *message_or_title(const struct finding *f)
{
	return f->message ? f->message : f->row->title;
}

void finding_place_to_text(struct arb_buf *out, const struct finding *f)
{
	btree_id_to_text(out, f->btree);
	arb_buf_printf(out, " L%u ", f->level);
	bpos_to_text(out, f->pos);
	if (!bpos_eq(f->pos, f->end)) {
		arb_buf_puts(out, " .. ");
		bpos_to_text(out, f->end);
	}
}

void finding_to_text(struct arb_buf *out, const struct finding *f)
{
	if (f->upkeep)
		arb_buf_puts(out, _("upkeep: "));
	arb_buf_puts(out, f->row->id);
	if (!f->no_place) {
		arb_buf_putc(out, ' ');
		finding_place_to_text(out, f);
	}
	arb_buf_printf(out, ": %s", message_or_title(f));
	if (f->of_mount)
		arb_buf_puts(out, _(" (requested of the next mount by the superblock)"));
}

static void json_bpos(struct json *j, const char *name, struct bpos p)
{
	ARB_BUF(b);

	bpos_to_text(&b, p);
	json_str(j, name, arb_buf_str(&b));
}

static void json_object_of(struct json *j, const struct finding_object *o)
{
	json_object(j, NULL);
	json_str(j, "role", o->role);
	json_u64(j, "level", o->level);
	if (o->has_key)
		json_bpos(j, "pos", o->key.k.p);
	json_str(j, "text", o->text ? o->text : "");
	json_object_end(j);
}

static void json_place(struct json *j, const struct finding *f)
{
	ARB_BUF(b);

	btree_id_to_text(&b, f->btree);
	json_str(j, "btree", arb_buf_str(&b));
	json_u64(j, "level", f->level);
	json_bpos(j, "pos", f->pos);
	json_bpos(j, "end", f->end);
}

void finding_to_json(struct json *j, const struct finding *f)
{
	json_str(j, "event", f->upkeep ? "upkeep" : "finding");
	json_str(j, "id", f->row->id);
	json_u64(j, "nr", f->row->nr);
	if (!f->no_place)
		json_place(j, f);
	json_str(j, "message", message_or_title(f));
	json_str(j, "answer", answer_verb_name(f->answer.verb));
	json_str(j, "source", answer_source_name(f->answer.source));
	if (f->answer.choice && f->answer.choice <= f->nr_choices)
		json_str(j, "choice", f->choice[f->answer.choice - 1].name);
	json_str(j, "suggested", answer_verb_name(f->suggested));
	json_str(j, "kind", finding_kind_name(f->row->kind));
	json_str(j, "site", f->site);
	json_u64(j, "serial", f->serial);
	json_bool(j, "fixed", f->fixed);
	if (f->pass)
		json_str(j, "pass", f->pass);
	if (f->reason)
		json_str(j, "reason", f->reason);
	if (f->empties)
		json_bool(j, "empties", true);
	if (f->of_mount)
		json_bool(j, "of_mount", true);
	if (f->rule)
		json_str(j, "rule", f->rule->name);
	json_str(j, "fix", f->fix ? f->fix : f->row->fix);
	json_str(j, "skip", f->skip ? f->skip : f->row->skip);
	json_array(j, "causes");
	for (unsigned i = 0; i < f->nr_causes; i++)
		if (fsck_err_name(f->cause[i]))
			json_str(j, NULL, fsck_err_name(f->cause[i]));
	json_array_end(j);
	json_array(j, "choices");
	for (unsigned i = 0; i < f->nr_choices; i++)
		json_str(j, NULL, f->choice[i].name);
	json_array_end(j);
	json_array(j, "objects");
	for (unsigned i = 0; i < f->nr_objects; i++)
		json_object_of(j, &f->object[i]);
	json_array_end(j);
}

bool answer_parse(const struct finding *f, const char *word, struct answer *ret)
{
	static const struct {
		const char *word, *long_word;
		enum answer_verb verb;
		bool all;
	} words[] = {
		{ "y", "yes", ANSWER_FIX }, { "n", "no", ANSWER_SKIP }, { "Y", "YES", ANSWER_FIX, true },
		{ "N", "NO", ANSWER_SKIP, true }, { "s", "stop", ANSWER_STOP },
	};

	unsigned choice = f ? finding_choice_find(f, word) : 0;

	if (choice)
		*ret = (struct answer){ .verb = ANSWER_FIX, .source = ANSWER_BY_PERSON, .choice = choice };
	for (size_t i = 0; !choice && i < sizeof(words) / sizeof(words[0]); i++)
		if (!strcmp(word, words[i].word) || !strcmp(word, words[i].long_word)) {
			*ret = (struct answer){ .verb = words[i].verb, .all = words[i].all, .source = ANSWER_BY_PERSON };
			return true;
		}
	return choice;
}

void finding_skip_to_text(struct arb_buf *out, const struct finding *f)
{
	bool stops = f->row->kind == FINDING_MUSTFIX && !f->no_repair;	/* what cannot be fixed now does not have to be */

	if (!f->skip && f->row->kind == FINDING_MUSTFIX && !stops)
		arb_buf_puts(out, _("Nothing is changed."));
	else
		arb_buf_puts(out, f->skip ? f->skip : f->row->skip ? tr(f->row->skip) : "");
	if (stops && (f->skip || !f->row->skip))	/* the catalogue's own texts say it */
		arb_buf_printf(out, "%s%s", out->len ? " " : "", _("(Skipping it stops the pass.)"));
}
