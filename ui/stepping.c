/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A pass that is stopped, on the screen: the tree stands where the pass does, keys go on, and what is selected can be made a breakpoint. */
#include <config.h>
#include "app.h"
#include "arborist/base/i18n.h"
#include "arborist/format/btree_id.h"
#include "views.h"

static const struct { enum action act; const char *command; } goes_on[] = {
	{ ACT_STEP, "step" }, { ACT_NEXT, "next" }, { ACT_FINISH, "finish" }, { ACT_CONTINUE, "continue" },
};

/* A leaf by its last position, which no other leaf holds; what stands above leaves by its range. */
static bool selected_place(struct app *a, struct arb_buf *out)
{
	const struct tree_item *it = view_tree_model(a->pane[PANE_TREE])->sel;
	struct tree_place p;

	if (!tree_place_of(it, &p))
		return false;
	btree_id_to_text(out, p.btree);
	if (p.root)
		return true;
	arb_buf_putc(out, ':');
	if (!p.key && p.level) {
		bpos_to_text(out, it->row.start);
		arb_buf_puts(out, "..");
	}
	bpos_to_text(out, p.pos);
	return true;
}

static void break_here(struct app *a)
{
	ARB_BUF(line);

	arb_buf_puts(&line, "break ");
	if (selected_place(a, &line))
		app_command(a, arb_buf_str(&line));
	else
		app_say(a, STYLE_ERROR, _("nothing is selected in the tree; :break PASS, FINDING or BTREE:POS"));
}

bool stepping_action(struct app *a, enum action act)
{
	if (act == ACT_BREAK || act == ACT_EXPLAIN) {
		if (act == ACT_BREAK)
			break_here(a);
		else
			app_command(a, "explain");
		return true;
	}
	for (size_t i = 0; i < sizeof(goes_on) / sizeof(goes_on[0]); i++)
		if (act == goes_on[i].act) {
			a->stepped_ms = a->now_ms;
			app_command(a, goes_on[i].command);
			return true;
		}
	return false;
}

bool stepping_keys(const struct app *a)
{
	return a->st.stopped && !a->top;
}

static void say_stop(struct app *a, const struct stop_notice *s, const struct finding *f)
{
	if (f)
		app_say(a, STYLE_HINT, _("before finding %u: %s"), f->serial, tr(f->row->title));
	else if (!strcmp(s->what, "mutation"))
		app_say(a, STYLE_HINT, _("a repair has gone into the plan"));
	else if (!strcmp(s->what, "pass"))
		app_say(a, STYLE_HINT, _("%s begins"), s->pass);
	else if (!strcmp(s->what, "key"))
		app_say(a, STYLE_HINT, _("%s looks at this key"), s->pass);
	else
		app_say(a, STYLE_HINT, _("%s has come to this node"), s->pass);
}

/* What the session says of the stop: the first line where one looks, all of it in the log. */
void stepping_message(struct app *a, const struct session_message *m)
{
	const struct stop_notice *s = &m->stop;
	const char *text = m->text ? m->text : "";
	struct tree_place p = { .btree = s->btree, .level = s->level, .pos = s->pos, .key = !strcmp(s->what, "key") };

	for (const char *line = text; *line; ) {
		size_t n = strcspn(line, "\n");
		ARB_BUF(b);

		arb_buf_mem(&b, line, n);
		app_log(a, line == text ? STYLE_STRONG : STYLE_NORMAL, arb_buf_str(&b));
		line += n + (line[n] == '\n');
	}
	say_stop(a, s, m->finding);
	a->hint_gone = true;
	if (s->has_place)
		view_tree_go(a->pane[PANE_TREE], &p);
	app_plan_touched(a);
}
