/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The gc pane: what the running pass does, from the latest sample. */
#include <config.h>
#include "app.h"
#include "arborist/base/i18n.h"
#include "views.h"
#include "arborist/base/text.h"
#include "arborist/format/fsck_err.h"

#include <stdlib.h>
#include <string.h>

struct view_panel {
	struct window	w;
	struct pass_progress last;	/* to see when something moved */
	uint64_t	moved_ms;
};

static void tick(struct window *w, struct app *a)
{
	struct view_panel *v = (struct view_panel *)w;
	const struct pass_progress *p = &a->st.progress;

	if (p->nodes_done == v->last.nodes_done && p->pass == v->last.pass && !gc_pos_cmp(&p->pos, &v->last.pos) && v->moved_ms)
		return;
	v->last = *p;
	v->moved_ms = a->now_ms;
}

static void duration(struct arb_buf *out, uint64_t s, bool hours)
{
	if (hours || s >= 3600)
		arb_buf_printf(out, "%02llu:%02llu:%02llu", (unsigned long long)(s / 3600),
			       (unsigned long long)(s / 60 % 60), (unsigned long long)(s % 60));
	else
		arb_buf_printf(out, "%llu:%02llu", (unsigned long long)(s / 60), (unsigned long long)(s % 60));
}

struct pen {			/* where the next line goes */
	struct grid	*g;
	struct rect	r;
	int		line;
};

/* The next line; what has nothing to say takes none. Where the pane is narrow, gaps of several blanks become one. */
static void put(struct pen *p, enum style st, const char *s)
{
	ARB_BUF(tight);

	if (!*s)
		return;
	for (const char *c = s; *c; c++)
		if (*c != ' ' || c == s || c[-1] != ' ' || c < s + strspn(s, " "))
			arb_buf_putc(&tight, *c);
	if (p->line < p->r.h)
		grid_text_cut(p->g, p->r.y + p->line, p->r.x, p->r.w, st, grid_width(p->g, s) > p->r.w ? arb_buf_str(&tight) : s);
	p->line++;
}

static void pass_line(struct pen *p, const struct session_state *st)
{
	bool running = st->pass_state == PASS_RUNNING;
	ARB_BUF(b);

	arb_buf_printf(&b, "%s  [%s]", st->progress.pass ? st->progress.pass : _("no pass has run yet"),
		       st->question_waits ? _("question") : st->stopped ? _("stopped") : st->busy && !running ? _("busy") : tr(pass_state_name(st->pass_state)));
	if (running && !st->stopped && st->now_ns > st->started_ns) {
		arb_buf_puts(&b, "  ");
		duration(&b, (st->now_ns - st->started_ns) / 1000000000u, p->r.w > (int)b.len + 6);
	}
	put(p, st->question_waits ? STYLE_CHANGED : STYLE_STRONG, arb_buf_str(&b));
}

static void position_lines(struct pen *p, const struct session_state *st)
{
	static const char *const phases[] = { "not running", "start", "sb", "btree", "done" };
	const struct stop_notice *stop = &st->stop;
	struct gc_pos here = { GC_PHASE_btree, stop->btree, stop->level, stop->pos };
	const struct gc_pos *pos = st->stopped && stop->has_place ? &here : &st->progress.pos;
	ARB_BUF(phase);
	ARB_BUF(where);

	arb_buf_printf(&phase, _("phase %s"), pos->phase <= GC_PHASE_done ? phases[pos->phase] : "?");
	if (pos->phase == GC_PHASE_btree) {
		arb_buf_puts(&phase, "   ");
		btree_id_to_text(&phase, pos->btree);
		arb_buf_printf(&phase, _("   level %u"), pos->level);
		arb_buf_puts(&where, _("pos   "));
		bpos_to_text(&where, pos->pos);
	}
	put(p, STYLE_NORMAL, arb_buf_str(&phase));
	put(p, STYLE_NORMAL, arb_buf_str(&where));
}

