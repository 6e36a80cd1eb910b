/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Jobs and commands of the fake session, and the screen's own jobs (ui/engine.h) with a plan of one repair. */
#include <config.h>
#include "fake_session.h"
#include "engine.h"
#include "arborist/command/command.h"

#include <stdio.h>

uint64_t session_post(struct session *s, job_fn *fn, void *arg, void (*free_arg)(void *), unsigned flags)
{
	struct arb_error err = { 0 };
	uint64_t id = s->next_id++;
	enum arb_code code = fn(s, NULL, arg, &err);

	(void)flags;
	if (!s->endless) {
		struct session_message *m = fake_put(s, SESSION_JOB_DONE);

		m->id = id;
		m->code = code;
		m->text = code ? strdup(err.text) : NULL;
	}
	if (free_arg)
		free_arg(arg);
	return id;
}

/* --- commands: every word is one ------------------------------------------------------------------------------------ */

static const struct command known[] = {
	{ .name = "quit", .flags = JOB_BROWSE }, { .name = "plan", .flags = JOB_BROWSE }, { .name = "commit" },
	{ .name = "mark" }, { .name = "jump" }, { .name = "back" }, { .name = "forward" }, { .name = "info", .flags = JOB_BROWSE }, { .name = "run" }, { .name = "undo" },
};

const struct command *command_find(const char *name)
{
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (!strcmp(known[i].name, name))
			return &known[i];
	return NULL;
}

enum arb_code command_post(struct session *s, const char *line, const struct command_out *out, bool interactive,
			   uint64_t *ret_id, struct arb_error *err)
{
	struct session_message *m;

	(void)out;
	(void)interactive;
	snprintf(s->command, sizeof(s->command), "%s", line);
	if (!strncmp(line, "nonsense", 8))
		return arb_fail(err, ARB_E_UNKNOWN_COMMAND, "unknown command \"nonsense\"");
	*ret_id = s->next_id++;
	if (s->output[0]) {
		m = fake_put(s, SESSION_OUTPUT);
		m->id = *ret_id;
		m->text = strdup(s->output);
	}
	fake_put(s, SESSION_JOB_DONE)->id = *ret_id;
	return ARB_OK;
}

char **command_completions(const char *line, size_t cursor)
{
	char **r = calloc(3, sizeof(*r));

	if (!strncmp("info", line, cursor))
		r[0] = strdup("info");
	if (!strncmp("inode", line, cursor))
		r[r[0] ? 1 : 0] = strdup("inode");
	return r;
}

const struct command *command_of_line(const char *line)
{
	char word[20];

	return sscanf(line, "%19[a-z]", word) == 1 ? command_find(word) : NULL;
}

void command_remember_place(unsigned btree, struct bpos pos)
{
	(void)btree, (void)pos;
}

/* --- the plan --------------------------------------------------------------------------------------------------------- */

struct plan_copy *plan_copy_new(void)
{
	return calloc(1, sizeof(struct plan_copy));
}

void plan_copy_free(void *arg)
{
	struct plan_copy *p = arg;

	for (size_t i = 0; p && i < p->items.nr; i++)
		free(p->items.v[i].summary);
	if (p)
		arb_array_free(&p->items);
	if (p)
		arb_array_free(&p->btrees);
	if (p)
		free(p->usage);
	free(p);
}

enum arb_code engine_copy_plan(struct session *s, struct job *j, void *arg, struct arb_error *err)
{
	struct plan_copy *p = arg;
	struct plan_item *it;

	(void)j;
	(void)err;
	if (!s->state.repairs)
		return ARB_OK;
	it = arb_array_push(&p->items);
	*it = (struct plan_item){ .id = 1, .placed = true, .summary = strdup("the next node begins at 4096:513:0"), .pos = BPOS(4102, 8, 0) };
	it->finding_id = "btree_node_topology_bad_min_key";
	it->loss = p->loss = (struct loss){ .keys_cut = 7 };
	p->usage = strdup("disk usage, before -> after:\n    dev  data type      buckets\n  *   0  user           78 -> 80\n");
	*arb_array_push(&p->btrees) = (struct plan_btree){ .btree = BTREE_extents, .repairs = 1, .loss = p->loss };
	return ARB_OK;
}

struct text_job *text_job_new(uint32_t id)
{
	struct text_job *t = calloc(1, sizeof(*t));

	t->id = id;
	return t;
}

void text_job_free(void *arg)
{
	arb_buf_free(&((struct text_job *)arg)->text);
	free(arg);
}

enum arb_code engine_diff(struct session *s, struct job *j, void *arg, struct arb_error *err)
{
	(void)s;
	(void)j;
	(void)err;
	arb_buf_puts(&((struct text_job *)arg)->text, "- min 4097:64:0\n+ min 4096:513:0\n");
	return ARB_OK;
}

