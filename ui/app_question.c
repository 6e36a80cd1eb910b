/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The question that a pass waits with: its dialog, and the answer. See app.h. */
#include "app.h"
#include "arborist/base/i18n.h"
#include "arborist/format/btree_id.h"
#include "views.h"

void app_show_question(struct app *a)
{
	struct window *w;

	if (!a->question || app_find(a, &dialog_ops))
		return;
	w = dialog_new(a);
	if (w)
		app_push(a, w);
}

void app_forget_question(struct app *a)
{
	static const struct window_ops *const about_it[] = { &typed_ops, &dialog_ops };

	finding_free(a->question);
	a->question = NULL;
	a->question_id = 0;
	for (size_t i = 0; i < sizeof(about_it) / sizeof(about_it[0]); i++) {
		struct window *w = app_find(a, about_it[i]);

		if (w)
			app_pop(a, w);
	}
}

static void give_answer(struct app *a, struct answer ans)
{
	session_answer(a->session, a->question_id, ans);
	a->answered_ms = a->now_ms;
	app_forget_question(a);
}

static void name_was_typed(struct app *a)
{
	if (!a->question)
		return;
	a->unconfirmed.confirmed = true;
	give_answer(a, a->unconfirmed);
}

/* Nothing can make such a btree again: whoever gives it up types which one it is. */
static void ask_for_name(struct app *a, struct answer ans)
{
	struct window *w;
	ARB_BUF(name);
	ARB_BUF(b);

	btree_id_to_text(&name, a->question->btree);
	arb_buf_printf(&b, _("This empties the btree %s for good, and nothing can make it again. Type its name and press Enter to do that; Esc goes back."),
		       arb_buf_str(&name));
	a->unconfirmed = ans;
	w = typed_new(arb_buf_str(&b), arb_buf_str(&name), name_was_typed);
	if (w)
		app_push(a, w);
}

static void answer_with(struct app *a, struct answer ans)
{
	if (!a->question)
		return;
	if (a->question->empties && ans.verb == ANSWER_FIX && !session_setting(a->session, SETTING_EXPERT))
		ask_for_name(a, ans);
	else
		give_answer(a, ans);
}

void app_answer(struct app *a, enum answer_verb verb, bool all)
{
	answer_with(a, (struct answer){ .verb = verb, .all = all, .source = ANSWER_BY_PERSON });
}

void app_answer_choice(struct app *a, unsigned nr)
{
	answer_with(a, (struct answer){ .verb = ANSWER_FIX, .source = ANSWER_BY_PERSON, .choice = nr });
}
