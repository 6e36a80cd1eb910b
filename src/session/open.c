/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Opening the filesystem for a session, and opening it anew after something was written. Engine thread only. */
#include <config.h>
#include "arborist/base/i18n.h"
#include <unistd.h>
#include "arborist/session/loss.h"
#include "internal.h"

static enum arb_code devices_open(struct session *s, struct devset **ret, struct arb_error *err)
{
	struct devset_options o = { .degraded = s->o.degraded };
	struct blk **blks = s->o.blks;

	if (!blks)
		return devset_open(s->o.paths, s->o.nr_paths, &o, ret, err);
	s->o.blks = NULL;		/* taken over, also on failure */
	enum arb_code code = devset_open_blk(blks, s->o.nr_blks, &o, ret, err);
	free(blks);
	return code;
}

/* Everything above the devices; takes @devs over, also on failure. */
static enum arb_code engine_build(struct session *s, struct devset *devs, struct arb_error *err)
{
	struct view_options o = {
		.cache_bytes = s->o.cache_bytes ? s->o.cache_bytes : session_setting(s, SETTING_CACHE) << 20,
		.trust_clean = session_setting(s, SETTING_CLEAN),
	};
	enum arb_code code = view_open(devs, s->workers, &o, &s->view, err);

	if (code) {
		devset_free(devs);
		s->view = NULL;
		return code;
	}
	code = plan_new(s->view, &s->plan, err);
	if (!code)
		code = pass_run_new(s->view, s->plan, &s->o.clock, &s->passes, err);
	return code;
}

static void engine_tear_down(struct session *s)
{
	pass_run_free(s->passes);
	plan_free(s->plan);
	view_free(s->view);
	free(s->disk);
	s->disk = NULL;
	loss_report_free(s->loss);
	s->loss = NULL;
	s->passes = NULL;
	s->plan = NULL;
	s->view = NULL;
	passes_forget(s);
}

static void say_opened(struct session *s)
{
	ARB_BUF(b);
	const struct devset *d = s->view->devs;

	arb_buf_printf(&b, P_("opened %u device, version ", "opened %u devices, version ", d->nr_open), d->nr_open);
	sb_version_to_text(&b, s->view->geo.version);
	arb_buf_puts(&b, s->view->geo.clean ? _(", cleanly unmounted") : _(", not cleanly unmounted"));
	if (d->nr_missing)
		arb_buf_printf(&b, P_(", %u member missing", ", %u members missing", d->nr_missing), d->nr_missing);
	if (d->read_only)
		arb_buf_printf(&b, _("; read-only: %s"), d->why_read_only);
	opening_tell(s, SESSION_OPENED, ARB_OK, arb_buf_str(&b));
}

enum arb_code engine_open(struct session *s, struct arb_error *err)
{
	struct devset *devs = NULL;
	enum arb_code code;

	port_init(s);
	s->seen_status = calloc(passes_nr + 1, sizeof(*s->seen_status));
	s->count_by_row = calloc(finding_rows_nr + 1, sizeof(*s->count_by_row));
	s->shown_by_row = calloc(finding_rows_nr + 1, sizeof(*s->shown_by_row));
	if (!s->seen_status || !s->count_by_row || !s->shown_by_row)
		return arb_fail(err, ARB_E_NOMEM, "out of memory");
	code = policy_new(s->o.mode, &s->policy, err);
	if (!code && s->o.policy_words)
		code = policy_set_words(s->policy, s->o.policy_words, err);
	if (!code && s->o.policy_file && strchr(s->o.policy_file, '=') && access(s->o.policy_file, F_OK))
		code = policy_set_words(s->policy, s->o.policy_file, err);
	else if (!code && s->o.policy_file)
		code = policy_load(s->policy, s->o.policy_file, err);
	if (!code)
		code = workers_new(s->o.threads, &s->workers, err);
	if (!code)
		code = devices_open(s, &devs, err);
	if (!code)
		code = engine_build(s, devs, err);
	if (!code)
		code = replay_begin(s, err);
	if (!code)
		code = transcript_init(s, err);
	if (!code) {
		recording_begin(s);
		if (s->o.record_path)
			code = session_record_to(s, s->o.record_path, err);
	}
	if (code) {
		engine_tear_down(s);
		return code;
	}
	state_publish(s, true);
	say_opened(s);
	return ARB_OK;
}

static enum arb_code devices_reread(struct devset *d, struct arb_error *err)
{
	for (unsigned i = 0; i < SB_MEMBERS_MAX; i++)
		if (d->dev[i]) {
			blk_close_write(d->dev[i]->blk);
			enum arb_code code = blk_drop_cache(d->dev[i]->blk, err);

			if (code)
				return code;
		}
	return devset_reread(d, err);
}

enum arb_code engine_reopen(struct session *s, struct arb_error *err)
{
	struct devset *devs = s->view->devs;
	enum arb_code code;

	s->view->devs = NULL;
	engine_tear_down(s);
	code = devices_reread(devs, err);
	if (code) {
		devset_free(devs);
		return code;
	}
	code = engine_build(s, devs, err);
	if (code)
		engine_tear_down(s);
	return code;
}

enum arb_code session_trust_clean(struct session *s, bool trust, struct arb_error *err)
{
	enum arb_code code;

	if (plan_nr(s->plan))
		return arb_fail(err, ARB_E_REFUSED, "the plan is not empty: take its repairs back (drop) before the filesystem is seen in another way");
	session_set(s, SETTING_CLEAN, trust);
	code = engine_reopen(s, err);
	state_publish(s, true);
	return code;
}

void engine_close(struct session *s)
{
	session_keep(s, NULL, NULL);
	engine_tear_down(s);
	if (s->o.blks)
		for (unsigned i = 0; i < s->o.nr_blks; i++)
			blk_close(s->o.blks[i]);
	policy_free(s->policy);
	findings_free(s);
	requested_forget(s);
	recording_free(s);
	replay_free(s);
	transcript_close(s);
	for (size_t i = 0; i < s->ran.nr; i++)
		free(s->ran.v[i]);
	arb_array_free(&s->ran);
	arb_array_free(&s->history.list);
	free(s->seen_status);
	free(s->count_by_row);
	free(s->shown_by_row);
	for (size_t i = 0; i < s->old_undo.nr; i++)
		free(s->old_undo.v[i]);
	arb_array_free(&s->old_undo);
	free(s->undo_path);
	free(s->next_undo);
	if (s->workers)
		workers_free(s->workers);
}