enum arb_code engine_drop(struct session *s, struct job *j, void *arg, struct arb_error *err)
{
	(void)j;
	(void)err;
	((struct drop_job *)arg)->dropped = 1;
	s->state.repairs = 0;
	return ARB_OK;
}

struct review *review_new(void)
{
	struct review *r = calloc(1, sizeof(*r));

	r->plan = plan_copy_new();
	return r;
}

void review_free(void *arg)
{
	struct review *r = arg;

	plan_copy_free(r->plan);
	free(r->layout);
	free(r);
}

enum arb_code engine_review(struct session *s, struct job *j, void *arg, struct arb_error *err)
{
	struct review *r = arg;

	engine_copy_plan(s, j, r->plan, err);
	if (s->refused) {
		r->code = ARB_E_REFUSED;
		snprintf(r->why, sizeof(r->why), "%s", s->refused);
		return ARB_OK;
	}
	r->keys = 2;
	r->entries = 1;
	r->bytes = 28672;
	r->layout = strdup("step 1: superblock\nstep 2: journal entry 220\n");
	r->undo_in_memory = true;
	snprintf(r->undo_path, sizeof(r->undo_path), "/run/undo-1234.undo");
	return ARB_OK;
}

enum arb_code engine_write(struct session *s, struct job *j, void *arg, struct arb_error *err)
{
	struct commit_result *r = &((struct write_job *)arg)->result;

	(void)j;
	*r = (struct commit_result){ .keys = 2, .entries = 1, .bytes = 28672, .recheck_clean = !s->left_after };
	r->recheck_findings = r->recheck_left = s->left_after;
	if (s->write_fails)
		return arb_fail(err, ARB_E_WRITE, "%s", s->write_fails);
	s->written = true;
	s->state.repairs = 0;
	snprintf(r->undo_path, sizeof(r->undo_path), "/run/undo-1234.undo");
	return ARB_OK;
}

enum arb_code engine_undo(struct session *s, struct job *j, void *arg, struct arb_error *err)
{
	(void)j;
	(void)arg;
	(void)err;
	s->written = false;
	return ARB_OK;
}

enum arb_code engine_find(struct session *s, struct job *j, void *arg, struct arb_error *err)
{
	(void)s, (void)j, (void)arg, (void)err;
	return ARB_OK;
}

enum arb_code engine_switch_view(struct session *s, struct job *j, void *arg, struct arb_error *err)
{
	(void)j, (void)err;
	*(bool *)arg = s->state.shows_disk = !s->state.shows_disk;
	return ARB_OK;
}

enum arb_code engine_get_cursor(struct session *s, struct job *j, void *arg, struct arb_error *err)
{
	(void)s;
	(void)j;
	(void)err;
	((struct cursor_job *)arg)->cursor.valid = false;
	return ARB_OK;
}

enum arb_code engine_set_cursor(struct session *s, struct job *j, void *arg, struct arb_error *err)
{
	(void)s;
	(void)j;
	(void)arg;
	(void)err;
	return ARB_OK;
}

/* --- the map of buckets --------------------------------------------------------------------------------------------- */

static void fake_bucket(struct bucket_entry *e, uint64_t b)
{
	static const uint8_t types[] = { DATA_user, DATA_user, DATA_btree, DATA_free, DATA_user, DATA_cached, DATA_free, DATA_need_discard };

	e->owner = e->recorded = b < 3 ? DATA_sb : b < 11 ? DATA_journal : b < 140 ? types[b / 5 % 8] : DATA_free;
	e->sectors = data_type_is_empty(e->owner) ? 0 : b % 7 ? 256 : 40;
	e->flags = BUCKET_HAS_KEY;
}

enum arb_code engine_bucket_map(struct session *s, struct job *j, void *arg, struct arb_error *err)
{
	struct bucket_map *m = calloc(1, sizeof(*m));

	(void)s, (void)j, (void)err;
	for (unsigned dev = 0; dev < 2; dev++) {
		struct bucket_device *d = &m->dev[dev];

		*d = (struct bucket_device){ true, !dev, 0, dev ? 1000000 : 1500, 256, NULL };
		d->bucket = calloc(d->nbuckets, sizeof(*d->bucket));
		for (uint64_t b = 0; b < d->nbuckets; b++)
			fake_bucket(&d->bucket[b], b);
	}
	m->dev[0].bucket[90].flags |= BUCKET_DIFFERS;
	m->dev[0].bucket[91].flags |= BUCKET_CONFLICT;
	m->dev[1].bucket[777777].flags |= BUCKET_DIFFERS;
	*(struct bucket_map **)arg = m;
	return ARB_OK;
}

void bucket_map_free(struct bucket_map *m)
{
	for (unsigned i = 0; m && i < SB_MEMBERS_MAX; i++)
		free(m->dev[i].bucket);
	free(m);
}
