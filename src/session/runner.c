/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The thread of the passes. It and the engine thread hand the word to each other: while the passes run the engine waits
 * (what it has to serve is served by the passes, between two steps), and while they stand at a stop they wait and the engine
 * serves. So all that belongs to the engine belongs to whoever has the word, and needs no lock.
 */
#include <config.h>
#include <errno.h>
#include "internal.h"

void runner_init(struct session *s)
{
	pthread_mutex_init(&s->runner.lock, NULL);
	pthread_cond_init(&s->runner.changed, NULL);
}

void runner_destroy(struct session *s)
{
	pthread_cond_destroy(&s->runner.changed);
	pthread_mutex_destroy(&s->runner.lock);
	session_break_delete(s, 0);
	arb_array_free(&s->breaks);
}

static void hand_over(struct runner *r, enum runner_state state)
{
	pthread_mutex_lock(&r->lock);
	r->state = state;
	pthread_cond_broadcast(&r->changed);
	pthread_mutex_unlock(&r->lock);
}

static enum runner_state wait_while(struct runner *r, enum runner_state state)
{
	enum runner_state now;

	pthread_mutex_lock(&r->lock);
	while (r->state == state)
		pthread_cond_wait(&r->changed, &r->lock);
	now = r->state;
	pthread_mutex_unlock(&r->lock);
	return now;
}

static enum runner_state state_of(struct runner *r)
{
	enum runner_state now;

	pthread_mutex_lock(&r->lock);
	now = r->state;
	pthread_mutex_unlock(&r->lock);
	return now;
}

static void *runner_main(void *arg)
{
	struct session *s = arg;
	struct runner *r = &s->runner;

	state_reader_register();
	arb_crash_stack();
	r->code = session_run_passes(s, (const char *const *)r->specs, r->nr_specs, &r->err);
	hand_over(r, RUNNER_ENDED);
	return NULL;
}

static void specs_free(struct runner *r)
{
	for (unsigned i = 0; r->specs && i < r->nr_specs; i++)
		free(r->specs[i]);
	free(r->specs);
	r->specs = NULL;
	r->nr_specs = 0;
}

static bool specs_copy(struct runner *r, const char *const *specs, unsigned nr)
{
	r->specs = calloc(nr + 1, sizeof(*r->specs));
	r->nr_specs = r->specs ? nr : 0;
	for (unsigned i = 0; i < r->nr_specs; i++)
		if (!(r->specs[i] = strdup(specs[i])))
			return false;
	return r->specs;
}

/* The engine, after it gave the word: at a stop, or at the end. */
static enum arb_code wait_for_passes(struct session *s, struct arb_error *err)
{
	struct runner *r = &s->runner;

	if (wait_while(r, RUNNER_RUNS) == RUNNER_STOPPED)
		return ARB_OK;
	pthread_join(r->thread, NULL);
	r->state = RUNNER_NONE;
	specs_free(r);
	s->cut_short = s->stepping.end_wanted && r->code;
	memset(&s->stepping, 0, sizeof(s->stepping));
	if (r->code && err)
		*err = r->err;
	return r->code;
}

enum arb_code session_run_begin(struct session *s, const char *const *specs, unsigned nr, struct arb_error *err)
{
	struct runner *r = &s->runner;
	int sys;

	if (state_of(r) != RUNNER_NONE)
		return arb_fail(err, ARB_E_REFUSED, "a pass is stopped: continue it, or stop it, first");
	memset(&s->stepping, 0, sizeof(s->stepping));
	memset(&r->err, 0, sizeof(r->err));
	if (!specs_copy(r, specs, nr)) {
		specs_free(r);
		return arb_fail(err, ARB_E_NOMEM, "out of memory");
	}
	r->state = RUNNER_RUNS;
	sys = pthread_create(&r->thread, NULL, runner_main, s);	/* signals are blocked here, and so they are there */
	if (sys) {
		r->state = RUNNER_NONE;
		specs_free(r);
		return arb_fail_sys(err, ARB_E_THREAD, sys, "cannot start the thread of the passes");
	}
	return wait_for_passes(s, err);
}

bool runner_stop(struct session *s)
{
	struct runner *r = &s->runner;

	if (state_of(r) != RUNNER_RUNS)
		return false;
	atomic_store(&s->stopped, true);
	state_publish(s, true);
	hand_over(r, RUNNER_STOPPED);
	wait_while(r, RUNNER_STOPPED);
	return true;
}

static enum arb_code give_the_word(struct session *s, struct arb_error *err)
{
	atomic_store(&s->stopped, false);
	s->busy = true;
	hand_over(&s->runner, RUNNER_RUNS);
	return wait_for_passes(s, err);
}

void runner_unwind(struct session *s)
{
	struct arb_error err = { 0 };

	while (atomic_load(&s->stopped)) {
		bool recorded = session_record_begin(s, "command", "stop");

		s->stepping.end_wanted = true;
		give_the_word(s, &err);
		session_record_end(s, recorded, ARB_OK);
		state_publish(s, true);
	}
	s->busy = false;
	if (!atomic_load(&s->ending))
		atomic_store(&s->interrupted, false);
	state_publish(s, true);
}

/* A job that looks runs on the thread of the passes while those run: it only says how far they shall go. */
static void say_mode(struct session *s, enum step_mode mode)
{
	stepping_ask(s, &(struct stepping){ .mode = mode, .from = s->progress.pos, .from_pass = s->progress.pass });
	if (!atomic_load(&s->stopped))
		recording_going(s, mode);
}

enum arb_code session_resume(struct session *s, enum step_mode mode, struct arb_error *err)
{
	enum arb_code code;

	if (state_of(&s->runner) == RUNNER_NONE)
		return arb_fail(err, ARB_E_REFUSED, "no pass is stopped: break says where one shall stop, run starts it");
	say_mode(s, mode);
	if (!atomic_load(&s->stopped)) {
		if (mode == STEP_END && s->waiting)
			session_answer_serial(s, 0, (struct answer){ .verb = ANSWER_STOP, .source = ANSWER_BY_PERSON }, NULL);
		return ARB_OK;
	}
	code = give_the_word(s, err);
	return mode == STEP_END && code == ARB_E_STOPPED ? ARB_OK : code;
}