/* Why it stands there: the rule in force, in as many lines as there are. */
static void stop_lines(struct pen *p, const struct stop_notice *s)
{
	int last = p->r.h - (p->r.h > 8 ? 2 : 0);	/* findings and memory stay in sight */
	ARB_BUF(b);
	ARB_BUF(wrapped);

	if (s->breakpoint)
		arb_buf_printf(&b, _("stopped at breakpoint %u (%s)"), s->breakpoint, s->what);
	else
		arb_buf_printf(&b, _("stopped by a step (%s)"), s->what);
	put(p, STYLE_CHANGED, arb_buf_str(&b));
	if (!s->rule)
		return;
	arb_buf_reset(&b);
	arb_buf_printf(&b, _("rule %s: when %s, then %s"), tr(s->rule->name), tr(s->rule->when), tr(s->rule->then));
	text_wrap(&wrapped, arb_buf_str(&b), p->r.w, 2);
	for (const char *line = arb_buf_str(&wrapped); *line && p->line < last; ) {
		size_t n = strcspn(line, "\n");
		ARB_BUF(one);

		arb_buf_mem(&one, line, n);
		put(p, STYLE_NORMAL, arb_buf_str(&one));
		line += n + (line[n] == '\n');
	}
}

static void bar(struct pen *p, uint64_t done, uint64_t total, const char *text)
{
	int y = p->r.y + p->line, w;

	put(p, STYLE_NORMAL, text);
	if (!total || y >= p->r.y + p->r.h)
		return;
	w = (int)(done >= total ? (uint64_t)p->r.w : done * (uint64_t)p->r.w / total);
	grid_restyle(p->g, (struct rect){ y, p->r.x, 1, w }, STYLE_BAR);
}

static void progress_lines(struct pen *p, const struct session_state *st, uint64_t age_ms)
{
	uint64_t done = st->progress.nodes_done, total = st->progress.nodes_total;
	ARB_BUF(nodes);
	ARB_BUF(rate);

	arb_buf_printf(&nodes, _("nodes %llu"), (unsigned long long)done);
	if (total && st->pass_state == PASS_RUNNING)
		arb_buf_printf(&nodes, _("/about %llu"), (unsigned long long)total);
	if (total && st->pass_state == PASS_RUNNING)
		arb_buf_printf(&nodes, "  %llu%%", (unsigned long long)(done >= total ? 100 : done * 100 / total));
	bar(p, st->pass_state == PASS_RUNNING ? done : 0, total, arb_buf_str(&nodes));
	if (st->pass_state == PASS_RUNNING && (st->question_waits || st->stopped)) {
		arb_buf_puts(&rate, _("it waits: no rate, no ETA"));	/* how long a person thinks is no speed */
	} else if (st->pass_state == PASS_RUNNING) {
		arb_buf_printf(&rate, _("%.0f nodes/s  "), st->nodes_per_s);
		text_human_bytes(&rate, (uint64_t)st->bytes_per_s);
		arb_buf_puts(&rate, _("/s  ETA "));
		if (st->eta_s)
			arb_buf_putc(&rate, '~');
		if (st->eta_s)
			duration(&rate, st->eta_s, false);
		else
			arb_buf_putc(&rate, '?');
	}
	put(p, STYLE_NORMAL, arb_buf_str(&rate));
	if (st->pass_state == PASS_RUNNING) {
		ARB_BUF(age);

		arb_buf_printf(&age, _("last advance %llu.%llu s ago"), (unsigned long long)(age_ms / 1000),
			       (unsigned long long)(age_ms / 100 % 10));
		put(p, age_ms > 5000 && !st->question_waits ? STYLE_CHANGED : STYLE_DIM, arb_buf_str(&age));
	}
}

static void finding_lines(struct pen *p, const struct session_state *st)
{
	ARB_BUF(b);

	arb_buf_printf(&b, _("findings %llu  fixed %llu  left %llu"), (unsigned long long)st->findings,
		       (unsigned long long)st->fixed, (unsigned long long)st->left);
	put(p, st->findings ? STYLE_DAMAGED : STYLE_NORMAL, arb_buf_str(&b));
	for (size_t i = 0; i < sizeof(st->by_id) / sizeof(st->by_id[0]) && st->by_id[i].id; i++) {
		if (p->line >= p->r.h - 1)
			return;
		arb_buf_reset(&b);
		arb_buf_printf(&b, "%3llu %s", (unsigned long long)st->by_id[i].nr, st->by_id[i].id);
		put(p, STYLE_NORMAL, arb_buf_str(&b));
	}
}

