/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A session from start to end: its options, the engine thread and the loop that runs jobs. */
#include <config.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <urcu/urcu-memb.h>
#include "arborist/base/workers.h"
#include "internal.h"

static void session_free(struct session *s)
{
	struct job *j;

	while ((j = job_take(s, false)))
		job_free(j);
	session_message_free(s->opening);
	messages_destroy(s);
	state_free(s);
	for (unsigned i = 0; s->paths && i < s->o.nr_paths; i++)
		free(s->paths[i]);
	free(s->paths);
	free((char *)s->o.policy_file);
	free((char *)s->o.policy_words);
	free((char *)s->o.undo_path);
	free((char *)s->o.transcript_path);
	free((char *)s->o.record_path);
	free((char *)s->o.replay_path);
	free(s->o.blks);
	free(atomic_load(&s->transcript_shown));
	free(atomic_load(&s->undo_shown));
	arb_array_free(&s->presets);
	runner_destroy(s);
	pthread_mutex_destroy(&s->lock);
	free(s);
}

static char *dup_or_null(const char *t)
{
	return t ? strdup(t) : NULL;
}

/* The caller's strings need not outlive the call. */
static bool options_copy(struct session *s, const struct session_options *o)
{
	s->o = *o;
	s->o.policy_file = dup_or_null(o->policy_file);
	s->o.policy_words = dup_or_null(o->policy_words);
	s->o.undo_path = dup_or_null(o->undo_path);
	s->o.transcript_path = dup_or_null(o->transcript_path);
	s->o.record_path = dup_or_null(o->record_path);
	s->o.replay_path = dup_or_null(o->replay_path);
	s->o.blks = NULL;
	s->paths = calloc(o->nr_paths + 1, sizeof(*s->paths));
	if (!s->paths)
		return false;
	s->o.paths = (const char *const *)s->paths;
	for (unsigned i = 0; i < o->nr_paths; i++)
		if (!(s->paths[i] = strdup(o->paths[i])))
			return false;
	if (o->nr_blks) {
		s->o.blks = calloc(o->nr_blks, sizeof(*o->blks));
		if (!s->o.blks)
			return false;
		memcpy(s->o.blks, o->blks, o->nr_blks * sizeof(*o->blks));
	}
	if (!s->o.clock.now_ns)
		s->o.clock = arb_clock_system();
	settings_init(s);
	return (!o->policy_file || s->o.policy_file) && (!o->policy_words || s->o.policy_words) && (!o->undo_path || s->o.undo_path) &&
	       (!o->transcript_path || s->o.transcript_path) &&
	       (!o->record_path || s->o.record_path) && (!o->replay_path || s->o.replay_path);
}

void opening_tell(struct session *s, enum session_message_kind kind, enum arb_code code, const char *text)
{
	struct session_message *m = s->opening;

	if (!m)
		m = message_new(kind);		/* opened, and failed after all */
	s->opening = NULL;
	if (!m)
		return;
	m->kind = kind;
	m->code = code;
	m->text = strdup(text);
	message_put(s, m);
}

static void *engine_main(void *arg)
{
	struct session *s = arg;
	struct arb_error err = { 0 };
	struct job *j;

	state_reader_register();
	arb_crash_stack();
	if (engine_open(s, &err))
		opening_tell(s, SESSION_FAILED, err.code, err.text);
	state_publish(s, true);
	while (!atomic_load(&s->ending)) {
		if (atomic_load(&s->stopped) && atomic_load(&s->interrupted))
			runner_unwind(s);
		j = job_take(s, false);
		if (j)
			job_run(s, j);
		else
			fd_wait(s->wake_fd, UINT64_MAX);
	}
	runner_unwind(s);
	engine_close(s);
	return NULL;
}

/* Signals belong to the front end's thread. */
static int thread_start(struct session *s)
{
	sigset_t old;
	int r;

	arb_signals_for_thread(&old);
	r = workers_try_thread();
	if (!r) {
		urcu_memb_get_default_call_rcu_data();	/* starts a thread, or aborts: not in the middle of the work */
		r = pthread_create(&s->engine, NULL, engine_main, s);
	}
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return r;
}

static void blks_close(const struct session_options *o)
{
	for (unsigned i = 0; i < o->nr_blks; i++)
		blk_close(o->blks[i]);
}

enum arb_code session_start(const struct session_options *o, struct session **ret, struct arb_error *err)
{
	struct session *s = calloc(1, sizeof(*s));
	enum arb_code code;
	int r;

	*ret = NULL;
	if (!s) {
		blks_close(o);
		return arb_fail(err, ARB_E_NOMEM, "out of memory");
	}
	pthread_mutex_init(&s->lock, NULL);
	runner_init(s);
	s->jobs_tail = &s->jobs;
	s->message_fd = s->wake_fd = -1;
	code = messages_init(s, err);
	s->opening = message_new(SESSION_OPENED);
	if (!code && (!s->opening || !options_copy(s, o)))
		code = arb_fail(err, ARB_E_NOMEM, "out of memory");
	if (!code && (r = thread_start(s)))
		code = arb_fail_sys(err, ARB_E_THREAD, r, "cannot start the engine's thread");
	if (code) {
		blks_close(o);
		session_free(s);
		return code;
	}
	*ret = s;
	return ARB_OK;
}

void session_end(struct session *s)
{
	if (!s)
		return;
	atomic_store(&s->ending, true);
	fd_wake(s->wake_fd);
	pthread_join(s->engine, NULL);
	session_free(s);
}

struct view *session_planned_view(struct session *s)
{
	return s->view;
}

/* Cache, devices and journal are the same; what a repair changes is taken from where the plan keeps it. */
struct view *session_disk_view(struct session *s)
{
	if (s->disk) {
		s->disk->geo = s->view->geo;	/* alloc_read fills in generations */
		return s->disk;
	}
	s->disk = s->view && s->plan ? malloc(sizeof(*s->disk)) : NULL;
	if (!s->disk)
		return s->view;
	*s->disk = *s->view;
	s->disk->overlay = (struct overlay *)plan_journal_keys(s->plan);
	memcpy(s->disk->roots, plan_journal_roots(s->plan), sizeof(s->disk->roots));
	return s->disk;
}

struct view *session_view(struct session *s)
{
	return session_shows_disk(s) ? session_disk_view(s) : s->view;
}

void session_show_disk(struct session *s, bool disk)
{
	session_set(s, SETTING_VIEW, disk);
	state_publish(s, true);
}

bool session_shows_disk(struct session *s)
{
	return session_setting(s, SETTING_VIEW);
}

struct plan *session_plan(struct session *s)
{
	return s->plan;
}

struct pass_run *session_passes(struct session *s)
{
	return s->passes;
}

struct policy *session_policy(struct session *s)
{
	return s->policy;
}

const struct session_options *session_opts(struct session *s)
{
	return &s->o;
}

void session_want_quit(struct session *s)
{
	atomic_store(&s->quit, true);
}

bool session_quit_wanted(struct session *s)
{
	return atomic_load(&s->quit);
}

void session_stay(struct session *s)
{
	atomic_store(&s->quit, false);
}

void session_keep(struct session *s, void *thing, void (*free_thing)(void *))
{
	if (s->free_kept)
		s->free_kept(s->kept);
	s->kept = thing;
	s->free_kept = free_thing;
}

void *session_kept(struct session *s)
{
	return s->kept;
}

void session_set_answerer(struct session *s, session_answer_fn *fn, void *arg)
{
	s->answerer = fn;
	s->answerer_arg = arg;
}