/* A walk that is no pass: bucket, the map of buckets. */
static void look_line(struct pen *p, const struct session_state *st)
{
	ARB_BUF(b);

	if (!st->look.what)
		return;
	arb_buf_printf(&b, _("%s: %llu of about %llu nodes"), st->look.what, (unsigned long long)st->look.nodes_done,
		       (unsigned long long)st->look.nodes_total);
	bar(p, st->look.nodes_done, st->look.nodes_total, arb_buf_str(&b));
}

/* Why the next mount runs more than it usually does. */
static void mount_line(struct pen *p, const struct session_state *st)
{
	ARB_BUF(b);

	if (!st->mount_passes)
		return;
	arb_buf_puts(&b, _("requested by the superblock: "));
	recovery_passes_to_text(&b, st->mount_passes, ", ");
	put(p, STYLE_DIM, arb_buf_str(&b));
}

static void memory_line(struct pen *p, const struct session_state *st)
{
	ARB_BUF(b);

	arb_buf_puts(&b, _("memory "));
	text_human_bytes(&b, st->cache_bytes);
	if (st->progress.memory) {
		arb_buf_puts(&b, " + ");
		text_human_bytes(&b, st->progress.memory);
	}
	arb_buf_printf(&b, _("  plan %llu"), (unsigned long long)st->repairs);
	if (st->repairs)
		arb_buf_puts(&b, st->plan_saved ? _(", written") : _(", not written"));
	if (st->runs)
		arb_buf_printf(&b, _("  runs %llu"), (unsigned long long)st->runs);
	put(p, STYLE_NORMAL, arb_buf_str(&b));
}

/* Has the gc come by what is selected in the tree? */
static void visit_line(struct pen *p, struct app *a)
{
	const struct tree *t = view_tree_model(a->pane[PANE_TREE]);
	struct tree_place at;
	enum gc_visit v;
	ARB_BUF(b);

	if (a->st.pass_state != PASS_RUNNING || !t || !t->sel || !tree_place_of(t->sel, &at) || at.root)
		return;
	v = gc_pos_visit(&a->st.progress, at.btree, at.level, at.pos);
	if (v == GC_VISIT_NOT_RUNNING)
		return;
	arb_buf_printf(&b, _("selected: %s"), tr(gc_visit_name(v)));
	put(p, STYLE_DIM, arb_buf_str(&b));
}

static void draw(struct window *w, struct app *a, struct grid *g, struct rect r, bool focus)
{
	struct view_panel *v = (struct view_panel *)w;
	struct pen p = { g, r, 0 };

	(void)focus;
	pass_line(&p, &a->st);
	look_line(&p, &a->st);
	position_lines(&p, &a->st);
	if (a->st.stopped)
		stop_lines(&p, &a->st.stop);
	else
		progress_lines(&p, &a->st, a->now_ms - v->moved_ms);
	visit_line(&p, a);
	mount_line(&p, &a->st);
	finding_lines(&p, &a->st);
	memory_line(&p, &a->st);
}

static void title(struct window *w, struct app *a, struct arb_buf *out)
{
	(void)w;
	(void)a;
	arb_buf_puts(out, "gc");
}

static void free_view(struct window *w)
{
	free(w);
}

static const struct window_ops ops = {
	.name = "gc", .context = 0, .flags = WINDOW_GLOBAL, .draw = draw, .title = title, .tick = tick, .free = free_view,
};

struct window *view_panel_new(struct app *a)
{
	struct view_panel *v = calloc(1, sizeof(*v));

	(void)a;
	if (!v)
		return NULL;
	v->w.ops = &ops;
	return &v->w;
}
